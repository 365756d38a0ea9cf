"""What is refused by its head is answered once, before its body; whatever comes of that body is no request."""

import pytest

from clients.http import AUTHORIZED, HTTPClient, encode_chunked, request, target
from clients.pipeline import assert_lives, question, statuses
from clients.publishing import held, history
from clients.refusal import assert_refused

WAITS = {"Expect": "100-continue"}
# So much of a body is read and thrown away.
SHORT = 64 << 10


@pytest.fixture(scope="module")
def closed(start_module_server):
    """Whoever has no key may publish `open:…` only."""
    return start_module_server("--rule", "open: publish=everyone", "--max-body", "200000")


# The method, the target, the headers, and the status.
REFUSED = {
    "no key": ("POST", "/publish?topic=a", {}, 401),
    "a wrong key": ("POST", "/publish?topic=a", {"Authorization": "Bearer x"}, 403), "one topic of two": ("POST", "/publish?topic=open:a&topic=a", {}, 401),
    "nothing there": ("POST", "/nope", AUTHORIZED, 404), "nothing below": ("POST", "/publish/a?topic=a", AUTHORIZED, 404),
    "another method": ("PUT", "/publish?topic=a", AUTHORIZED, 405), "PATCH": ("PATCH", "/publish?topic=a", AUTHORIZED, 405),
    "POST to /history": ("POST", "/history?topic=a", AUTHORIZED, 405), "POST to /ws": ("POST", "/ws?topic=a", AUTHORIZED, 405),
    "a body without a type": ("POST", "/sse?topic=a", AUTHORIZED, 415),
    "a coding": ("POST", "/publish?topic=a", AUTHORIZED | {"Content-Encoding": "gzip"}, 415),
    "a coding, nothing there": ("POST", "/nope", {"Content-Encoding": "br"}, 415),
    "no topic": ("POST", "/publish", AUTHORIZED, 400), "a reserved topic": ("POST", "/publish?topic=$a", AUTHORIZED, 400),
    "a reserved event": ("POST", "/publish?topic=a&event=connect", AUTHORIZED, 400),
    "a bad key for repeats": ("POST", "/publish?topic=a", AUTHORIZED | {"Idempotency-Key": ""}, 400),
    "a page of another origin": ("POST", "/publish?topic=a", AUTHORIZED | {"Origin": "https://evil.test"}, 403),
    "another host": ("POST", "/publish?topic=a", AUTHORIZED | {"Host": "evil.test"}, 421),
    "DELETE without a key": ("DELETE", "/history?topic=a", {}, 401),
}  # fmt: skip
each = pytest.mark.parametrize(("method", "address", "headers", "status"), REFUSED.values(), ids=REFUSED.keys())
framings = pytest.mark.parametrize("framing", ["length", "chunks"])


def inner(server, topic: str) -> bytes:
    """A request that would be executed if it were taken for one."""
    return f"POST /publish?topic=open:{topic} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1".encode()


def framed(framing: str, body: bytes) -> tuple[dict, bytes]:
    if framing == "length":
        return {"Content-Length": str(len(body))}, body
    return {"Transfer-Encoding": "chunked"}, encode_chunked(body)


@framings
@each
def test_a_body_that_comes_all_the_same_is_no_request(closed, topic, method, address, headers, status, framing):
    length, body = framed(framing, inner(closed, topic) * 3)
    with HTTPClient(closed.port) as client:
        client.send(method, address, headers=headers | length | WAITS)
        response = client.head()
        assert response.status == status
        client.body(response.headers)
        client.connection.send(body + question(closed, "behind"))
        # The end, or the answer to what followed the body, but no answer to anything in the body.
        assert client.connection.take_rest(5).count(b"HTTP/1.1 ") == 0
    assert history(closed, f"open:{topic}")["messages"] == []


@framings
@each
def test_a_body_in_the_same_packet_is_no_request(closed, topic, method, address, headers, status, framing):
    length, body = framed(framing, inner(closed, topic) * 3)
    with HTTPClient(closed.port) as client:
        client.send(method, address, headers=headers | length | WAITS, body=body)
        response = client.head()
        assert response.status == status
        client.body(response.headers)
        assert client.connection.take_rest(5).count(b"HTTP/1.1 ") == 0
    assert history(closed, f"open:{topic}")["messages"] == []


