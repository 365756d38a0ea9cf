"""Reading the log, forgetting it, and what topics there are."""

import pytest

from clients.deadline import wait_until
from clients.http import AUTHORIZED, get, request, target
from clients.publishing import history, post_batch, publish, publish_all
from clients.refusal import assert_refused
from clients.sse import subscribe

NUMBERS = [str(number) for number in range(1, 26)]


def fill(server, topic: str, count: int) -> list[str]:
    entries = [{"topic": topic, "data": str(number)} for number in range(1, count + 1)]
    return post_batch(server, entries).json()["ids"]


def data(page: dict) -> list:
    return [message["data"] for message in page["messages"]]


def test_a_page_is_a_cursor_and_envelopes(server, topic):
    id = publish(server, topic, data="x")
    page = history(server, topic)
    assert list(page) == ["cursor", "messages"]
    (message,) = page["messages"]
    assert list(message) == ["id", "topic", "event", "data", "time"]
    assert (message["id"], message["topic"], message["data"]) == (id, topic, "x")


def test_pages_go_on_with_the_cursor_until_one_is_empty(server, topic):
    fill(server, topic, 25)
    page, got, sizes = history(server, topic, limit=10), [], []
    while page["messages"]:
        got += data(page)
        sizes.append(len(page["messages"]))
        page = history(server, topic, limit=10, cursor=page["cursor"])
    assert got == NUMBERS and sizes == [10, 10, 5]


def test_what_is_published_between_two_pages_comes_with_the_next(server, topic):
    fill(server, topic, 3)
    page = history(server, topic)
    publish(server, topic, data="4")
    assert data(history(server, topic, cursor=page["cursor"])) == ["4"]


def test_the_cursor_of_a_page_is_one_to_subscribe_with(server, topic):
    fill(server, topic, 3)
    page = history(server, topic, limit=2)
    with subscribe(server, topic, cursor=page["cursor"]) as client:
        assert client.next_event().data == "3"


def test_several_topics_are_merged_in_order(server, topics):
    for number in range(6):
        publish(server, topics[number % 2], data=str(number))
    page = history(server, *topics[:2], limit=4)
    assert data(page) == ["0", "1", "2", "3"]
    assert data(history(server, *topics[:2], cursor=page["cursor"])) == ["4", "5"]


def test_a_hundred_is_the_limit_unless_told(server, topic):
    fill(server, topic, 150)
    assert len(history(server, topic)["messages"]) == 100


@pytest.mark.parametrize("limit", ["1", "1000"])
def test_a_limit_at_its_bounds(server, topic, limit):
    fill(server, topic, 2)
    assert len(history(server, topic, limit=limit)["messages"]) == min(2, int(limit))


@pytest.mark.parametrize("path", ["/history", "/topics"])
@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "1e3"])
def test_a_limit_out_of_bounds_is_refused(server, topic, path, limit):
    response = get(server, target(path, topic=topic, limit=limit), headers=AUTHORIZED)
    assert_refused(response, 400, "parameter_invalid")


@pytest.mark.parametrize(("cursor", "expected"), [("earliest", 4), ("last:3", 3), ("last:9", 4)])
def test_it_may_begin_with_a_word(server, topic, cursor, expected):
    fill(server, topic, 4)
    assert data(history(server, topic, cursor=cursor)) == NUMBERS[:4][-expected:]


def test_what_cannot_be_read_is_refused(server, topic):
    assert_refused(get(server, "/history"), 400, "topic_missing")
    assert_refused(get(server, "/history?topic=$server"), 400, "topic_reserved")
    assert_refused(get(server, target("/history", topic=topic, cursor="x")), 400, "cursor_invalid")


@pytest.fixture(scope="module")
def small(start_module_server):
    return start_module_server("--rule", "default count=3")


def test_a_gap_is_told_where_one_is_due(small, topic):
    ids = publish_all(small, topic, NUMBERS[:6])
    page = history(small, topic, cursor=ids[0])
    assert page["gap"] == {"topics": [topic], "after": ids[0], "reason": "evicted"}
    assert data(page) == ["4", "5", "6"]
    assert "gap" not in history(small, topic, cursor=ids[2])
    assert "gap" not in history(small, topic)


def delete(server, *topics: str):
    return request(server, "DELETE", target("/history", topic=list(topics)), headers=AUTHORIZED)


