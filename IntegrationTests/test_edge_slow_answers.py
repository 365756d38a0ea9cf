"""An answer of megabytes that is read slowly: it comes whole, whatever else has its time meanwhile."""

import json
import re
import signal

import pytest

from clients.at_once import AtOnce
from clients.deadline import wait_until
from clients.drip import Pace, read_slowly
from clients.http import HTTPClient, encode_request, get, target
from clients.pipeline import assert_lives, question
from clients.publishing import Publisher

TEXT = "x" * 50_000
COUNT = 75
# A topic holds a megabyte at most.
TOPICS = [f"large-{index}" for index in range(5)]
NARROW = 16 * 1024
# More than twice as long as any of the short times.
LONG = 2.6
SHORT = ["--head-timeout", 1, "--body-timeout", 1, "--idle-timeout", 1, "--stall-timeout", 2]
ALL, STAYS, ENDS = target("/history", topic=TOPICS, limit=1000), {"Connection": "keep-alive"}, {"Connection": "close"}
SOME = target("/history", topic=TOPICS[0], limit=2)


def fill(server):
    with Publisher(server.port) as publisher:
        for index in range(COUNT):
            publisher.publish(TOPICS[index % len(TOPICS)], data=TEXT)
    return server


def assert_whole(body: bytes, count: int = COUNT):
    document = json.loads(re.sub(rb"^/\*\*/f\(|\);$", b"", body.strip()))
    assert [message["data"] for message in document["messages"]] == [TEXT] * count


def begin(client: HTTPClient, address: str, version: str = "1.1", headers=None) -> int:
    """The length of the answer, of which nothing has been read."""
    client.send("GET", address, version=version, headers=headers)
    return int(client.head().headers.get("Content-Length"))


def read_whole(server, address: str, version: str, headers):
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        body = read_slowly(client, begin(client, address, version, headers), LONG)
        if headers == ENDS or (version == "1.0" and headers != STAYS):
            assert client.closed()
        else:
            assert_lives(client)
    assert_whole(body)


def read_a_pipeline(server):
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        page = encode_request("GET", target("/history", topic=TOPICS[:2], limit=1000), server.port)
        client.connection.send(page + question(server, "a") + page + question(server, "b"))
        for name in ("a", "b"):
            length = int(client.head().headers.get("Content-Length"))
            assert_whole(read_slowly(client, length, LONG / 2), COUNT * 2 // 5)
            assert client.response().json()["topic"] == name


def read_with_pauses(server):
    """Each is longer than any time but the one for a stall, and ends with several times what fits the client's buffer."""
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        left, pace, body = begin(client, ALL), Pace(100_000), b""
        for _ in range(2):
            pace(150_000)
            body += client.connection.take(150_000)
        assert_whole(body + client.connection.take(left - len(body)))
        assert_lives(client)


def ask_after_a_pause(server, seconds: float):
    """The time that a connection may be idle begins when the client has got all, not when the server has said it."""
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        length = begin(client, target("/history", topic=TOPICS[:2], limit=1000))
        read_slowly(client, length - 1, seconds)
        # A pause of less than half of that time.
        read_slowly(client, 1, 0.4)
        assert_lives(client)


WAYS = {
    "history": (ALL, "1.1", {}), "history, and the end": (ALL, "1.1", ENDS), "HTTP/1.0": (ALL, "1.0", {}),
    "HTTP/1.0 that stays": (ALL, "1.0", STAYS), "HTTP/1.0 that ends": (ALL, "1.0", ENDS),
    "poll": (target("/poll", topic=TOPICS, cursor="earliest"), "1.1", {}),
    "JSONP": (target("/poll", topic=TOPICS, cursor="earliest", callback="f"), "1.1", {}),
}  # fmt: skip
SCENARIOS = {
    **{name: lambda server, way=way: read_whole(server, *way) for name, way in WAYS.items()},
    "one behind the other": read_a_pipeline,
    "with pauses": read_with_pauses,
    **{
        f"the next request, {seconds} s of reading before it": lambda server, seconds=seconds: ask_after_a_pause(server, seconds)
        for seconds in (1.2, 1.5, 1.8, 2.1)
    },
}


@pytest.fixture(scope="module")
def impatient(start_module_server):
    return fill(start_module_server("--demo", *SHORT))


@pytest.fixture(scope="module")
def begun(impatient):
    with AtOnce({name: lambda run=run: run(impatient) for name, run in SCENARIOS.items()}) as begun:
        yield begun


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_reads_slowly_gets_all(begun, name):
    begun.result(name)


# What is asked for, the client's buffer, and the headers; `None` is HTTP/1.0.
UNREAD = [
    (ALL, NARROW, {}), (ALL, NARROW, ENDS), (ALL, NARROW, None), (ALL, 4096, {}),
    # These the kernel takes as a whole.
    (SOME, 4096, {}), (SOME, 4096, ENDS), (SOME, 4096, None),
]  # fmt: skip


def stalled(server) -> int:
    return len(re.findall(r"reason=\"?4004 stalled", server.log))


def test_who_reads_nothing_is_given_up(impatient):
    files, before = impatient.open_files, stalled(impatient)
    clients = [HTTPClient(impatient.port, receive_buffer=buffer) for _, buffer, _ in UNREAD]
    for client, (address, _, headers) in zip(clients, UNREAD, strict=True):
        client.send("GET", address, headers=headers, version="1.0" if headers is None else "1.1")
    wait_until(lambda: stalled(impatient) == before + len(UNREAD), "a line for each that says “stalled”", 10)
    # The clients are still there: so it was the server that ended the connections.
    wait_until(lambda: impatient.open_files <= files, "the connections to be given up")
    assert get(impatient, "/healthz").status == 200
    for client in clients:
        client.connection.close()


def test_many_small_answers_that_nobody_reads_stall_too(impatient):
    before = stalled(impatient)
    with HTTPClient(impatient.port, receive_buffer=4096) as client:
        client.connection.timeout = 0.5
        with pytest.raises((TimeoutError, ConnectionError)):
            while True:
                client.connection.send(question(impatient, "a") * 100)
        wait_until(lambda: stalled(impatient) > before, "the line that says “stalled”", 10)


def drain_while_it_is_read(server, headers):
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        length = begin(client, ALL, headers=headers)
        first = read_slowly(client, 300_000, 0.3)
        server.signal(signal.SIGTERM)
        body = first + read_slowly(client, length - len(first), LONG)
        assert client.closed()
    assert_whole(body)
    assert server.await_exit(10) == 0


def test_a_drain_waits_for_an_answer_that_is_read(start_server):
    servers = {name: fill(start_server("--drain", 8)) for name in ("keep-alive", "close")}
    scenarios = {
        name: lambda name=name, server=server: drain_while_it_is_read(server, {"Connection": name})
        for name, server in servers.items()
    }
    with AtOnce(scenarios) as drains:
        for name in scenarios:
            drains.result(name)


def test_a_drain_does_not_wait_for_an_answer_that_is_not_read(start_server):
    server = fill(start_server("--drain", 2))
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        begin(client, ALL)
        server.signal(signal.SIGTERM)
        assert server.await_exit(4) == 0