@framings
@each
def test_without_an_expectation_the_connection_goes_on(closed, topic, method, address, headers, status, framing):
    """The answer comes before the body, which is read and thrown away."""
    length, body = framed(framing, inner(closed, topic) * 3)
    with HTTPClient(closed.port) as client:
        client.send(method, address, headers=headers | length)
        response = client.response()
        assert_refused(response, status)
        assert response.headers.get("Connection") != "close"
        client.connection.send(body + question(closed, "behind"))
        assert client.response().json()["topic"] == "behind"
        assert_lives(client)
    assert history(closed, f"open:{topic}")["messages"] == []


@framings
@each
def test_a_refusal_in_a_pipeline_is_one_answer(closed, topic, method, address, headers, status, framing):
    length, body = framed(framing, inner(closed, topic))
    with HTTPClient(closed.port) as client:
        for _ in range(5):
            client.send(method, address, headers=headers | length, body=body)
            client.connection.send(question(closed, "between"))
        for _ in range(5):
            assert client.response().status == status
            assert client.response().json()["topic"] == "between"
    assert history(closed, f"open:{topic}")["messages"] == []


TOO_LARGE = [200_001, 1 << 20, 1 << 40, (1 << 63) - 1]


@pytest.mark.parametrize("expects", [{}, WAITS], ids=["at once", "asks first"])
@pytest.mark.parametrize("size", TOO_LARGE)
def test_a_body_that_says_it_is_too_large_is_no_request(closed, topic, size, expects):
    with HTTPClient(closed.port) as client:
        client.send("POST", "/publish?topic=open:a", headers={"Content-Length": str(size)} | expects)
        response = client.response()
        assert_refused(response, 413, "body_too_large")
        assert response.headers.get("Connection") == "close"
        client.connection.send(inner(closed, topic) * 3)
        assert client.closed(5)
    assert history(closed, f"open:{topic}")["messages"] == []


EXPECTATIONS = ["tea", "100-continue, tea", "200-ok", "100", "100-continue;q=1"]


@pytest.mark.parametrize("value", EXPECTATIONS)
@framings
def test_what_cannot_be_expected_is_refused_before_anything_else(closed, topic, value, framing):
    length, body = framed(framing, inner(closed, topic) * 2)
    for address in (target("/publish", topic=f"open:{topic}"), "/nope"):
        with HTTPClient(closed.port) as client:
            client.send("POST", address, headers=length | {"Expect": value})
            response = client.response()
            assert_refused(response, 417)
            client.connection.send(body + question(closed, "behind"))
            if response.headers.get("Connection") == "close":
                assert client.closed()
            else:
                assert client.response().json()["topic"] == "behind"
    assert history(closed, f"open:{topic}")["messages"] == []


@pytest.mark.parametrize("value", ["100-continue", "100-Continue", " 100-CONTINUE\t"])
@framings
def test_what_is_allowed_is_asked_for_once(closed, topic, value, framing):
    topic = f"open:{topic}"
    length, body = framed(framing, b"hello")
    headers = length | {"Expect": value, "Content-Type": "text/plain"}
    with HTTPClient(closed.port) as client:
        for _ in range(2):
            client.send("POST", target("/publish", topic=topic), headers=headers)
            assert client.head().status == 100
            client.connection.send(body)
            assert client.head().status == 200
            client.connection.take_through(b"}\n")
        assert_lives(client)
    assert held(closed, topic) == ["hello", "hello"]


def test_the_answers_before_it_come_first(closed, topic):
    headers = WAITS | {"Content-Length": "5"}
    with HTTPClient(closed.port) as client:
        client.connection.send(question(closed, "before"))
        client.send("POST", target("/publish", topic=f"open:{topic}"), headers=headers)
        assert client.response().json()["topic"] == "before"
        assert client.head().status == 100
        client.connection.send(b"hello" + question(closed, "behind"))
        assert client.response().status == 200
        assert client.response().json()["topic"] == "behind"


def test_an_old_client_is_not_asked(closed, topic):
    topic = f"open:{topic}"
    with HTTPClient(closed.port) as client:
        client.send("POST", target("/publish", topic=topic), headers=WAITS, body="hello", version="1.0")
        assert client.head().status == 200
    assert held(closed, topic) == ["hello"]


