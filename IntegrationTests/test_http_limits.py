"""Sizes and times that a request may take, on both sides of each limit."""

import time

import pytest

from clients.connection import EndOfStream
from clients.deadline import Deadline
from clients.http import AUTHORIZED, HTTPClient, encode_chunked, encode_request, get, request, target
from clients.refusal import assert_refused
from clients.sse import subscribe

BODY, HEAD, URI = 10_000, 4096, 1000


@pytest.fixture(scope="module")
def narrow(start_module_server):
    return start_module_server("--max-body", BODY, "--max-head", HEAD, "--max-uri", URI)


@pytest.mark.parametrize("chunk", [0, 1000, BODY], ids=["declared", "chunked", "in one chunk"])
def test_the_body_at_its_limit(narrow, topic, chunk):
    for size, status in [(BODY - 1, 200), (BODY, 200), (BODY + 1, 413)]:
        headers, body = AUTHORIZED | {"Content-Type": "text/plain"}, b"x" * size
        if chunk:
            headers = headers | {"Transfer-Encoding": "chunked"}
            body = encode_chunked(*(body[start : start + chunk] for start in range(0, size, chunk)))
        response = request(narrow, "POST", target("/publish", topic=topic), headers=headers, body=body)
        assert response.status == status, size
    assert_refused(response, 413, "body_too_large")


def test_a_body_that_is_declared_too_large_is_refused_before_it_comes(narrow, topic):
    with HTTPClient(narrow.port) as client:
        headers = AUTHORIZED | {"Content-Length": str(1 << 40)}
        client.send("POST", target("/publish", topic=topic), headers=headers)
        assert_refused(client.response(), 413, "body_too_large")


def test_a_chunk_that_is_declared_too_large_is_refused_before_it_comes(narrow, topic):
    with HTTPClient(narrow.port) as client:
        headers = AUTHORIZED | {"Transfer-Encoding": "chunked"}
        client.send("POST", target("/publish", topic=topic), headers=headers, body=b"fffffff\r\n" + b"x" * (BODY + 1))
        assert_refused(client.response(), 413, "body_too_large")


def test_the_address_at_its_limit(narrow):
    for length, status in [(URI - 1, 200), (URI, 200), (URI + 1, 414)]:
        address = "/healthz?" + "x" * (length - len("/healthz?"))
        response = get(narrow, address)
        assert response.status == status, length
    assert_refused(response, 414, "uri_too_long")


def head_status(server, size: int) -> int:
    """The answer to a request whose head has that many bytes."""
    empty = len(encode_request("GET", "/healthz", server.port, {"X-Padding": ""}))
    response = get(server, "/healthz", headers={"X-Padding": "x" * (size - empty)})
    if response.status != 200:
        assert_refused(response, 431, "head_too_large")
    return response.status


def test_the_head_at_its_limit(narrow):
    # Whether the request line and the line ends count is not promised; that the limit is sharp is.
    smallest, largest = HEAD - 200, HEAD + 200
    assert (head_status(narrow, smallest), head_status(narrow, largest)) == (200, 431)
    while largest - smallest > 1:
        middle = (smallest + largest) // 2
        if head_status(narrow, middle) == 200:
            smallest = middle
        else:
            largest = middle


def test_many_small_headers_count_as_one_large(narrow):
    response = get(narrow, "/healthz", headers=[(f"X-{index}", "x" * 10) for index in range(300)])
    assert_refused(response, 431, "head_too_large")


def test_a_head_without_an_end_is_refused_at_the_limit(narrow):
    with HTTPClient(narrow.port) as client:
        client.connection.send(b"GET /healthz HTTP/1.1\r\nX-Padding: " + b"x" * (HEAD + 1))
        assert_refused(client.response(), 431, "head_too_large")


def test_an_address_without_an_end_is_refused_at_the_limit(narrow):
    with HTTPClient(narrow.port) as client:
        client.connection.send(b"GET /" + b"x" * (HEAD + 1))
        response = client.response()
        assert response.status in (414, 431)
        assert_refused(response, response.status)


@pytest.fixture(scope="module")
def impatient(start_module_server):
    times = {"--head-timeout": "0.5", "--body-timeout": "0.5", "--idle-timeout": "0.5", "--heartbeat": "1"}
    return start_module_server(*(word for option in times.items() for word in option))


def drip(client: HTTPClient, piece: bytes, interval: float = 0.1, lasting: float = 10):
    """Sends the piece again and again until the server says something or closes."""
    client.connection.timeout = interval
    started, deadline = time.monotonic(), Deadline(lasting)
    while not deadline.passed:
        try:
            client.connection.send(piece)
            client.connection.fill()
            return time.monotonic() - started
        except TimeoutError:
            continue
        except (EndOfStream, ConnectionError):
            return time.monotonic() - started
    raise AssertionError("the server let itself be held up")


def test_a_head_that_does_not_end_times_out(impatient):
    with HTTPClient(impatient.port) as client:
        client.connection.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        assert_refused(client.response(), 408, "request_timeout")
        assert client.closed()


def test_a_head_that_drips_times_out_all_the_same(impatient):
    with HTTPClient(impatient.port) as client:
        client.connection.send(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        assert drip(client, b"X: y\r\n") < 5


def test_a_body_that_does_not_end_times_out(impatient, topic):
    with HTTPClient(impatient.port) as client:
        headers = AUTHORIZED | {"Content-Length": "10"}
        client.send("POST", target("/publish", topic=topic), headers=headers, body=b"half")
        assert_refused(client.response(), 408, "request_timeout")
        assert client.closed()


def test_a_body_that_drips_times_out_all_the_same(impatient, topic):
    with HTTPClient(impatient.port) as client:
        headers = AUTHORIZED | {"Content-Length": "100000"}
        client.send("POST", target("/publish", topic=topic), headers=headers, body=b"x")
        assert drip(client, b"x") < 5


def test_an_idle_connection_is_closed_without_a_word(impatient):
    with HTTPClient(impatient.port) as client:
        assert client.request("GET", "/healthz").status == 200
        assert client.closed()


def test_a_connection_that_never_asks_is_closed(impatient):
    with HTTPClient(impatient.port) as client:
        client.connection.take_rest()
        assert client.connection.ended


def test_a_stream_outlives_the_timeouts_of_requests(impatient, topic):
    with subscribe(impatient, topic) as client:
        # Two heartbeats are four times the longest of them.
        assert [client.next_block().names for _ in range(2)] == [["id"], ["id"]]
