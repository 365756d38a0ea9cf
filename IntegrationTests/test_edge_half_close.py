"""A client that says that it will say nothing more: what it has asked for is answered, then the server closes too."""

import json

import pytest

from clients.connection import EndOfStream
from clients.deadline import wait_until
from clients.http import HTTPClient, encode_chunked, encode_request, get, target
from clients.pipeline import all_answered, answered, question
from clients.polling import await_subscribers
from clients.publishing import held, history, publish
from clients.ws import handshake_headers

HOST = b"Host: 127.0.0.1\r\n"
LINE = b"GET /healthz HTTP/1.1\r\n"
LARGE = [f"demo:half-{index}" for index in range(4)]


@pytest.fixture(scope="module")
def own(start_module_server):
    """With pages of three megabytes."""
    server = start_module_server("--demo")
    for index in range(60):
        publish(server, LARGE[index % len(LARGE)], data="x" * 50_000)
    return server


def post(topic: str, fields: str) -> bytes:
    return f"POST /publish?topic={topic} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n".encode()


# What has come of a request, before the end; `{}` is a topic.
PARTS = {
    "nothing": lambda topic: b"", "an empty line": lambda topic: b"\r\n", "a letter": lambda topic: b"G",
    "half a line": lambda topic: LINE[:9], "a line": lambda topic: LINE, "a field": lambda topic: LINE + HOST,
    "all but LF": lambda topic: LINE + HOST + b"\r", "a head with a body to come": lambda topic: post(topic, "Content-Length: 5"),
    "half a body": lambda topic: post(topic, "Content-Length: 5") + b"hell", "no chunk": lambda topic: post(topic, "Transfer-Encoding: chunked"),
    "a chunk's size": lambda topic: post(topic, "Transfer-Encoding: chunked") + b"5\r\n",
    "half a chunk": lambda topic: post(topic, "Transfer-Encoding: chunked") + b"5\r\nhel",
    "a chunk without its end": lambda topic: post(topic, "Transfer-Encoding: chunked") + b"5\r\nhello",
    "a chunk": lambda topic: post(topic, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n",
    "no last line": lambda topic: post(topic, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n",
    "half a trailer": lambda topic: post(topic, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\nA: b",
    "a body that is asked for": lambda topic: post(topic, "Content-Length: 5\r\nExpect: 100-continue"),
}  # fmt: skip
parts = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())


@parts
@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
def test_a_part_is_no_request(own, topic, part, count, later):
    """It is not executed; what was whole before it is, and is answered."""
    topic = f"demo:{topic}"
    publication = encode_request("POST", target("/publish", topic=topic), own.port, body="whole")
    with HTTPClient(own.port) as client:
        client.connection.send(publication * count + (b"" if later else part(topic)))
        if not later:
            client.connection.half_close()
        assert [client.response().status for _ in range(count)] == [200] * count
        if later:
            client.connection.send(part(topic))
            client.connection.half_close()
        rest = client.connection.take_rest(5)
        assert rest in ((b"", b"HTTP/1.1 100 Continue\r\n\r\n") if b"Expect" in part(topic) else (b"",))
    assert held(own, topic) == ["whole"] * count


WHOLE = {
    "GET": lambda server, topic: question(server, topic),
    "a length": lambda server, topic: post(topic, "Content-Length: 5") + b"hello",
    "chunks": lambda server, topic: post(topic, "Transfer-Encoding: chunked") + encode_chunked(b"hel", b"lo"),
    "a large body": lambda server, topic: post(topic, "Content-Length: 1000000") + b"x" * 1_000_000,
    "large chunks": lambda server, topic: post(topic, "Transfer-Encoding: chunked") + encode_chunked(*[b"x" * 10_000] * 100),
    "a thousand chunks": lambda server, topic: post(topic, "Transfer-Encoding: chunked") + encode_chunked(*[b"x"] * 1000),
}  # fmt: skip


@pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE.keys())
def test_a_whole_request_is_executed_and_answered(own, topic, whole):
    """Also where all of it is sent before the server has read much."""
    topic = f"demo:{topic}"
    request = whole(own, topic)
    with HTTPClient(own.port) as client:
        client.connection.send(request)
        client.connection.half_close()
        assert client.response().status == 200
        assert client.closed(5)
    assert len(history(own, topic)["messages"]) == (b"POST" in request)


@pytest.mark.parametrize("count", [1, 10, 1000])
def test_a_pipeline_is_answered_to_its_end(own, count):
    names = [f"n-{index}" for index in range(count)]
    with HTTPClient(own.port) as client:
        client.connection.send(b"".join(question(own, name) for name in names))
        client.connection.half_close()
        assert all_answered(client, count) == names
        assert client.closed(5)


def send_ahead(client: HTTPClient, data: bytes):
    """The end is seen by the server when it has read little of it: the kernel has got used to much on this connection."""
    client.connection.send(post("demo:ahead", "Content-Length: 1000000") + b"x" * 1_000_000)
    assert client.response().status == 200
    client.connection.send(data)
    client.connection.half_close()


@pytest.mark.parametrize("count", [2000, 4000])
def test_a_pipeline_that_lies_ready_is_answered_to_its_end(own, count):
    names = [f"n-{index}" for index in range(count)]
    with HTTPClient(own.port) as client:
        send_ahead(client, b"".join(question(own, name) for name in names))
        assert all_answered(client, count) == names
        assert client.closed(5)


@pytest.mark.parametrize("count", [20_000, 60_000])
def test_chunks_that_lie_ready_are_taken_to_their_end(own, topic, count):
    topic = f"demo:{topic}"
    with HTTPClient(own.port) as client:
        send_ahead(client, post(topic, "Transfer-Encoding: chunked") + encode_chunked(*[b"x"] * count))
        assert client.response().status == 200
        assert client.closed(5)
    assert held(own, topic) == ["x" * count]


@pytest.mark.parametrize("count", [0, 100, 4000])
def test_an_answer_that_is_being_written_comes_whole_and_those_behind_it(own, count):
    """The end comes while nothing is read of the answer: the server can't take more than it holds, and must not lose any."""
    names = [f"n-{index}" for index in range(count)]
    page = encode_request("GET", target("/history", topic=LARGE, limit=1000), own.port)
    with HTTPClient(own.port, receive_buffer=16 * 1024) as client:
        client.connection.send(page + b"".join(question(own, name) for name in names))
        client.connection.half_close()
        client.connection.fill()
        # Others are answered, so the server has had time to see the end.
        for _ in range(20):
            assert get(own, "/healthz").status == 200
        assert len(client.response().json()["messages"]) == 60
        assert all_answered(client, count) == names
        assert client.closed(5)


def test_a_refusal_comes_whole(own):
    for request in (b"nonsense\r\n\r\n", LINE + b"\r\n", post("demo:a", "Content-Length: 99999999"), LINE[:-2] + b" \r\n\r\n"):
        with HTTPClient(own.port) as client:
            client.connection.send(request)
            client.connection.half_close()
            assert client.response().status in (400, 413)
            assert client.closed(5)


PENDING = {
    "a long poll": ("/longpoll", {}, {}), "JSONP": ("/longpoll", {"callback": "f"}, {}), "sse": ("/sse", {}, {}),
    "stream": ("/stream", {}, {}), "multipart": ("/stream", {"multipart": "mixed"}, {}),
    "iframe": ("/iframe", {"callback": "f"}, {}), "ws": ("/ws", {}, handshake_headers()),
}  # fmt: skip
pending = pytest.mark.parametrize(("path", "query", "headers"), PENDING.values(), ids=PENDING.keys())


def begin(client: HTTPClient, server, topic: str, path: str, query: dict, headers: dict):
    client.send("GET", target(path, topic=topic, **query), headers=headers)
    await_subscribers(server, topic, 1)


@pending
def test_what_waits_for_publications_ends(own, topic, path, query, headers):
    """What it waits for may never come."""
    publish(own, topic, data="before")
    with HTTPClient(own.port) as client:
        begin(client, own, topic, path, query, headers)
        client.connection.half_close()
        await_subscribers(own, topic, 0)
        with pytest.raises(EndOfStream):
            client.connection.take_through(b"\0nothing is like this")


@pending
def test_what_waits_ends_in_the_packet_of_the_request_too(own, topic, path, query, headers):
    publish(own, topic, data="before")
    files = own.open_files
    with HTTPClient(own.port) as client:
        client.connection.send(question(own, "before") + encode_request("GET", target(path, topic=topic, **query), own.port, headers))
        client.connection.half_close()
        assert answered(client) == "before"
        client.connection.take_rest(5)
    wait_until(lambda: own.open_files <= files, "the connection to be given up")
    await_subscribers(own, topic, 0)


def test_an_answer_that_need_not_wait_is_given(own, topic):
    """A long poll whose publications are there already."""
    publish(own, topic, data="x")
    with HTTPClient(own.port) as client:
        client.send("GET", target("/longpoll", topic=topic, cursor="earliest"))
        client.connection.half_close()
        assert [message["data"] for message in client.response().json()["messages"]] == ["x"]
        assert client.closed(5)


def test_a_client_that_is_idle_is_closed(own):
    for requests in (0, 1, 5):
        with HTTPClient(own.port) as client:
            for _ in range(requests):
                assert client.request("GET", "/healthz").text == "ok"
            client.connection.half_close()
            assert client.closed(2)


def test_an_unread_body_is_no_reason_to_wait(own):
    """The rest of a body that would be thrown away will never come."""
    for size in (100, 60_000, 100_000):
        with HTTPClient(own.port) as client:
            client.send("POST", "/nope", headers={"Content-Length": str(size)}, body=b"x" * 50)
            client.connection.half_close()
            assert json.loads(client.response().body)["error"]["code"] == "not_found"
            assert client.closed(2)


def test_nothing_is_left_of_them(own):
    files = own.open_files
    clients = [HTTPClient(own.port) for _ in PARTS]
    for client, part in zip(clients, PARTS.values(), strict=True):
        client.connection.send(part("demo:left"))
        client.connection.half_close()
    # The clients have not closed: so the server did.
    wait_until(lambda: own.open_files <= files, "the connections to be given up")
    for client in clients:
        client.connection.close()
