"""Requests one behind the other: each is answered, in order, and none earlier than the server can be rid of the answer."""

import itertools

import pytest

from clients.http import HTTPClient, encode_chunked, encode_request, get, target
from clients.memory import Growth
from clients.pipeline import all_answered, answered, assert_lives, question, sent_meanwhile
from clients.polling import await_subscribers
from clients.publishing import held, publish

LITTLE = 40 << 20


def names(count: int) -> list[str]:
    return [f"n-{index}" for index in range(count)]


# The query, without its cursor, and how many requests follow.
HELD = {
    "a few": ({}, 3000), "many": ({}, 20_000), "JSONP": ({"callback": "f"}, 3000), "comet": ({"timestamp": None}, 3000),
}  # fmt: skip


@pytest.mark.parametrize(("query", "count"), HELD.values(), ids=HELD.keys())
def test_requests_behind_a_long_poll_are_answered_when_it_is(server, topic, query, count):
    cursor = publish(server, topic, data="before")
    query = {name: cursor if value is None else value for name, value in ({"cursor": cursor} | query).items()}
    poll = encode_request("GET", target("/longpoll", topic=topic, timeout=60, **query), server.port)
    behind = b"".join(question(server, name) for name in names(count))
    with HTTPClient(server.port) as client, sent_meanwhile(client.connection, poll + behind):
        await_subscribers(server, topic, 1)
        assert not client.connection.buffer
        publish(server, topic, data="after")
        assert b'"data":"after"' in client.response().body
        assert all_answered(client, count) == names(count)


def test_polls_that_follow_each_other_in_one_packet(server, topic):
    """Each begins to wait when the one before it has been answered, and no earlier."""
    cursor = publish(server, topic, data="0")
    polls = encode_request("GET", target("/longpoll", topic=topic, cursor=cursor, limit=1), server.port) * 5
    live = encode_request("GET", target("/longpoll", topic=topic, timeout=60), server.port)
    with HTTPClient(server.port) as client:
        client.connection.send(polls + live + question(server, "last"))
        await_subscribers(server, topic, 1)
        publish(server, topic, data="1")
        for _ in range(5):
            assert [message["data"] for message in client.response().json()["messages"]] == ["1"]
        await_subscribers(server, topic, 1)
        publish(server, topic, data="2")
        assert [message["data"] for message in client.response().json()["messages"]] == ["2"]
        assert answered(client) == "last"


PAGE = 25
PAGES = {
    "history": ("/history", {"limit": 1000}),
    "poll": ("/poll", {"cursor": "earliest"}),
    "longpoll": ("/longpoll", {"cursor": "earliest"}),
    "script": ("/poll", {"cursor": "earliest", "callback": "f"}),
}


@pytest.fixture(scope="module")
def full(start_module_server):
    """A topic with a quarter of a megabyte in it."""
    server = start_module_server("--demo")
    for index in range(PAGE):
        publish(server, "full", data=f"{index:06d} ".ljust(10_000, "x"))
    return server


@pytest.mark.parametrize(("path", "query"), PAGES.values(), ids=PAGES.keys())
def test_pages_that_nobody_reads_are_not_kept(full, path, query):
    """About 18 kB of requests ask for 75 MB of answers."""
    page = encode_request("GET", target(path, topic="full", **query), full.port)
    expected = get(full, target(path, topic="full", **query)).body
    assert expected.count(b'"data":"') == PAGE
    growth = Growth(full)
    with HTTPClient(full.port, receive_buffer=16 * 1024) as client:
        client.connection.send(page * 300)
        for _ in range(20):
            assert get(full, "/healthz").status == 200
        growth.assert_below(LITTLE)
        for _ in range(300):
            assert client.response().body == expected
    growth.assert_below(LITTLE)


def test_small_answers_that_nobody_reads_are_not_kept(full):
    growth = Growth(full)
    requests = b"".join(question(full, name) for name in names(60_000))
    with HTTPClient(full.port, receive_buffer=16 * 1024) as client, sent_meanwhile(client.connection, requests):
        for _ in range(20):
            assert get(full, "/healthz").status == 200
        growth.assert_below(LITTLE)
        assert all_answered(client, 60_000) == names(60_000)


