"""What clients see when the server stops, and when it comes back."""

import contextlib
import re
import signal
import time

import pytest

from clients.connection import EndOfStream
from clients.deadline import wait_until
from clients.http import AUTHORIZED, HTTPClient, get, target
from clients.publishing import Publisher, history, publish
from clients.slow import RECEIVE_BUFFER, payload
from clients.sse import SSEClient, subscribe
from clients.ws import Opcode, WebSocketClient

DRAIN = 3
CLIENTS = 20


@contextlib.contextmanager
def streams(server, topic: str):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(subscribe(server, topic)) for _ in range(CLIENTS)]


@contextlib.contextmanager
def sockets(server, topic: str):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(WebSocketClient(server.port, topic)) for _ in range(CLIENTS)]


class Questioner:
    """Asks by a new connection, or, once none is accepted any more, by one from before."""

    def __init__(self, server):
        self._server = server
        self._spare = HTTPClient(server.port)
        self._spare.request("GET", "/healthz")

    def ask(self, path: str) -> tuple[int, str] | None:
        for way in (lambda: get(self._server, path), lambda: self._spare.request("GET", path)):
            with contextlib.suppress(OSError, EndOfStream):
                response = way()
                return response.status, response.text
        return None

    def draining(self) -> bool:
        status, text = self.ask("/readyz") or (0, "")
        return status == 503 and "draining" in text


def test_readiness_fails_while_the_server_still_answers(start_server, topic):
    server = start_server("--drain", DRAIN)
    with streams(server, topic):
        questioner = Questioner(server)
        assert questioner.ask("/readyz") == (200, "ready")
        server.signal(signal.SIGTERM)
        wait_until(questioner.draining, "readiness to fail", timeout=DRAIN)
        assert questioner.ask("/healthz") == (200, "ok")
    assert server.await_exit(DRAIN + 2) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_streams_end_with_a_spread_reconnection_time(start_server, topic, number):
    server = start_server("--drain", DRAIN)
    with streams(server, topic) as clients:
        server.signal(number)
        retries = []
        for client in clients:
            blocks = client.rest()
            assert client.ended_cleanly, "cut instead of ended"
            retries += [block.retry for block in blocks if block.retry is not None]
    assert len(retries) == CLIENTS
    assert min(retries) > 0 and len(set(retries)) >= CLIENTS / 4, retries
    assert server.await_exit(DRAIN + 2) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_websockets_close_with_a_spread_reconnection_time(start_server, topic, number):
    server = start_server("--drain", DRAIN)
    with sockets(server, topic) as clients:
        server.signal(number)
        retries = []
        for client in clients:
            frame = client.await_opcode(Opcode.CLOSE)
            assert frame.code == 1001
            retries.append(int(re.fullmatch(r"retry=(\d+)", frame.reason).group(1)))
            client.send_close(1001)
            assert client.ended()
    assert min(retries) > 0 and len(set(retries)) >= CLIENTS / 4, retries
    assert server.await_exit(DRAIN + 2) == 0


def test_what_was_published_before_arrives_before_the_end(start_server, topic):
    server = start_server("--drain", DRAIN)
    with streams(server, topic) as clients, Publisher(server.port) as publisher:
        for number in range(50):
            publisher.publish(topic, data=str(number))
        server.signal(signal.SIGTERM)
        for client in clients:
            texts = [block.data for block in client.rest() if block.data is not None]
            assert texts == [str(number) for number in range(50)]


def test_a_request_that_is_under_way_is_answered(start_server, topic):
    server = start_server("--drain", DRAIN)
    questioner = Questioner(server)
    with HTTPClient(server.port) as client:
        headers = AUTHORIZED | {"Content-Type": "text/plain", "Content-Length": "10"}
        client.send("POST", target("/publish", topic=topic), headers=headers, body=b"half ")
        wait_until(lambda: questioner.ask("/readyz") == (200, "ready"), "the server to be ready")
        server.signal(signal.SIGTERM)
        # Neither by a new connection nor by the old one: then it no longer takes requests.
        wait_until(lambda: questioner.draining() or questioner.ask("/readyz") is None, "the drain to begin")
        client.connection.send(b"whole")
        assert client.response().status == 200
    assert server.await_exit(DRAIN + 2) == 0


def test_clients_that_do_not_read_or_answer_hold_nothing_up(start_server, topic):
    server = start_server("--drain", DRAIN, "--send-limit", "64KiB")
    http = HTTPClient(server.port, receive_buffer=RECEIVE_BUFFER)
    with SSEClient(server.port, topic, http=http), sockets(server, topic):
        with Publisher(server.port) as publisher:
            for number in range(300):
                publisher.publish(topic, data=payload(number))
        started = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.await_exit(DRAIN + 2) == 0
        assert time.monotonic() - started < DRAIN + 2


def test_half_sent_requests_hold_nothing_up(start_server):
    server = start_server("--drain", DRAIN)
    with HTTPClient(server.port) as idle, HTTPClient(server.port) as half:
        assert idle.request("GET", "/healthz").status == 200
        half.connection.send(b"GET /healthz HTTP/1.1\r\n")
        server.signal(signal.SIGTERM)
        assert server.await_exit(DRAIN + 2) == 0


def restarted(server, start_server, *options):
    server.stop()
    return start_server(*options, port=server.port)


def test_after_a_restart_each_way_of_reading_tells_the_gap(start_server, topic):
    server = start_server()
    last = publish(server, topic, data="before")
    server = restarted(server, start_server)
    publish(server, topic, data="after")
    expected = {"topics": [topic], "after": last, "reason": "epoch"}
    with subscribe(server, topic, last_event_id=last) as client:
        assert client.next_event().json() == expected
        assert client.next_event().data == "after"
    with WebSocketClient(server.port, topic, cursor=last) as client:
        assert client.json()["gap"] == expected
        assert client.json()["data"] == "after"
    page = history(server, topic, cursor=last)
    assert page["gap"] == expected and page["messages"][0]["data"] == "after"


def test_after_a_kill_the_port_can_be_taken_again_at_once(start_server, topic):
    server = start_server()
    with streams(server, topic):
        server.kill()
        again = start_server(port=server.port)
    assert again.port == server.port
    assert get(again, "/readyz").status == 200
