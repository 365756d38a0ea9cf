"""Each time counts for what it is named after: also where it is shorter, or longer, than that of the phase before."""

import time

import pytest

from clients.deadline import PATIENCE, wait_until
from clients.drip import Pace, send_slowly
from clients.http import AUTHORIZED, HTTPClient, encode_chunked, encode_request, target
from clients.pipeline import all_answered, assert_lives, question, sent_meanwhile
from clients.polling import await_subscribers
from clients.publishing import held, publish
from clients.refusal import assert_refused
from clients.ws import handshake_headers

HOST = b"Host: 127.0.0.1\r\n"
KEY = b"Authorization: Bearer test-key\r\n"
POST = b"POST /publish?topic=deadlines HTTP/1.1\r\n" + HOST + KEY


@pytest.fixture(scope="module")
def quick(start_module_server):
    """Heads and bodies must come within a second; between requests there is much time."""
    return start_module_server("--head-timeout", 1, "--body-timeout", 1, "--idle-timeout", 20)


PARTS = {
    "a letter": b"G", "a method": b"GET ", "a target": b"GET /healthz", "a line": b"GET /healthz HTTP/1.1\r\n",
    "a line and CR": b"GET /healthz HTTP/1.1\r", "a field's name": b"GET /healthz HTTP/1.1\r\nHost", "fields": b"GET /healthz HTTP/1.1\r\n" + HOST,
    "all but LF": b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r", "behind empty lines": b"\r\n\r\nGET /",
    "a body of nothing": POST + b"Content-Length: 9\r\n\r\n", "half a body": POST + b"Content-Length: 9\r\n\r\nhello",
    "no chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n", "a chunk's size": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
    "a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "no end of trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n",
}  # fmt: skip


def whole(server) -> bytes:
    return encode_request("POST", target("/publish", topic="deadlines"), server.port, AUTHORIZED, "x")


BEFORE = {
    "nothing": lambda server: b"", "a GET": lambda server: question(server, "a"), "a POST": whole,
    "several": lambda server: question(server, "a") * 3 + whole(server),
}  # fmt: skip


def await_refusal(client: HTTPClient, started: float):
    assert_refused(client.response(), 408, "request_timeout")
    # The clock of the server has ticks of a twentieth of a second.
    assert 0.9 < time.monotonic() - started < 2 * PATIENCE
    assert client.closed()


@pytest.mark.parametrize("before", ["nothing", "several"])
def test_what_does_not_come_to_its_end_is_refused_in_its_time(quick, before):
    """All of them at once: they wait for each other's time, not one after the other."""
    clients = {name: HTTPClient(quick.port) for name in PARTS}
    for client in clients.values():
        client.connection.send(BEFORE[before](quick))
        for _ in range(4 if before == "several" else 0):
            assert client.response().status == 200
    started = time.monotonic()
    for name, client in clients.items():
        client.connection.send(PARTS[name])
    for client in clients.values():
        with client:
            await_refusal(client, started)


@pytest.mark.parametrize("before", ["a GET", "a POST", "several"])
def test_a_part_in_the_packet_of_whole_requests_has_its_own_time(quick, before):
    clients = {name: HTTPClient(quick.port) for name in PARTS}
    started = time.monotonic()
    for name, client in clients.items():
        client.connection.send(BEFORE[before](quick) + PARTS[name])
    for client in clients.values():
        with client:
            for _ in range(4 if before == "several" else 1):
                assert client.response().status == 200
            await_refusal(client, started)


def test_a_part_behind_a_long_poll_has_its_time_from_its_answer_on(quick, topic):
    cursor = publish(quick, topic, data="before")
    with HTTPClient(quick.port) as client:
        poll = encode_request("GET", target("/longpoll", topic=topic, cursor=cursor, timeout=2), quick.port)
        client.connection.send(poll + b"GET /healthz HTTP/1.1\r\n")
        assert client.response().json()["messages"] == []
        await_refusal(client, time.monotonic())


def test_drops_do_not_prolong_the_time(quick):
    heads, bodies = (b"A: b\r\n" for _ in range(60)), (b"1\r\nx\r\n" for _ in range(60))
    for first, drops in [(PARTS["fields"], heads), (PARTS["no chunk"], bodies)]:
        with HTTPClient(quick.port) as client:
            assert_lives(client)
            started, pace = time.monotonic(), Pace(20)
            client.connection.send(first)
            with pytest.raises(ConnectionError):
                for drop in drops:
                    pace(1)
                    client.connection.send(drop)
            # The last of them meet a connection that has been ended, two seconds after its last word at most.
            assert time.monotonic() - started < 4 * PATIENCE


