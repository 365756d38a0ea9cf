"""A WebSocket endpoint of an embedding program, as a foreign client sees it."""

import threading

import pytest
from clients.deadline import wait_until
from clients.example import running
from clients.talk import MEBIBYTE, messages
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

SEED, COUNT = 6455, 10_000


@pytest.fixture(scope="module")
def conformance(tmp_path_factory):
    with running("Conformance", tmp_path_factory.mktemp("example")) as example:
        yield example


@pytest.fixture
def echo(tmp_path):
    with running("EchoProtocol", tmp_path, "--allow-origin", "https://friend.test") as example:
        yield example


def talk(port: int, compression: str | None) -> tuple[list, list]:
    sent, received = messages(SEED, COUNT), []
    with connect(f"ws://127.0.0.1:{port}/echo", compression=compression, max_size=2 * MEBIBYTE) as socket:
        assert bool(socket.protocol.extensions) == (compression is not None)
        sender = threading.Thread(target=lambda: [socket.send(message) for message in sent], daemon=True)
        sender.start()
        for _ in sent:
            received.append(socket.recv(timeout=60))
        sender.join()
    assert socket.close_code == 1000
    return sent, received


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("compression", ["deflate", None])
def test_ten_thousand_messages(conformance, compression):
    sent, received = talk(conformance.port, compression)
    assert {len(message) for message in sent} >= {0, MEBIBYTE}
    assert {type(message) for message in sent} == {str, bytes}
    assert received == sent


def test_agrees_on_the_subprotocol(echo):
    with connect(f"ws://127.0.0.1:{echo.port}/", subprotocols=["unknown", "echo-protocol"]) as socket:
        assert socket.subprotocol == "echo-protocol"
        for message in ["text é", b"\x00\xff", "", b""]:
            socket.send(message)
            assert socket.recv(timeout=10) == message
    wait_until(lambda: "disconnected." in echo.output, "the line of the end")


def refusal(port: int, **keywords) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as failure:
        connect(f"ws://127.0.0.1:{port}/", **keywords)
    return failure.value.response.status_code, failure.value.response.body.decode()


def test_refuses_by_its_hook(echo):
    status, body = refusal(echo.port, subprotocols=["echo-protocol"], origin="https://evil.test")
    assert status == 403 and "https://evil.test" in body
    assert "Connection from origin https://evil.test was rejected." in echo.output
    status, body = refusal(echo.port, subprotocols=["other"], origin="https://friend.test")
    assert status == 400 and "echo-protocol" in body
    with connect(f"ws://127.0.0.1:{echo.port}/", subprotocols=["echo-protocol"], origin="https://friend.test") as socket:
        socket.send("hello")
        assert socket.recv(timeout=10) == "hello"


def test_says_that_it_goes_away(echo):
    with connect(f"ws://127.0.0.1:{echo.port}/", subprotocols=["echo-protocol"]) as socket:
        socket.send("hello")
        assert socket.recv(timeout=10) == "hello"
        echo.stop()
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
    assert socket.close_code == 1001
