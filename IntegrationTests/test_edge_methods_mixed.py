"""Requests of every method in one row: each gets an answer of its own kind, in order."""

import random

import pytest

from clients.http import AUTHORIZED, HTTPClient, encode_chunked, encode_request, target
from clients.pipeline import answered, assert_lives, question, sent_meanwhile
from clients.publishing import held, publish
from clients.ws import handshake_headers

SEED = 20260205
TOPIC = "methods-mixed"


@pytest.fixture(scope="module")
def own(start_module_server):
    """One publication is held, and everyone may publish to other topics."""
    server = start_module_server("--rule", "default publish=everyone count=10000")
    publish(server, TOPIC, data="held")
    return server


# What each path takes (the protocol's sections 4 to 7 and 12), besides OPTIONS.
TAKES = {"/publish": {"POST"}, "/history": {"GET", "HEAD", "DELETE"}} | {
    f"/{name}": {"GET", "HEAD"}
    for name in ["topics", "presence", "healthz", "readyz", "iframe", "ws"]
} | {f"/{name}": {"GET", "HEAD", "POST"} for name in ["poll", "longpoll", "stream", "sse"]}
METHODS = ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "TRACE", "BREW", "get", "Head"]
NOT_TAKEN = [(method, path) for path, taken in TAKES.items() for method in METHODS if method not in taken]


@pytest.mark.parametrize(("method", "path"), NOT_TAKEN)
def test_a_method_that_is_not_taken_is_refused_with_those_that_are(own, method, path):
    with HTTPClient(own.port) as client:
        client.connection.send(encode_request(method, path, own.port, body="hello") + question(own, "behind"))
        response = client.response(head_only=method == "HEAD")
        assert response.status == 405
        assert set(response.headers.get("Allow").split(", ")) == TAKES[path] | {"OPTIONS"}
        assert answered(client) == "behind"


@pytest.mark.parametrize(("host", "status"), [("localhost", 204), ("evil.test", 421)])
@pytest.mark.parametrize("path", TAKES)
def test_options_of_a_whole_address(own, path, host, status):
    with HTTPClient(own.port) as client:
        assert client.request("OPTIONS", f"http://{host}{path}").status == status
        assert_lives(client)


# Handshakes that are refused, as it is GET that they need.
HANDSHAKES = {
    "of another version": handshake_headers(Sec_WebSocket_Version="12"),
    "of no version": handshake_headers(Sec_WebSocket_Version=None),
    "without a key": handshake_headers(Sec_WebSocket_Key=None),
    "of another protocol": handshake_headers(Upgrade="h2c"),
}


@pytest.mark.parametrize("headers", HANDSHAKES.values(), ids=HANDSHAKES.keys())
def test_head_says_what_a_refused_handshake_says(own, headers):
    with HTTPClient(own.port) as client, HTTPClient(own.port) as other:
        expected = client.request("GET", target("/ws", topic=TOPIC), headers=headers)
        response = other.request("HEAD", target("/ws", topic=TOPIC), headers=headers)
        assert response.status == expected.status >= 400
        assert sorted(response.headers) == sorted(expected.headers)


def kinds(server, topic: str) -> list[tuple[bytes, set[int]]]:
    """Requests of all kinds, and what may be said to them."""

    def made(method: str, address: str, headers=None, body=None) -> bytes:
        return encode_request(method, address, server.port, headers, body)

    publishing, chunks = target("/publish", topic=topic), {"Transfer-Encoding": "chunked"}
    history, polling = target("/history", topic=TOPIC), target("/poll", topic=TOPIC, cursor="earliest")
    items = [(made("OPTIONS", path), {204}) for path in [*TAKES, "*"]]
    items += [(made("HEAD", target(path, topic=TOPIC)), {200}) for path in ["/sse", "/stream", "/longpoll", "/poll"]]
    for method in ["GET", "HEAD"]:
        items += [(made(method, path), {200}) for path in ["/healthz", "/readyz", history, polling]]
        items += [(made(method, polling, {"If-None-Match": "*"}), {304}), (made(method, "/nope"), {404})]
        items += [(made(method, "/topics"), {401}), (made(method, "/topics", AUTHORIZED), {200})]
        items += [(made(method, "/ws"), {426}), (made(method, "/healthz", {"Host": "evil.test"}), {421})]
        items += [(made(method, history, body="a body"), {200}), (made(method, "/sse", chunks, b"0\r\n\r\n"), {400})]
    items += [(made(method, "/nope", {}, "x" * 3000), {404}) for method in ["POST", "PUT", "HEAD", "OPTIONS"]]
    items += [(made("PUT", "/healthz", chunks, encode_chunked(b"a", b"b")), {405}), (made("HEAD", "/publish"), {405})]
    items += [(made("POST", publishing, {}, "x" * 3000), {200})] * 5
    items += [(made("POST", publishing, chunks, encode_chunked(b"y", b"z")), {200})] * 5
    return items


def test_answers_with_and_without_bodies_keep_their_order(own, topic):
    """A mix at random; between any two a question whose answer names it."""
    order = kinds(own, topic) * 4
    random.Random(SEED).shuffle(order)
    data = b"".join(request + question(own, f"q-{index}") for index, (request, _) in enumerate(order))
    with HTTPClient(own.port) as client, sent_meanwhile(client.connection, data):
        for index, (request, statuses) in enumerate(order):
            response = client.response(head_only=request.startswith(b"HEAD"))
            assert response.status in statuses, f"seed {SEED}, {request[:80]!r}"
            assert answered(client) == f"q-{index}", f"seed {SEED}, behind {request[:80]!r}"
    texts = held(own, topic)
    assert (texts.count("x" * 3000), texts.count("yz"), len(texts)) == (20, 20, 40)
