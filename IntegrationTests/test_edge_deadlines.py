"""Each time counts for what it is named after: also where it is shorter, or longer, than that of the phase before."""

import functools
import time

import pytest

from clients.at_once import AtOnce
from clients.connection import Connection
from clients.deadline import PATIENCE, wait_until
from clients.drip import Pace, send_slowly
from clients.http import AUTHORIZED, HTTPClient, encode_chunked, encode_request, target
from clients.pipeline import all_answered, answered, assert_lives, question, sent_meanwhile
from clients.polling import await_subscribers
from clients.publishing import publish
from clients.refusal import assert_refused
from clients.ws import handshake_headers

LINE = b"GET /healthz HTTP/1.1\r\n"
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /publish?topic=deadlines HTTP/1.1\r\n" + HOST + b"Authorization: Bearer test-key\r\n"
CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def quick(start_module_server):
    """Heads and bodies must come within a second; between requests there is much time."""
    return start_module_server("--head-timeout", 1, "--body-timeout", 1, "--idle-timeout", 20)


@pytest.fixture(scope="module")
def leisurely(start_module_server):
    """There is little time between requests, and much within them."""
    return start_module_server("--head-timeout", 20, "--body-timeout", 20, "--idle-timeout", 1)


@pytest.fixture(scope="module")
def hasty(start_module_server):
    """There is little time for heads only."""
    return start_module_server("--head-timeout", 1, "--body-timeout", 20, "--idle-timeout", 20)


def whole(server) -> bytes:
    return encode_request("POST", target("/publish", topic="deadlines"), server.port, AUTHORIZED, "x")


PARTS = {
    "a letter": b"G", "a method": b"GET ", "a target": b"GET /healthz", "a line": LINE, "a line and CR": LINE[:-1],
    "a field's name": LINE + b"Host", "fields": LINE + HOST, "all but LF": LINE + HOST + b"\r",
    "behind empty lines": b"\r\n\r\nGET /", "a body of nothing": POST + b"Content-Length: 9\r\n\r\n",
    "half a body": POST + b"Content-Length: 9\r\n\r\nhello", "no chunk": CHUNKS, "a chunk's size": CHUNKS + b"5\r\n",
    "half a chunk": CHUNKS + b"5\r\nhel", "a chunk": CHUNKS + b"5\r\nhello\r\n", "no end": CHUNKS + b"0\r\nA: b\r\n",
}  # fmt: skip
# What comes before a part, and whether its answers are awaited first.
BEFORE = {
    "alone": (lambda server: b"", 0, True),
    "later than a GET": (lambda server: question(server, "a"), 1, True),
    "later than a POST": (whole, 1, True),
    "with a GET": (lambda server: question(server, "a"), 1, False),
    "with a POST": (whole, 1, False),
    "with several": (lambda server: question(server, "a") * 3 + whole(server), 4, False),
}


def a_part_is_refused_in_time(part: bytes, before: str, server):
    make, count, is_awaited = BEFORE[before]
    with HTTPClient(server.port) as client:
        client.connection.send(make(server) + (b"" if is_awaited else part))
        started = time.monotonic()
        for _ in range(count):
            assert client.response().status == 200
        if is_awaited:
            started = time.monotonic()
            client.connection.send(part)
        assert_refused(client.response(), 408, "request_timeout")
        # All of them come at once: some time is the machine's.
        assert 0.9 < time.monotonic() - started < 2.5 * PATIENCE
        assert client.closed()


SHORT_OF_TIME = {
    f"{name}, {before}": functools.partial(a_part_is_refused_in_time, part, before)
    for name, part in PARTS.items()
    for before in BEFORE
}


@pytest.fixture(scope="module")
def refusals(quick):
    with AtOnce({name: functools.partial(run, quick) for name, run in SHORT_OF_TIME.items()}) as refusals:
        yield refusals


@pytest.mark.parametrize("name", SHORT_OF_TIME)
def test_what_does_not_come_to_its_end_is_refused_in_its_time(refusals, name):
    refusals.result(name)


def pass_times_for_heads(server, count: int):
    """As long as a head may take, so many times: each ends by its refusal."""
    for _ in range(count):
        with Connection(server.port) as connection:
            connection.send(b"GET /")
            assert connection.take_through(b"\r\n\r\n").startswith(b"HTTP/1.1 408 ")


def drops_do_not_prolong(part: bytes, drop: bytes, server):
    with HTTPClient(server.port) as client:
        assert_lives(client)
        started, pace = time.monotonic(), Pace(20)
        client.connection.send(part)
        # After its last word the server takes what still comes for two seconds, and no longer.
        with pytest.raises(ConnectionError):
            for _ in range(160):
                pace(1)
                client.connection.send(drop)
        assert time.monotonic() - started < 5 * PATIENCE


def idle_ones_have_more(server):
    requests = [question(server, "a"), whole(server), question(server, "a") * 3]
    clients = [HTTPClient(server.port) for _ in requests]
    for client, request in zip(clients, requests, strict=True):
        client.connection.send(request)
        for _ in range(request.count(b" HTTP/1.1\r\n")):
            assert client.response().status == 200
    pass_times_for_heads(server, 2)
    for client in clients:
        with client:
            assert_lives(client)