def test_deleting_forgets_what_is_held(server, topics):
    a, b = topics[:2]
    fill(server, a, 3)
    fill(server, b, 2)
    response = delete(server, a)
    assert (response.status, response.json()) == (200, {"deleted": 3})
    assert history(server, a)["messages"] == []
    assert data(history(server, b)) == ["1", "2"]
    assert delete(server, a).json() == {"deleted": 0}


def test_deleting_is_a_gap_for_those_who_come_back_from_before(server, topic):
    ids = fill(server, topic, 3)
    delete(server, topic)
    assert history(server, topic, cursor=ids[0])["gap"]["reason"] == "evicted"
    with subscribe(server, topic, last_event_id=ids[1]) as client:
        event = client.next_event()
        assert (event.event, event.json()["reason"]) == ("halley:gap", "evicted")
        publish(server, topic, data="next")
        assert client.next_event().data == "next"


def test_deleting_is_no_gap_for_those_who_had_everything(server, topic):
    ids = fill(server, topic, 3)
    delete(server, topic)
    with subscribe(server, topic, last_event_id=ids[2]) as client:
        publish(server, topic, data="next")
        assert client.next_event().data == "next"


def test_deleting_does_not_disturb_live_subscribers(server, topic):
    with subscribe(server, topic) as client:
        publish(server, topic, data="1")
        delete(server, topic)
        publish(server, topic, data="2")
        assert client.texts(2) == ["1", "2"]


def list_topics(server, **query) -> dict:
    response = get(server, target("/topics", **query), headers=AUTHORIZED)
    assert response.status == 200, response.body
    return response.json()


def test_a_topic_is_listed_with_its_numbers(server, topic):
    ids = fill(server, topic, 3)
    page = list_topics(server, prefix=topic)
    (entry,) = page["topics"]
    assert list(entry) == ["topic", "publications", "bytes", "subscribers", "newest"]
    assert (entry["topic"], entry["publications"], entry["subscribers"]) == (topic, 3, 0)
    assert entry["bytes"] >= 3 and entry["newest"] == ids[-1]
    assert "next" not in page


def test_subscribers_are_counted(server, topic):
    def count():
        return list_topics(server, prefix=topic)["topics"][0]["subscribers"]

    publish(server, topic, data="x")
    with subscribe(server, topic), subscribe(server, topic):
        wait_until(lambda: count() == 2, "both subscribers are counted")
    wait_until(lambda: count() == 0, "both subscribers are gone")


def test_topics_that_have_only_subscribers_are_listed(server, topics):
    publish(server, topics[1], data="x")
    with subscribe(server, topics[0]), subscribe(server, topics[2], topics[2]):

        def listed():
            return list_topics(server, prefix=topics[0][:-1])["topics"]

        wait_until(lambda: len(listed()) == 3, "all topics are listed")
        assert [entry["topic"] for entry in listed()] == topics[:3]
        assert [entry["subscribers"] for entry in listed()] == [1, 0, 1]
        assert listed()[0] == {"topic": topics[0], "publications": 0, "bytes": 0, "subscribers": 1}
    wait_until(lambda: [entry["topic"] for entry in listed()] == [topics[1]], "the others are gone")


def test_a_publication_as_large_as_a_body_may_be_is_held(start_server, topic):
    server = start_server("--max-body", "1MiB")
    publish(server, topic, data="before")
    id = publish(server, topic, data="x" * (1 << 20))
    (message,) = history(server, topic)["messages"]
    assert message["id"] == id and len(message["data"]) == 1 << 20
    after = publish(server, topic, data="after")
    assert [message["id"] for message in history(server, topic)["messages"]] == [after]


def test_topics_are_listed_by_name_in_pages(server, topics):
    for topic in [*reversed(topics[:7])]:
        publish(server, topic, data="x")
    prefix, names, after = topics[0][:-1], [], None
    for expected in [3, 3, 1]:
        page = list_topics(server, prefix=prefix, limit=3, after=after)
        assert len(page["topics"]) == expected
        names += [entry["topic"] for entry in page["topics"]]
        after = page.get("next")
    assert names == topics[:7] and after is None


def test_a_prefix_that_fits_nothing_lists_nothing(server, topic):
    assert list_topics(server, prefix=topic) == {"topics": []}