@pytest.mark.parametrize("body", [None, ""], ids=["no body", "an empty body"])
def test_who_has_nothing_to_send_is_not_asked(closed, topic, body):
    with HTTPClient(closed.port) as client:
        client.send("POST", target("/publish", topic=f"open:{topic}"), headers=WAITS, body=body)
        assert client.head().status == 200


# Sizes on both sides of what is thrown away, and whether the connection goes on.
SIZES = [(1, True), (1000, True), (SHORT - 1, True), (SHORT, True), (SHORT + 1, False), (199_999, False)]


@pytest.mark.parametrize(("size", "stays"), SIZES)
@pytest.mark.parametrize("address", ["/publish?topic=a", "/nope", "/healthz", "/publish?topic=$a"])
def test_a_short_rest_is_read_and_a_long_one_is_not(closed, address, size, stays):
    with HTTPClient(closed.port) as client:
        client.send("POST", address, headers={"Content-Length": str(size)})
        response = client.response()
        assert response.status in (400, 401, 404, 405)
        assert (response.headers.get("Connection") != "close") == stays
        if stays:
            client.connection.send(b"x" * size)
            assert_lives(client)
        else:
            assert client.closed(5)


@pytest.mark.parametrize("part", [0.25, 0.5, 0.999])
@pytest.mark.parametrize("address", ["/publish?topic=a", "/nope"])
def test_a_refusal_does_not_wait_for_the_rest_of_a_body_that_has_begun(closed, address, part):
    body = b"x" * 50_000
    with HTTPClient(closed.port) as client:
        client.send("POST", address, headers={"Content-Length": str(len(body))}, body=body[: int(len(body) * part)])
        assert client.response().status in (401, 404)
        client.connection.send(body[int(len(body) * part) :])
        assert_lives(client)


@pytest.mark.parametrize(("size", "goes_on"), [(SHORT // 2, True), (SHORT + 1000, False)])
def test_chunks_are_thrown_away_up_to_a_bound(closed, topic, size, goes_on):
    """How many will come nobody says: the bound shows when they have come."""
    chunks = encode_chunked(*[b"x" * 100] * (size // 100))
    with HTTPClient(closed.port) as client:
        client.send("POST", "/publish?topic=a", headers={"Transfer-Encoding": "chunked"})
        assert client.response().status == 401
        client.connection.send(chunks + inner(closed, topic))
        if goes_on:
            assert client.response().status == 200
        else:
            assert client.closed(5)
    assert len(history(closed, f"open:{topic}")["messages"]) == goes_on


def test_a_get_may_have_a_body_that_means_nothing(closed, topic):
    body = inner(closed, topic)
    for method in ("GET", "HEAD", "OPTIONS"):
        with HTTPClient(closed.port) as client:
            response = client.request(method, "/healthz", body=body)
            assert response.status in (200, 204)
            assert_lives(client)
    assert history(closed, f"open:{topic}")["messages"] == []


def test_a_long_body_of_a_get_ends_the_connection(closed):
    with HTTPClient(closed.port) as client:
        client.send("GET", "/healthz", headers={"Content-Length": str(SHORT + 1)})
        response = client.response()
        assert (response.text, response.headers.get("Connection")) == ("ok", "close")
        assert client.closed(5)


def test_the_statuses_of_a_pipeline_with_refusals_of_all_kinds(closed):
    data = b"".join(
        f"{method} {address} HTTP/1.1\r\n".encode()
        + b"".join(f"{name}: {value}\r\n".encode() for name, value in ({"Host": "localhost"} | headers).items())
        + b"Content-Length: 3\r\n\r\nabc"
        for method, address, headers, _ in REFUSED.values()
    )
    expected = [status for _, _, _, status in REFUSED.values()]
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert statuses(closed, data * 3 + last) == expected * 3 + [200]
    assert request(closed, "GET", "/healthz").status == 200


def test_rights_are_asked_before_a_batch_is_read(start_server):
    headers = {"Content-Type": "application/json", "Content-Length": "500000", "Expect": "100-continue"}
    with HTTPClient(start_server().port) as client:
        client.send("POST", "/publish", headers=headers)
        assert_refused(client.response(), 401, "key_missing")
