"""Where publications are missing the client is told: once, at the right place, and why."""

import re

import pytest

from clients.deadline import wait_until
from clients.http import get, target
from clients.publishing import history, publish, publish_all
from clients.sse import subscribe

NUMBERS = [str(number) for number in range(1, 7)]


def assert_gap(event, topics, reason, after=None):
    assert event.event == "halley:gap"
    gap = event.json()
    assert list(gap) == ["topics", "after", "reason"]
    assert (gap["topics"], gap["reason"]) == (sorted(topics), reason)
    assert after is None or gap["after"] == after


@pytest.fixture(scope="module")
def small(start_module_server):
    """Holds three publications of a topic."""
    return start_module_server("--rule", "default count=3", "--rule", "big: count=1000")


def test_evicted(small, topic):
    ids = publish_all(small, topic, NUMBERS)
    with subscribe(small, topic, last_event_id=ids[0]) as client:
        assert_gap(client.next_event(), [topic], "evicted", after=ids[0])
        publish(small, topic, data="7")
        assert client.texts(4) == ["4", "5", "6", "7"]


def test_evicted_told_to_a_cursor_in_the_query_too(small, topic):
    ids = publish_all(small, topic, NUMBERS)
    with subscribe(small, topic, cursor=ids[0]) as client:
        assert_gap(client.next_event(), [topic], "evicted", after=ids[0])
        assert client.texts(3) == ["4", "5", "6"]


def test_the_oldest_cursor_that_is_still_complete_gets_no_gap(small, topic):
    ids = publish_all(small, topic, NUMBERS)
    with subscribe(small, topic, last_event_id=ids[2]) as client:
        assert client.texts(3) == ["4", "5", "6"]
    with subscribe(small, topic, last_event_id=ids[1]) as client:
        assert_gap(client.next_event(), [topic], "evicted", after=ids[1])


def test_a_gap_is_told_once(small, topic):
    ids = publish_all(small, topic, NUMBERS)
    with subscribe(small, topic, last_event_id=ids[0]) as client:
        assert_gap(client.next_event(), [topic], "evicted")
        last = client.last_event_id
    with subscribe(small, topic, last_event_id=last) as client:
        assert client.texts(3) == ["4", "5", "6"]


def test_a_gap_names_only_the_topics_that_miss_something(small, topics):
    full, holed = f"big:{topics[0]}", topics[1]
    ids = publish_all(small, full, ["a", "b"]) + publish_all(small, holed, NUMBERS)
    with subscribe(small, full, holed, last_event_id=ids[0]) as client:
        assert_gap(client.next_event(), [holed], "evicted", after=ids[0])
        assert client.texts(4) == ["b", "4", "5", "6"]


@pytest.mark.parametrize("path", ["/poll", "/longpoll", "/history"])
def test_gaps_of_different_reasons_are_all_told_in_one_answer(small, topics, path):
    """An event stream tells them one after the other."""
    evicted, foreign = topics[:2]
    ids = publish_all(small, evicted, NUMBERS) + publish_all(small, foreign, ["a"])
    cursors = [ids[0], "0123456789abcdef-7"]
    document = get(small, target(path, topic=[evicted, foreign], cursor=cursors)).json()
    told = {gap["reason"]: gap for gap in [document["gap"], *document["gaps"]]}
    assert told == {
        "evicted": {"topics": [evicted], "after": cursors[0], "reason": "evicted"},
        "epoch": {"topics": [foreign], "after": cursors[1], "reason": "epoch"},
    }


def test_other_topics_evictions_are_no_gap(small, topics):
    start = publish(small, topics[0], data="1")
    publish_all(small, topics[1], NUMBERS)
    publish(small, topics[0], data="2")
    with subscribe(small, topics[0], last_event_id=start) as client:
        assert client.next_event().data == "2"


def test_earliest_and_last_n_are_never_a_gap(small, topic):
    publish_all(small, topic, NUMBERS)
    for cursor in ["earliest", "last:100"]:
        with subscribe(small, topic, cursor=cursor) as client:
            assert client.texts(3) == ["4", "5", "6"]


def test_evicted_by_age(start_server, topic):
    server = start_server("--rule", "default age=1s")
    first, _ = publish_all(server, topic, ["1", "2"])
    wait_until(lambda: "gap" in history(server, topic, cursor=first), "the eviction")
    with subscribe(server, topic, last_event_id=first) as client:
        assert_gap(client.next_event(), [topic], "evicted", after=first)
        publish(server, topic, data="3")
        assert client.next_event().data == "3"


def test_evicted_by_bytes(start_server, topic):
    server = start_server("--rule", "default bytes=64KiB")
    ids = publish_all(server, topic, ["x" * 16384] * 8)
    with subscribe(server, topic, last_event_id=ids[0]) as client:
        assert_gap(client.next_event(), [topic], "evicted", after=ids[0])
        assert client.next_event().data == "x" * 16384


def test_epoch_after_a_restart(start_server, topic):
    server = start_server()
    publish(server, topic, data="1")
    with subscribe(server, topic) as client:
        last = client.last_event_id
    server.stop()
    server = start_server(port=server.port)
    publish(server, topic, data="2")
    with subscribe(server, topic, last_event_id=last) as client:
        assert_gap(client.next_event(), [topic], "epoch", after=last)
        publish(server, topic, data="3")
        assert client.texts(2) == ["2", "3"]


def beyond(cursor: str) -> str:
    """A cursor of the same log that nobody was given yet."""
    return re.sub(r"\d+$", lambda number: str(int(number.group()) + 1_000_000), cursor)


@pytest.mark.parametrize("way", ["last_event_id", "cursor"])
def test_future(server, topic, way):
    last = publish_all(server, topic, ["1", "2"])[-1]
    with subscribe(server, topic, **{way: beyond(last)}) as client:
        assert_gap(client.next_event(), [topic], "future", after=beyond(last))
        assert client.texts(2) == ["1", "2"]


@pytest.mark.parametrize("header", ["not a cursor", "a" * 600, "0000000000000000-", "ü"], ids=lambda v: v[:12])
def test_a_malformed_header_is_a_gap(server, topic, header):
    publish_all(server, topic, ["1", "2"])
    with subscribe(server, topic, last_event_id=header) as client:
        assert_gap(client.next_event(), [topic], "malformed")
        publish(server, topic, data="3")
        assert client.texts(3) == ["1", "2", "3"]


def test_after_a_malformed_header_the_client_can_come_back(server, topic):
    publish_all(server, topic, ["1", "2"])
    with subscribe(server, topic, last_event_id="not a cursor") as client:
        client.take(2)
        last = client.last_event_id
    with subscribe(server, topic, last_event_id=last) as client:
        assert client.next_event().data == "2"


def test_hello_does_not_repeat_a_malformed_cursor(server, topic):
    with subscribe(server, topic, hello="1", last_event_id="not a cursor") as client:
        assert client.first.event == "halley:hello"
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", client.first.data)
        assert_gap(client.next_event(), [topic], "malformed")