def mixture(server, topic: str) -> list[tuple[str, bytes, int]]:
    """Methods, requests and statuses, with and without bodies on both sides."""
    publishing, body = target("/publish", topic=topic), "x" * 3000
    chunks = {"Transfer-Encoding": "chunked"}
    cursor = publish(server, f"{topic}-other", data="x")
    polling = target("/poll", topic=f"{topic}-other", cursor=cursor)
    tag = get(server, polling).headers.get("ETag")
    requests = [
        ("GET", "/healthz", {}, None, 200), ("HEAD", "/healthz", {}, None, 200), ("OPTIONS", "/publish", {}, None, 204),
        ("OPTIONS", "*", {}, None, 204), ("POST", publishing, {}, body, 200), ("HEAD", "/nope", {}, None, 404),
        ("POST", "/nope", {}, body, 404), ("OPTIONS", "/nope", {}, None, 404), ("HEAD", "/publish", {}, None, 405),
        ("HEAD", target("/history", topic=topic), {}, None, 200), ("PUT", "/healthz", {}, body, 405),
        ("HEAD", target("/longpoll", topic=topic), {}, None, 200), ("HEAD", target("/sse", topic=topic), {}, None, 200),
        ("POST", publishing, chunks, encode_chunked(b"ab", b"c" * 2000), 200), ("OPTIONS", "/ws", {}, body, 204),
        ("GET", polling, {"If-None-Match": "*"}, None, 304),
        ("POST", "/nope", chunks, encode_chunked(b"a" * 500), 404), ("HEAD", "/ws", {}, None, 426),
        ("GET", "/healthz", {}, body, 200), ("DELETE", target("/history", topic=topic), {}, body, 401),
        ("HEAD", polling, {"If-None-Match": tag}, None, 304),
        ("HEAD", "/healthz", {"Content-Length": "5"}, "hello", 200), ("GET", "/healthz", chunks, "0\r\n\r\n", 200),
    ]  # fmt: skip
    return [
        (method, encode_request(method, address, server.port, headers, content), status)
        for method, address, headers, content, status in requests
    ]


def test_answers_with_and_without_a_body_come_in_order(server, topic):
    topic = f"demo:{topic}"
    items = mixture(server, topic)
    # Every kind comes before and behind every other kind: twice around, in steps of each length.
    order = [items[start * step % len(items)] for step in range(1, len(items)) for start in range(len(items))]
    data = b"".join(request + question(server, f"q-{index}") for index, (_, request, _) in enumerate(order))
    with HTTPClient(server.port) as client, sent_meanwhile(client.connection, data):
        for index, (method, request, status) in enumerate(order):
            response = client.response(head_only=method == "HEAD")
            assert response.status == status, request
            assert answered(client) == f"q-{index}", request
    assert {len(data) for data in held(server, topic)} >= {3000, 2002}


ENDS = {
    "HTTP/1.1": ("1.1", {"Connection": "close"}), "one of two": ("1.1", {"Connection": "keep-alive, Close"}),
    "HTTP/1.0": ("1.0", {}), "HTTP/1.0, both": ("1.0", {"Connection": "keep-alive, close"}),
}  # fmt: skip


@pytest.mark.parametrize(("version", "headers"), ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_nothing_is_answered_behind_the_last_request(server, topic, method, version, headers):
    topic = f"demo:{topic}"
    address, body = (target("/publish", topic=topic), "1") if method == "POST" else ("/healthz", None)
    last = encode_request(method, address, server.port, headers, body, version)
    behind = encode_request("POST", target("/publish", topic=topic), server.port, body="2")
    with HTTPClient(server.port) as client:
        client.connection.send(question(server, "first") + last + behind * 3)
        assert answered(client) == "first"
        assert client.response(head_only=method == "HEAD").status in (200, 204)
        assert client.closed()
    assert held(server, topic) == (["1"] if method == "POST" else [])


def test_an_old_client_that_stays_gets_all_answers(server):
    headers = {"Connection": "keep-alive"}
    with HTTPClient(server.port) as client:
        request = [encode_request("GET", f"/presence?topic={name}", server.port, headers, None, "1.0") for name in names(99)]
        client.connection.send(b"".join(request))
        for name in names(99):
            response = client.response()
            assert (response.json()["topic"], response.headers.get("Connection")) == (name, "keep-alive")
        assert_lives(client)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 128, 1000])
def test_a_turn_of_the_loop_ends_anywhere(server, topic, size):
    """Bodies in many small parts, one behind the other: nothing gets lost where the server makes a pause."""
    topic = f"demo:{topic}"
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}
    bodies = [f"{index:03d}".ljust(size, "x").encode() for index in range(20)]
    requests = [
        encode_request("POST", target("/publish", topic=topic), server.port, headers)
        + encode_chunked(*(bytes([byte]) for byte in body))
        for body in bodies
    ]
    with HTTPClient(server.port) as client:
        client.connection.send(b"".join(itertools.chain(requests, [question(server, "last")])))
        for _ in bodies:
            assert client.response().status == 200
        assert answered(client) == "last"
    assert held(server, topic) == [body.decode() for body in bodies]
