"""Many subscribers by both transports at once, each of whom must get everything, in order, once."""

import contextlib
import os
import resource
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.crowd import Crowd, marked
from clients.publishing import Publisher, history

SUBSCRIBERS = int(os.environ.get("HALLEY_TEST_SUBSCRIBERS", "2000"))
PUBLICATIONS = int(os.environ.get("HALLEY_TEST_PUBLICATIONS", "500"))
PUBLISHERS, BATCH = 4, 5
# The crowd answers no pings.
QUIET = ["--ping-interval", "600"]


@pytest.fixture
def enough_files():
    """For both ends: the server inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = SUBSCRIBERS + 500
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed if hard < 0 else min(hard, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def publish_share(port: int, topic: str, numbers: list[int]):
    with Publisher(port) as publisher:
        for start in range(0, len(numbers), BATCH):
            entries = [{"topic": topic, "data": marked(number)} for number in numbers[start : start + BATCH]]
            assert len(publisher.batch(entries)) == len(entries)


def in_log_order(server, topic: str) -> list[int]:
    numbers, page = [], history(server, topic, limit=1000)
    while page["messages"]:
        numbers += [int(message["data"].strip("#;")) for message in page["messages"]]
        page = history(server, topic, limit=1000, cursor=page["cursor"])
    return numbers


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_everyone_gets_everything_in_order_and_once(start_server, enough_files, topic):
    rule = f"default count={PUBLICATIONS + 1000} bytes=64MiB"
    server = start_server("--rule", rule, "--max-connections", SUBSCRIBERS + 100, "--drain", "5", *QUIET)
    with contextlib.closing(Crowd(server.port, topic, SUBSCRIBERS)) as crowd, ThreadPoolExecutor(PUBLISHERS) as threads:
        crowd.read_until(lambda member: member.subscribed, "subscribed", timeout=60)
        shares = [list(range(first, PUBLICATIONS, PUBLISHERS)) for first in range(PUBLISHERS)]
        publishing = [threads.submit(publish_share, server.port, topic, share) for share in shares]
        crowd.read_until(lambda member: len(member.numbers) >= PUBLICATIONS, "all publications", timeout=180)
        for share in publishing:
            share.result()
    expected = in_log_order(server, topic)
    assert sorted(expected) == list(range(PUBLICATIONS))
    for share in shares:
        assert [number for number in expected if number in set(share)] == share
    wrong = [member for member in crowd.members if member.numbers != expected or member.told_gap]
    assert not wrong, f"{len(wrong)} members, the first: {wrong[0].kind} {wrong[0].numbers}"
