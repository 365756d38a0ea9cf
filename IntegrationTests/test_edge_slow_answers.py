"""An answer of megabytes that is read slowly: it comes whole, whatever else has its time meanwhile."""

import json
import re
import signal
import time

import pytest

from clients.deadline import PATIENCE, wait_until
from clients.drip import read_body_slowly
from clients.http import HTTPClient, encode_request, get, target
from clients.pipeline import assert_lives, question
from clients.publishing import Publisher

TEXT = "x" * 50_000
COUNT = 75
# A topic holds a megabyte at most.
TOPICS = [f"large-{index}" for index in range(5)]
NARROW = 16 * 1024
# All of the answer takes more than three times as long as the short times below.
RATE = 1_000_000
SHORT = ["--head-timeout", 1, "--body-timeout", 1, "--idle-timeout", 1, "--stall-timeout", 2, "--takeover-timeout", 1]


def fill(server):
    with Publisher(server.port) as publisher:
        for index in range(COUNT):
            publisher.publish(TOPICS[index % len(TOPICS)], data=TEXT)
    return server


@pytest.fixture(scope="module")
def impatient(start_module_server):
    return fill(start_module_server("--demo", *SHORT))


WAYS = {
    "history": (target("/history", topic=TOPICS, limit=1000), "1.1", {}),
    "history, and the end": (target("/history", topic=TOPICS, limit=1000), "1.1", {"Connection": "close"}),
    "history, HTTP/1.0": (target("/history", topic=TOPICS, limit=1000), "1.0", {}),
    "history, HTTP/1.0 that stays": (target("/history", topic=TOPICS, limit=1000), "1.0", {"Connection": "keep-alive"}),
    "JSONP": (target("/poll", topic=TOPICS, cursor="earliest", callback="f"), "1.1", {}),
}


def assert_whole(body: bytes):
    document = json.loads(re.sub(rb"^/\*\*/f\(|\);$", b"", body.strip()))
    assert [message["data"] for message in document["messages"]] == [TEXT] * COUNT


@pytest.mark.parametrize(("address", "version", "headers"), WAYS.values(), ids=WAYS.keys())
def test_who_reads_slowly_gets_all(impatient, address, version, headers):
    with HTTPClient(impatient.port, receive_buffer=NARROW) as client:
        client.send("GET", address, version=version, headers=headers)
        head = client.head()
        assert_whole(read_body_slowly(client, int(head.headers.get("Content-Length")), RATE))
        if version == "1.0" and not headers or headers.get("Connection") == "close":
            assert client.closed()
        else:
            assert_lives(client)


def test_what_waits_behind_is_answered_when_the_slow_one_has_been_read(impatient):
    with HTTPClient(impatient.port, receive_buffer=NARROW) as client:
        page = encode_request("GET", target("/history", topic=TOPICS[:3], limit=1000), impatient.port)
        client.connection.send(page + question(impatient, "a") + page + question(impatient, "b"))
        for name in ("a", "b"):
            length = int(client.head().headers.get("Content-Length"))
            body = read_body_slowly(client, length, RATE)
            assert [message["data"] for message in json.loads(body)["messages"]] == [TEXT] * (COUNT * 3 // 5)
            assert client.response().json()["topic"] == name


def test_a_pause_shorter_than_the_time_for_a_stall_does_no_harm(impatient):
    """It is longer than each of the times in which requests must come."""
    with HTTPClient(impatient.port, receive_buffer=NARROW) as client:
        client.send("GET", WAYS["history"][0])
        length, parts = int(client.head().headers.get("Content-Length")), []
        for _ in range(2):
            # A sip, and what is left of a second and a half nothing.
            parts.append(read_body_slowly(client, 65_536, 65_536 / 1.5))
        parts.append(client.connection.take(length - 2 * 65_536))
        assert_whole(b"".join(parts))
        assert_lives(client)


# What is asked for, how much the client's system takes, and how many answers there would be.
UNREAD = {
    "a large answer": (WAYS["history"][0], NARROW, {}), "and the end": (WAYS["history"][0], NARROW, {"Connection": "close"}),
    "a large answer, HTTP/1.0": (WAYS["history"][0], NARROW, None),
    "an answer that the kernel takes": (target("/history", topic=TOPICS[0], limit=2), 4096, {}),
    "the same, and the end": (target("/history", topic=TOPICS[0], limit=2), 4096, {"Connection": "close"}),
}  # fmt: skip


def ended_as_stalled(server) -> int:
    return len(re.findall(r"reason=\S*4004 stalled|reason=\"4004 stalled", server.log))


@pytest.mark.parametrize(("address", "buffer", "headers"), UNREAD.values(), ids=UNREAD.keys())
def test_who_reads_nothing_is_given_up(impatient, address, buffer, headers):
    files, stalled = impatient.open_files, ended_as_stalled(impatient)
    with HTTPClient(impatient.port, receive_buffer=buffer) as client:
        started = time.monotonic()
        client.send("GET", address, headers=headers, version="1.0" if headers is None else "1.1")
        wait_until(lambda: ended_as_stalled(impatient) > stalled, "the line that says “stalled”", 10)
        # Not before its time, and not long after it: what is idle for a second at first may stall for two more.
        assert 1.9 < time.monotonic() - started < 6 * PATIENCE
    wait_until(lambda: impatient.open_files <= files, "the connection to be given up")
    assert get(impatient, "/healthz").status == 200


def test_many_small_answers_that_nobody_reads_stall_too(impatient):
    stalled = ended_as_stalled(impatient)
    with HTTPClient(impatient.port, receive_buffer=4096) as client:
        client.connection.timeout = 1
        with pytest.raises((TimeoutError, ConnectionError)):
            while True:
                client.connection.send(question(impatient, "a") * 100)
        wait_until(lambda: ended_as_stalled(impatient) > stalled, "the line that says “stalled”", 10)


@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}], ids=["keep-alive", "close"])
def test_a_drain_waits_for_an_answer_that_is_read(start_server, headers):
    server = fill(start_server("--drain", 8))
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        client.send("GET", WAYS["history"][0], headers=headers)
        length = int(client.head().headers.get("Content-Length"))
        first = read_body_slowly(client, 300_000, RATE)
        server.signal(signal.SIGTERM)
        assert_whole(first + read_body_slowly(client, length - len(first), RATE))
        assert client.closed()
    assert server.await_exit(10) == 0


def test_a_drain_does_not_wait_for_an_answer_that_is_not_read(start_server):
    server = fill(start_server("--drain", 2))
    with HTTPClient(server.port, receive_buffer=NARROW) as client:
        client.send("GET", WAYS["history"][0])
        client.connection.fill()
        server.signal(signal.SIGTERM)
        assert server.await_exit(4) == 0