def test_one_that_is_idle_has_the_time_for_that(quick):
    """Longer than a head and a body may take."""
    clients = [HTTPClient(quick.port) for _ in range(3)]
    for client, request in zip(clients, [question(quick, "a"), whole(quick), question(quick, "a") * 3], strict=True):
        client.connection.send(request)
        for _ in range(request.count(b"HTTP/1.1")):
            assert client.response().status == 200
    with HTTPClient(quick.port) as other:
        other.connection.send(b"GET /")
        for _ in range(2):
            # It ends after the time for a head; twice that is more than any time but the one for idle connections.
            other.connection.take_rest(5)
            other.connection.close()
            other = HTTPClient(quick.port)
            other.connection.send(b"GET /")
    for client in clients:
        with client:
            assert_lives(client)


@pytest.fixture(scope="module")
def leisurely(start_module_server):
    """There is little time between requests, and much within them."""
    return start_module_server("--head-timeout", 20, "--body-timeout", 20, "--idle-timeout", 1)


SLOW = {
    "a head": (lambda request: 0), "a body": (lambda request: request.index(b"\r\n\r\n") + 4),
    "both": (lambda request: 0),
}  # fmt: skip


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize("start", SLOW.values(), ids=SLOW.keys())
def test_a_request_that_comes_slowly_is_not_idle(leisurely, topic, start, chunked):
    headers, body = AUTHORIZED, "x" * 500
    if chunked:
        headers, body = headers | {"Transfer-Encoding": "chunked"}, encode_chunked(*[b"x" * 10] * 50)
    request = encode_request("POST", target("/publish", topic=topic), leisurely.port, headers, body)
    with HTTPClient(leisurely.port) as client:
        assert_lives(client)
        client.connection.send(request[: start(request)])
        send_slowly(client, request[start(request) :], 2.2)
        assert client.response().status == 200
        assert client.closed(4)
    assert held(leisurely, topic) == ["x" * 500]


@pytest.fixture(scope="module")
def hasty_head(start_module_server):
    return start_module_server("--head-timeout", 1, "--body-timeout", 20, "--idle-timeout", 20)


def test_a_body_has_its_own_time(hasty_head, topic):
    with HTTPClient(hasty_head.port) as client:
        client.send("POST", target("/publish", topic=topic), headers=AUTHORIZED | {"Content-Length": "500"})
        send_slowly(client, b"x" * 500, 2.2)
        assert client.response().status == 200
        assert_lives(client)


@pytest.mark.parametrize("path", ["/longpoll", "/sse", "/stream", "/ws"])
def test_what_is_held_or_streams_has_no_time_for_heads_and_bodies(quick, topic, path):
    cursor = publish(quick, topic, data="before")
    headers = handshake_headers() if path == "/ws" else {}
    with HTTPClient(quick.port) as client, HTTPClient(quick.port) as other:
        client.send("GET", target(path, topic=topic, cursor=cursor), headers=headers)
        await_subscribers(quick, topic, 1)
        # It ends after the time for a head: twice.
        for _ in range(2):
            other.connection.send(b"GET /")
            other.connection.take_rest(5)
            other.__init__(quick.port)
        publish(quick, topic, data="after")
        assert b"after" in client.connection.take_through(b"after")


def test_a_head_that_the_server_does_not_read_has_time(quick):
    """As long as the answers before it are not taken the server reads nothing more: that is not the client's delay."""
    names = [f"n-{index}" for index in range(8000)]
    requests = b"".join(question(quick, name) for name in names)
    with HTTPClient(quick.port, receive_buffer=4096) as client, sent_meanwhile(client.connection, requests):
        pace, length = Pace(500_000), 0
        # Three times as long as a head may take.
        while length < 1_500_000:
            pace(16_384)
            client.connection.fill()
            length = len(client.connection.buffer)
        assert all_answered(client, len(names)) == names


def test_nobody_is_left_after_all(quick):
    files = quick.open_files
    connections = [HTTPClient(quick.port) for _ in range(20)]
    for index, client in enumerate(connections):
        client.connection.send(list(PARTS.values())[index % len(PARTS)])
    wait_until(lambda: quick.open_files <= files, "the connections to be given up")
    for client in connections:
        client.connection.close()
