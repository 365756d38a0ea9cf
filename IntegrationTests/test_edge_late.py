"""Nothing is cut that makes progress, nothing is executed too late, and each deadline is its own."""

import json
import re
import signal
import time

import pytest

from clients.commands import SUBPROTOCOL
from clients.connection import EndOfStream
from clients.deadline import wait_until
from clients.http import AUTHORIZED, HTTPClient, encode_request, get, target
from clients.publishing import history, publish
from clients.refusal import assert_refused
from clients.sse import subscribe
from clients.ws import Opcode, WebSocketClient, encode_frame

PAGE = 4 << 20
# A topic holds a megabyte.
BIG = [f"big-{index}" for index in range(8)]


@pytest.fixture(scope="module")
def impatient(start_module_server):
    times = {"--body-timeout": 1, "--idle-timeout": 1, "--head-timeout": 1, "--stall-timeout": 2}
    server = start_module_server("--demo", *(word for option in times.items() for word in option))
    for index in range(PAGE // 65536):
        publish(server, f"big-{index % 8}", data="x" * 65000)
    return server


def read_slowly(client: HTTPClient, rate: int) -> bytes:
    """The whole answer, at so many bytes a second."""
    head = client.head()
    length, started, body = int(head.headers.get("Content-Length")), time.monotonic(), 0
    while body < length:
        wait = body / rate - (time.monotonic() - started)
        if wait > 0:
            time.sleep(wait)
        body += len(client.connection.take(min(16384, length - body)))
    return length


@pytest.mark.timeout(60)
@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_an_answer_that_is_taken_slowly_comes_whole(impatient, connection):
    with HTTPClient(impatient.port, receive_buffer=16 * 1024) as client:
        client.send("GET", target("/history", topic=BIG, limit=1000), headers={"Connection": connection})
        assert read_slowly(client, 700_000) > PAGE * 0.9
        if connection == "close":
            assert client.closed()
        else:
            assert client.request("GET", "/healthz").text == "ok"


def test_an_answer_that_is_not_taken_is_given_up(impatient):
    with HTTPClient(impatient.port, receive_buffer=16 * 1024) as client:
        client.send("GET", target("/history", topic=BIG, limit=1000))
        wait_until(lambda: re.search(r"reason=.?4004 stalled", impatient.log), "the connection to be given up", 10)


@pytest.mark.timeout(60)
def test_a_drain_lets_an_answer_end(start_server):
    server = start_server("--drain", 10)
    for index in range(PAGE // 65536):
        publish(server, f"big-{index % 8}", data="x" * 65000)
    with HTTPClient(server.port, receive_buffer=16 * 1024) as client:
        client.send("GET", target("/history", topic=BIG, limit=1000))
        client.connection.fill()
        server.signal(signal.SIGTERM)
        assert read_slowly(client, 1_000_000) > PAGE * 0.9
    assert server.await_exit(12) == 0


def test_a_drain_ends_one_after_the_other(start_server, topic):
    server = start_server("--drain", 3)
    streams = [subscribe(server, topic) for _ in range(40)]
    server.signal(signal.SIGTERM)
    ends = []
    for stream in streams:
        stream.__enter__().http.connection.take_rest(5)
        ends.append(time.monotonic())
    assert server.await_exit(5) == 0
    # The twentieths of a second in which they ended: all at one instant would be one.
    assert len({round(end * 20) for end in ends}) >= 5


PUBLISHING = b'{"id":1,"publish":{"topic":"demo:late-%d","data":1}}'
# What comes before the command in the same packet, and the code of the close frame.
LAST_WORDS = {
    "a binary message": (encode_frame(Opcode.BINARY, b"x"), 1003),
    "its own close": (encode_frame(Opcode.CLOSE, b"\x03\xe8"), 1000),
    "a frame that is none": (encode_frame(3, b""), 1002),
    "an unmasked frame": (encode_frame(Opcode.TEXT, b"{}", masked=False), 1002),
    "text that is none": (encode_frame(Opcode.TEXT, b"\xff"), 1007),
}


@pytest.mark.parametrize(("last", "code"), LAST_WORDS.values(), ids=LAST_WORDS.keys())
def test_no_command_is_executed_after_the_last_word(server, last, code):
    name = PUBLISHING % code
    with WebSocketClient(server.port, headers={"Sec-WebSocket-Protocol": SUBPROTOCOL}) as client:
        client.http.connection.send(last + encode_frame(Opcode.TEXT, name) * 3)
        assert client.await_opcode(Opcode.CLOSE).code == code
    assert history(server, f"demo:late-{code}")["messages"] == []


def test_no_command_is_executed_that_waited_behind_a_close(server, topic):
    """Commands are taken one at a time: those that were read already count no more than those that were not."""
    with WebSocketClient(server.port, headers={"Sec-WebSocket-Protocol": SUBPROTOCOL}) as client:
        commands = [json.dumps({"id": index, "ping": {}}).encode() for index in range(5)]
        frames = b"".join(encode_frame(Opcode.TEXT, command) for command in commands)
        client.http.connection.send(frames + encode_frame(Opcode.CLOSE) + frames)
        replies = 0
        while (frame := client.frame()).opcode != Opcode.CLOSE:
            replies += frame.opcode == Opcode.TEXT
        # The hello, and a reply for each of the first.
        assert replies == 6


@pytest.fixture(scope="module")
def patient_between(start_module_server):
    return start_module_server("--head-timeout", 1, "--body-timeout", 1, "--idle-timeout", 30)


PARTS = {
    "a head": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
    "a line": b"GET /heal",
    "a body": b"POST /publish?topic=a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer test-key\r\nContent-Length: 9\r\n\r\nab",
    "a chunk": b"POST /publish?topic=a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test-key\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n9\r\nab",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_a_deadline_that_moves_earlier_counts_at_once(patient_between, part):
    part = part.replace(b"Host: a\r", b"Host: localhost\r")
    with HTTPClient(patient_between.port) as client:
        assert client.request("GET", "/healthz").text == "ok"
        client.connection.send(part)
        started = time.monotonic()
        assert_refused(client.response(), 408, "request_timeout")
        assert 0.9 < time.monotonic() - started < 4
        assert client.closed()


BODY = b"x=1" + b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
REFUSED = {
    "no key": ("POST", "/publish?topic=a", {}, 401),
    "a wrong key": ("POST", "/publish?topic=a", {"Authorization": "Bearer x"}, 403),
    "nothing there": ("POST", "/nope", {}, 404),
    "a method": ("PUT", "/publish?topic=a", {}, 405),
    "too long": ("POST", "/publish?topic=a", AUTHORIZED | {"Content-Length": str(1 << 30)}, 413),
    "a coding": ("POST", "/publish?topic=a", AUTHORIZED | {"Content-Encoding": "gzip"}, 415),
    "a topic": ("POST", "/publish?topic=$x", AUTHORIZED, 400),
    "a foreign page": ("POST", "/publish?topic=a", AUTHORIZED | {"Origin": "https://evil.test"}, 403),
}


@pytest.fixture(scope="module")
def closed(start_module_server):
    return start_module_server()


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_before_the_body_is_the_only_answer(closed, method, path, headers, status):
    """The client waits to be asked for the body, is refused, and sends it all the same."""
    headers = {"Content-Length": str(len(BODY))} | headers | {"Expect": "100-continue"}
    with HTTPClient(closed.port) as client:
        client.send(method, path, headers=headers)
        assert client.head().status == status
        client.connection.send(BODY)
        rest = client.connection.take_rest(5)
        assert b"HTTP/1.1" not in rest


def test_another_expectation_cannot_be_met(closed):
    with HTTPClient(closed.port) as client:
        client.send("POST", "/publish?topic=a", headers=AUTHORIZED | {"Expect": "tea", "Content-Length": "3"})
        assert client.response().status == 417


@pytest.mark.parametrize(("size", "stays"), [(0, True), (5, True), (64 << 10, True), ((64 << 10) + 1, False)])
@pytest.mark.parametrize("path", ["/publish?topic=a", "/nope"])
def test_a_refusal_need_not_end_the_connection(closed, path, size, stays):
    """Rights come before the body: a short rest is read and thrown away, of a long one nothing is."""
    with HTTPClient(closed.port) as client:
        client.send("POST", path, headers={"Content-Length": str(size)})
        response = client.response()
        assert response.status in (401, 404)
        assert (response.headers.get("Connection") != "close") == stays
        if stays:
            client.connection.send(b"x" * size)
            assert client.request("GET", "/healthz").text == "ok"


def test_rights_are_asked_before_a_batch_is_read(closed):
    with HTTPClient(closed.port) as client:
        headers = {"Content-Type": "application/json", "Content-Length": "500000", "Expect": "100-continue"}
        client.send("POST", "/publish", headers=headers)
        assert_refused(client.response(), 401, "key_missing")


HALVES = {
    "nothing": (b"", []),
    "a part of a head": (b"GET /heal", []),
    "a part of a body": (b"POST /publish?topic=demo:a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab", []),
    "a request": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", [200]),
    "three requests": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3, [200, 200, 200]),
    "requests and a part": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2 + b"GET /", [200, 200]),
    "requests and a part of a body": (
        b"GET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n"
        b"POST /publish?topic=demo:a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab", [404],
    ),
    "a long poll": (b"GET /longpoll?topic=nobody HTTP/1.1\r\nHost: localhost\r\n\r\n", []),
    "a request and a long poll": (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /longpoll?topic=nobody HTTP/1.1\r\nHost: localhost\r\n\r\n",
        [200],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "statuses"), HALVES.values(), ids=HALVES.keys())
def test_a_client_that_closes_its_half_gets_what_it_asked_for(server, sent, statuses):
    with HTTPClient(server.port) as client:
        client.connection.send(sent)
        client.connection.half_close()
        assert [client.response().status for _ in statuses] == statuses
        assert client.closed(5)


def test_a_half_closed_client_gets_a_long_answer_whole(impatient):
    with HTTPClient(impatient.port, receive_buffer=16 * 1024) as client:
        client.send("GET", target("/history", topic=BIG, limit=1000))
        client.connection.half_close()
        assert len(client.response().body) > PAGE * 0.9
        assert client.closed()


def test_a_half_closed_stream_ends(server, topic):
    with subscribe(server, topic) as client:
        client.http.connection.half_close()
        with pytest.raises(EndOfStream):
            client.http.connection.take_through(b"never", None)


PATHS = ["/publish", "/history?topic=a", "/topics", "/presence?topic=a", "/healthz", "/readyz", "/poll?topic=a",
         "/longpoll?topic=a", "/stream?topic=a", "/iframe?topic=a&callback=parent.f", "/sse?topic=a", "/ws", "/", "/page.js"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_head_and_options_go_everywhere(server, path):
    with HTTPClient(server.port) as client:
        head = client.request("HEAD", path, headers=AUTHORIZED)
        assert head.status in (200, 405, 426) and head.body == b""
        options = client.request("OPTIONS", path)
        assert options.status == 204 and "OPTIONS" in options.headers.get("Allow")
        assert ("GET" in options.headers.get("Allow")) == (head.status != 405)
        assert client.request("OPTIONS", "*").status == 204
        # In a pipeline the answers without a body don't shift the others.
        requests = [("HEAD", path), ("OPTIONS", path), ("GET", "/healthz")] * 3
        client.connection.send(b"".join(encode_request(*request, server.port, AUTHORIZED) for request in requests))
        for method, _ in requests:
            response = client.response(head_only=method == "HEAD")
        assert response.text == "ok"


def test_a_refusal_says_that_an_address_must_be_encoded(server):
    with HTTPClient(server.port) as client:
        client.connection.send("GET /poll?topic=grün HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert "percent-encode it" in assert_refused(client.response(), 400, "bad_request")["message"]


TARGETS = {
    "http://localhost/healthz": ("evil.test", 200), "http://127.0.0.1:80/healthz": ("evil.test", 200),
    "http://evil.test/healthz": ("localhost", 421), "HTTP://evil.test:80?x": ("localhost", 421),
    "http://evil.test@localhost/healthz": ("localhost", 400), "http:///healthz": ("localhost", 400),
    "//evil.test/healthz": ("localhost", 404), "healthz": ("localhost", 400), "*": ("localhost", 400),
    "/healthz#x": ("localhost", 400),
}  # fmt: skip


@pytest.mark.parametrize(("address", "host", "status"), [(key, *value) for key, value in TARGETS.items()])
def test_the_target_says_whom_it_is_for(server, address, host, status):
    assert get(server, address, headers={"Host": host}).status == status