def a_part_behind_a_long_poll_has_its_own(server):
    cursor = publish(server, "behind", data="before")
    poll = encode_request("GET", target("/longpoll", topic="behind", cursor=cursor, timeout=2), server.port)
    with HTTPClient(server.port) as client:
        client.connection.send(poll + LINE)
        assert client.response().json()["messages"] == []
        started = time.monotonic()
        assert_refused(client.response(), 408, "request_timeout")
        assert time.monotonic() - started > 0.9


def what_is_held_has_more(path: str, headers: dict, server):
    topic = f"held-{path}"
    cursor = publish(server, topic, data="before")
    with HTTPClient(server.port) as client:
        client.send("GET", target(path, topic=topic, cursor=cursor), headers=headers)
        await_subscribers(server, topic, 1)
        pass_times_for_heads(server, 2)
        publish(server, topic, data="after")
        assert b"after" in client.connection.take_through(b"after")


def what_is_not_read_has_more(size: int, server):
    """As long as the answers before it are not taken the server reads nothing more: that is not the client's delay.

    Where in a head it stops depends on how many answers fit what is between the two: so there is a client for each number.
    """
    topic = f"unread-{size}"
    publish(server, topic, data="x" * size)
    page = encode_request("GET", target("/history", topic=topic), server.port)
    clients = [HTTPClient(server.port, receive_buffer=4096) for _ in range(24)]
    for count, client in enumerate(clients):
        client.connection.send(page * count + question(server, "last"))
    pass_times_for_heads(server, 2)
    for count, client in enumerate(clients):
        with client:
            assert [client.response().status for _ in range(count)] == [200] * count
            assert answered(client) == "last"


def thousands_that_are_not_read_have_more(server):
    names = [f"n-{index}" for index in range(3000)]
    requests = b"".join(question(server, name) for name in names)
    with HTTPClient(server.port, receive_buffer=4096) as client, sent_meanwhile(client.connection, requests):
        pass_times_for_heads(server, 2)
        assert all_answered(client, len(names)) == names


def slow_request(start: str, chunked: bool, server):
    """It takes twice as long as a connection may be idle."""
    headers, body = AUTHORIZED, "x" * 500
    if chunked:
        headers, body = headers | {"Transfer-Encoding": "chunked"}, encode_chunked(*[b"x" * 10] * 50)
    request = encode_request("POST", target("/publish", topic="slow"), server.port, headers, body)
    at = 0 if start == "a head" else request.index(b"\r\n\r\n") + 4
    with HTTPClient(server.port) as client:
        assert_lives(client)
        client.connection.send(request[:at])
        send_slowly(client, request[at:], 2.2)
        assert client.response().status == 200
        return client.closed(4)


def a_slow_body(server):
    with HTTPClient(server.port) as client:
        client.send("POST", target("/publish", topic="slow"), headers=AUTHORIZED | {"Content-Length": "500"})
        send_slowly(client, b"x" * 500, 2.2)
        assert client.response().status == 200
        assert_lives(client)


HELD = {"/longpoll": {}, "/sse": {}, "/stream": {}, "/ws": handshake_headers()}
# With the fixture of their server.
TIMES = {
    "a head in drops": ("quick", functools.partial(drops_do_not_prolong, LINE, b"A: b\r\n")),
    "a body in drops": ("quick", functools.partial(drops_do_not_prolong, CHUNKS, b"1\r\nx\r\n")),
    "an idle connection": ("quick", idle_ones_have_more),
    "behind a long poll": ("quick", a_part_behind_a_long_poll_has_its_own),
    **{
        f"behind answers of {size}": ("quick", functools.partial(what_is_not_read_has_more, size))
        for size in (10_000, 20_000, 40_000, 50_000)
    },
    "behind thousands": ("quick", thousands_that_are_not_read_have_more),
    "a slow head": ("leisurely", functools.partial(slow_request, "a head", False)),
    "a slow head, chunks": ("leisurely", functools.partial(slow_request, "a head", True)),
    "a slow body": ("leisurely", functools.partial(slow_request, "a body", False)),
    "slow chunks": ("leisurely", functools.partial(slow_request, "a body", True)),
    "a slow body after a quick head": ("hasty", a_slow_body),
    **{path: ("quick", functools.partial(what_is_held_has_more, path, headers)) for path, headers in HELD.items()},
}


@pytest.fixture(scope="module")
def times(refusals, quick, leisurely, hasty):
    """Not beside the others: they are so many that their clocks would differ."""
    for name in SHORT_OF_TIME:
        refusals.settled(name)
    servers = {"quick": quick, "leisurely": leisurely, "hasty": hasty}
    with AtOnce({name: functools.partial(run, servers[server]) for name, (server, run) in TIMES.items()}) as times:
        yield times


@pytest.mark.parametrize("name", TIMES)
def test_what_comes_in_its_time_is_taken(times, name):
    times.result(name)


def test_nobody_is_left_after_all(quick):
    files = quick.open_files
    clients = [HTTPClient(quick.port) for _ in PARTS]
    for client, part in zip(clients, PARTS.values(), strict=True):
        client.connection.send(part)
    wait_until(lambda: quick.open_files <= files, "the connections to be given up")
    for client in clients:
        client.connection.close()
