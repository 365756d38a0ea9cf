"""Whom a request is for, and how its address must be spelt."""

import pytest

from clients.http import HTTPClient, encode_request, get, request, target
from clients.pipeline import question, statuses
from clients.publishing import held, history
from clients.refusal import assert_refused
from clients.ws import Opcode, encode_frame, handshake_headers, read_frame


@pytest.fixture(scope="module")
def own(start_module_server):
    """Of a loopback address, with one name more, and one page of another origin."""
    return start_module_server(
        "--rule", "default publish=everyone", "--allow-host", "push.test", "--allow-origin", "https://friend.test"
    )


# The target, the `Host` beside it, and the status.
TARGETS = [
    ("http://localhost/healthz", "evil.test", 200), ("http://127.0.0.1/healthz", "evil.test", 200),
    ("http://push.test/healthz", "evil.test", 200), ("HTTP://LOCALHOST/healthz", "evil.test", 200),
    ("http://localhost:1/healthz", "evil.test:2", 200), ("https://localhost/healthz", "evil.test", 200),
    ("http://[::1]/healthz", "evil.test", 200), ("http://[::1]:80/healthz", "evil.test", 200),
    ("http://localhost/healthz?a=http://evil.test/", "evil.test", 200), ("http://localhost/nope", "evil.test", 404),
    ("http://evil.test/healthz", "localhost", 421), ("http://evil.test:80/healthz", "localhost", 421),
    ("http://evil.test/", "localhost", 421), ("http://evil.test", "localhost", 421), ("http://evil.test?x", "localhost", 421),
    ("http://localhost.evil.test/healthz", "localhost", 421), ("http://evil.test/localhost", "localhost", 421),
    ("https://evil.test/healthz", "localhost", 421), ("http://evil.test/http://localhost/", "localhost", 421),
    ("http://localhost@evil.test/healthz", "localhost", 400), ("http://localhost:80@evil.test/healthz", "localhost", 400),
    ("http:///healthz", "localhost", 400), ("http:/healthz", "localhost", 400), ("http:localhost", "localhost", 400),
    ("ftp://localhost/healthz", "localhost", 400), ("ws://localhost/ws", "localhost", 400), ("localhost", "localhost", 400),
    ("localhost:80", "localhost", 400), ("healthz", "localhost", 400), ("?topic=a", "localhost", 400), ("*", "localhost", 400),
    ("http://local\\host/healthz", "localhost", 400), ("http://localhost/healthz#x", "localhost", 400),
    ("/healthz#", "localhost", 400), ("//localhost/healthz", "localhost", 404), ("//evil.test/healthz", "localhost", 404),
    ("/http://evil.test/healthz", "localhost", 404), ("/healthz", "evil.test", 421), ("/healthz", "push.test", 200),
]  # fmt: skip


@pytest.mark.parametrize(("address", "host", "status"), TARGETS)
def test_the_target_says_whom_it_is_for(own, address, host, status):
    headers = {"Host": host, "Connection": "close"}
    assert get(own, address, headers=headers).status == status
    # The answer to another request on the connection says nothing of this one.
    before = encode_request("GET", "/healthz", own.port)
    behind = encode_request("GET", "/readyz", own.port)
    data = before + encode_request("GET", address, own.port, {"Host": host}) + behind + before[:-2] + b"Connection: close\r\n\r\n"
    expected = [200, status] + ([] if status == 400 else [200, 200])
    assert statuses(own, data) == expected


@pytest.mark.parametrize("host", ["localhost", "evil.test"])
def test_a_host_that_was_let_in_once_does_not_let_in_others(own, host):
    with HTTPClient(own.port) as client:
        for address, status in [("http://localhost/healthz", 200), ("http://evil.test/healthz", 421)] * 3:
            assert client.request("GET", address, headers={"Host": host}).status == status


def test_what_is_for_somebody_else_changes_nothing(own, topic):
    for address, host, status in [("http://evil.test", "localhost", 421), ("http://localhost", "evil.test", 200)]:
        response = request(own, "POST", target(f"{address}/publish", topic=topic), headers={"Host": host}, body=host)
        assert response.status == status
    assert held(own, topic) == ["evil.test"]


@pytest.mark.parametrize(("name", "status"), [("localhost", 101), ("evil.test", 421)])
def test_a_handshake_may_name_a_whole_address(own, topic, name, status):
    headers = handshake_headers(Host="localhost" if status == 421 else "evil.test")
    with HTTPClient(own.port) as client:
        client.send("GET", target(f"http://{name}/ws", topic=topic), headers=headers)
        assert client.response().status == status
        if status == 101:
            client.connection.send(encode_frame(Opcode.PING, b"1"))
            assert read_frame(client.connection).payload == b"1"


# The target, the `Host`, the origin, and the status: a page may change what its own server has.
ORIGINS = [
    ("http://localhost", "evil.test", "http://localhost", 200), ("http://localhost", "evil.test", "http://evil.test", 403),
    ("http://localhost", "localhost", "http://evil.test", 403), ("", "localhost", "http://localhost", 200),
    ("http://localhost", "evil.test", "https://friend.test", 200),
]  # fmt: skip


@pytest.mark.parametrize(("address", "host", "origin", "status"), ORIGINS)
def test_the_origin_is_held_against_whom_the_request_is_for(own, topic, address, host, origin, status):
    headers = {"Host": host, "Origin": origin}
    assert request(own, "POST", target(f"{address}/publish", topic=topic), headers=headers, body="1").status == status
    assert held(own, topic) == (["1"] if status == 200 else [])


NOT_ENCODED = {
    "the query": "/poll?topic=grün".encode(), "Latin-1": "/poll?topic=grün".encode("latin-1"),
    "the name of an item": "/poll?тема=a".encode(), "the path": "/größe".encode(), "all of the path": "/日本".encode(),
    "an emoji": "/history?topic=🎈".encode(), "a whole address": "http://localhost/grün".encode(),
    "a host": "http://bücher.test/".encode(), "half": "/a%C3ü".encode(), "its first character": "ü".encode(),
    "a byte that is no text": b"/\xff", "a control character of Latin-1": b"/poll?topic=\x80",
}  # fmt: skip


@pytest.mark.parametrize("address", NOT_ENCODED.values(), ids=NOT_ENCODED.keys())
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_who_does_not_encode_an_address_is_told_so(own, address, method):
    with HTTPClient(own.port) as client:
        line = method.encode() + b" " + address + b" HTTP/1.1\r\n"
        client.connection.send(line + b"Host: localhost\r\n\r\n" + question(own, "a"))
        assert "percent-encode it" in assert_refused(client.response(), 400, "bad_request")["message"]
        assert client.closed()


def test_an_encoded_address_is_understood(own):
    for name in ["grün", "тема", "日本", "🎈"]:
        assert request(own, "POST", target("/publish", topic=name), body=name).status == 200
        assert [message["topic"] for message in history(own, name)["messages"]] == [name]
