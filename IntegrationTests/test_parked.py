"""Thousands of long polls that wait at once, and what they leave behind."""

import os

import pytest

from clients.deadline import wait_until
from clients.files import enough_files
from clients.parked import ParkedPolls
from clients.polling import await_subscribers
from clients.publishing import publish

PARKED = int(os.environ.get("HALLEY_TEST_PARKED", "5000"))
LEAK = 2048
"""Bytes a poll."""
SLACK = 8 << 20
"""Bytes that a server may have more than before: code that was touched for the first time, tables that have grown."""


@pytest.fixture
def server(start_server):
    with enough_files(PARKED):
        yield start_server("--max-connections", PARKED + 100, "--drain", "5")


def settled(server) -> int:
    """What the server holds when all who were parked are forgotten."""
    wait_until(lambda: server.open_files < 100, "the end of all connections", timeout=60)
    return server.resident_bytes


def await_return(server, before: int) -> int:
    """Waits until the memory is back where it was."""
    wait_until(
        lambda: server.resident_bytes < before + SLACK,
        f"VmRSS back at {before >> 20} MiB; it is {server.resident_bytes >> 20}",
        timeout=20,
    )
    return settled(server)


def answered_at_once(server, topic: str, cursor: str) -> str:
    """One round: all are parked, one publication answers all, and they leave."""
    with ParkedPolls(server.port, topic, cursor, PARKED) as polls:
        await_subscribers(server, topic, PARKED, timeout=60)
        id = publish(server, topic, data="x")
        answers = polls.answers(timeout=60)
    assert [answer["cursor"] for answer in answers] == [id] * PARKED
    assert [[message["data"] for message in answer["messages"]] for answer in answers] == [["x"]] * PARKED
    return id


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_publication_answers_all_and_they_leave_nothing_behind(server, topic):
    cursor = publish(server, topic, data="before")
    before = server.resident_bytes
    cursor = answered_at_once(server, topic, cursor)
    first = await_return(server, before)
    for _ in range(2):
        cursor = answered_at_once(server, topic, cursor)
    last = await_return(server, before)
    print(f"VmRSS in MiB: {before >> 20} before, {first >> 20} after one round, {last >> 20} after three")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_those_who_leave_unanswered_leave_nothing_behind(server, topic):
    cursor = publish(server, topic, data="before")
    held = []
    for _ in range(3):
        with ParkedPolls(server.port, topic, cursor, PARKED):
            await_subscribers(server, topic, PARKED, timeout=60)
        await_subscribers(server, topic, 0, timeout=60)
        held.append(settled(server))
    print(f"VmRSS in MiB after each round: {[bytes >> 20 for bytes in held]}")
    assert held[2] - held[0] < PARKED * 2 * LEAK + (4 << 20)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_drain_answers_all(server, topic):
    cursor = publish(server, topic, data="before")
    with ParkedPolls(server.port, topic, cursor, PARKED) as polls:
        await_subscribers(server, topic, PARKED, timeout=60)
        server.signal()
        answers = polls.answers(timeout=30)
    assert answers == [{"cursor": cursor, "messages": []}] * PARKED
    assert server.await_exit(10) == 0
