"""What lists cost others: they hold a lock, or a loop, for what they return, however many topics and members there are."""

import threading
import time

import pytest

from clients.deadline import PATIENCE
from clients.http import AUTHORIZED, HTTPClient, encode_request, target
from clients.publishing import Publisher

TOPICS, MEMBERS, BATCH = 100_000, 20_000, 1000
ROUNDS, POSTS = 5, 400
#: Of each list, in a second.
RATE = 20


@pytest.fixture(scope="module")
def crowded(start_module_server):
    """Many topics, and one with many members: clients that poll."""
    server = start_module_server("--rule", f"default topics={2 * TOPICS}", "--publish-rate", "0")
    with Publisher(server.port) as publisher:
        for first in range(0, TOPICS, BATCH):
            publisher.batch([{"topic": f"t{number:06}", "data": ""} for number in range(first, first + BATCH)])
    enter = encode_request("GET", target("/poll", topic="crowd", client="new", interval=300), server.port)
    with HTTPClient(server.port) as client:
        for _ in range(MEMBERS // BATCH):
            # All at once: it is the server that is to work.
            sender = threading.Thread(target=client.connection.send, args=[enter * BATCH], daemon=True)
            sender.start()
            assert all(client.response().status == 200 for _ in range(BATCH))
            sender.join()
    return server


LISTS = {
    "topics": target("/topics", after="t050000", limit=100),
    "presence": target("/presence", topic="crowd", limit=100),
}


def ask_for_lists(server, stopped: threading.Event):
    with HTTPClient(server.port) as client:
        while not stopped.wait(1 / RATE):
            for address in LISTS.values():
                assert client.request("GET", address, headers=AUTHORIZED).status == 200


def times(publisher: Publisher) -> list[float]:
    taken = []
    for _ in range(POSTS):
        begin = time.perf_counter()
        publisher.publish("times", data="x")
        taken.append(time.perf_counter() - begin)
    return taken


def p99(taken: list[float]) -> float:
    return sorted(taken)[len(taken) * 99 // 100]


def test_lists_are_whole(crowded):
    with HTTPClient(crowded.port) as client:
        topics = client.request("GET", LISTS["topics"], headers=AUTHORIZED).json()
        presence = client.request("GET", LISTS["presence"]).json()
    assert [entry["topic"] for entry in topics["topics"]] == [f"t{number:06}" for number in range(50_001, 50_101)]
    assert presence["count"] == MEMBERS and len(presence["members"]) == 100


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_publishing_does_not_wait_for_lists(crowded):
    """Round by round, without and with lists, so that what else goes on in the machine is in both. Where a list sorted all
    that there is under the lock, each held publishers up for tens of milliseconds."""
    quiet, busy = [], []
    with Publisher(crowded.port) as publisher:
        times(publisher)
        for _ in range(ROUNDS):
            quiet += times(publisher)
            stopped = threading.Event()
            asking = threading.Thread(target=ask_for_lists, args=[crowded, stopped], daemon=True)
            asking.start()
            busy += times(publisher)
            stopped.set()
            asking.join()
    # 1.5 times, and what a debug build and its neighbours need to write a list on the same loop.
    assert p99(busy) <= 1.5 * p99(quiet) + 0.005 * PATIENCE, f"{p99(busy) * 1000:.2f} ms, {p99(quiet) * 1000:.2f} ms alone"
