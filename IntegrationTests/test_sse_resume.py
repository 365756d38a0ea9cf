"""A client that comes back with its cursor gets everything that it missed, once and in order."""

import threading

import pytest

from clients.http import get, target
from clients.publishing import Publisher, publish, publish_all
from clients.refusal import assert_refused
from clients.sse import subscribe

NUMBERS = [str(number) for number in range(1, 7)]


def test_a_client_that_comes_back_misses_and_doubles_nothing(server, topic):
    with subscribe(server, topic) as client:
        publish_all(server, topic, ["1", "2", "3"])
        assert client.texts(2) == ["1", "2"]
        last = client.last_event_id
    publish_all(server, topic, ["4", "5"])
    with subscribe(server, topic, last_event_id=last) as client:
        publish(server, topic, data="6")
        assert client.texts(4) == ["3", "4", "5", "6"]


def test_coming_back_again_and_again_while_publications_go_out(server, topic):
    numbers = [str(number) for number in range(300)]
    with subscribe(server, topic) as client:
        last = client.first.id
    publishing = threading.Thread(target=publish_all, args=(server, topic, numbers))
    publishing.start()
    got = []
    while len(got) < len(numbers):
        with subscribe(server, topic, last_event_id=last) as client:
            got += client.texts(min(7, len(numbers) - len(got)))
            last = client.last_event_id
    publishing.join()
    assert got == numbers


def test_a_client_that_got_nothing_yet_comes_back_with_the_bare_id(server, topic):
    with subscribe(server, topic) as client:
        last = client.first.id
    publish_all(server, topic, ["1", "2"])
    with subscribe(server, topic, last_event_id=last) as client:
        assert client.texts(2) == ["1", "2"]


def test_a_client_comes_back_with_the_id_of_a_heartbeat(start_server, topics):
    server = start_server("--heartbeat", "0.1")
    with subscribe(server, topics[0]) as client:
        elsewhere = publish(server, topics[1], data="other")
        while client.last_event_id != elsewhere:
            client.next_block()
    publish(server, topics[0], data="missed")
    with subscribe(server, topics[0], last_event_id=elsewhere) as client:
        assert client.next_event().data == "missed"


def test_the_header_wins_over_the_query(server, topic):
    ids = publish_all(server, topic, NUMBERS)
    with subscribe(server, topic, last_event_id=ids[4], cursor="earliest") as client:
        publish(server, topic, data="end")
        assert client.texts(2) == ["6", "end"]


def test_the_cursor_may_come_in_the_query(server, topic):
    ids = publish_all(server, topic, NUMBERS)
    with subscribe(server, topic, cursor=ids[3]) as client:
        assert client.texts(2) == ["5", "6"]


def test_without_a_cursor_it_begins_now(server, topic):
    publish_all(server, topic, NUMBERS)
    with subscribe(server, topic) as client:
        publish(server, topic, data="now")
        assert client.next_event().data == "now"


def test_earliest_is_all_that_is_held(server, topic):
    publish_all(server, topic, NUMBERS)
    with subscribe(server, topic, cursor="earliest") as client:
        publish(server, topic, data="end")
        assert client.texts(7) == [*NUMBERS, "end"]


@pytest.mark.parametrize("count", [1, 4, 6, 7, 100_000])
def test_last_n_is_the_newest_n(server, topic, count):
    publish_all(server, topic, NUMBERS)
    with subscribe(server, topic, cursor=f"last:{count}") as client:
        publish(server, topic, data="end")
        expected = [*NUMBERS[-count:], "end"]
        assert client.texts(len(expected)) == expected


def test_last_n_counts_for_each_topic(server, topics):
    with Publisher(server.port) as publisher:
        for text in ["a1", "b1", "b2", "a2", "a3"]:
            publisher.publish(f"{topics[0]}{text[0]}", data=text)
    with subscribe(server, f"{topics[0]}a", f"{topics[0]}b", cursor="last:2") as client:
        assert client.texts(4) == ["b1", "b2", "a2", "a3"]


def test_coming_back_in_the_middle_of_last_n(server, topics):
    a, b = topics[:2]
    publish_all(server, a, ["a1", "a2", "a3"])
    publish_all(server, b, ["b1", "b2", "b3"])
    with subscribe(server, a, b, cursor="last:2") as client:
        assert client.texts(1) == ["a2"]
        last = client.last_event_id
    with subscribe(server, a, b, last_event_id=last) as client:
        assert client.texts(3) == ["a3", "b2", "b3"]


@pytest.fixture
def two_topics(server, topics):
    """a1 b1 a2 b2 a3 b3 in this order, and their ids by name."""
    ids = {}
    with Publisher(server.port) as publisher:
        for text in ["a1", "b1", "a2", "b2", "a3", "b3"]:
            topic = topics[0] if text[0] == "a" else topics[1]
            ids[text] = publisher.publish(topic, data=text)
    return topics[0], topics[1], ids


def test_each_topic_may_have_a_cursor_of_its_own(server, two_topics):
    a, b, ids = two_topics
    with subscribe(server, a, b, cursor=[ids["a2"], "earliest"]) as client:
        got = client.texts(4)
    assert [text for text in got if text[0] == "a"] == ["a3"]
    assert [text for text in got if text[0] == "b"] == ["b1", "b2", "b3"]


@pytest.mark.parametrize("cut", range(5))
def test_a_cut_while_topics_with_their_own_cursors_catch_up(server, two_topics, cut):
    a, b, ids = two_topics
    with subscribe(server, a, b, cursor=[ids["a2"], "earliest"]) as client:
        got = client.texts(cut)
        last = client.last_event_id or client.first.id
    with subscribe(server, a, b, last_event_id=last) as client:
        publish(server, a, data="a4")
        got += client.texts(5 - cut)
    assert [text for text in got if text[0] == "a"] == ["a3", "a4"]
    assert [text for text in got if text[0] == "b"] == ["b1", "b2", "b3"]


def test_a_cursor_of_one_topic_and_now_for_another(server, two_topics):
    a, b, ids = two_topics
    with subscribe(server, a, b, cursor=[ids["a1"], ids["b3"]]) as client:
        publish(server, b, data="b4")
        got = client.texts(3)
    assert sorted(got) == ["a2", "a3", "b4"]


MALFORMED = ["!", "x", "last:0", "last:-1", "last:x", "last:", "last:100001", "earliest ", "Earliest", "a" * 600]


@pytest.mark.parametrize("cursor", MALFORMED, ids=lambda value: value[:12])
def test_a_malformed_cursor_in_the_query_is_refused(server, topic, cursor):
    assert_refused(get(server, target("/sse", topic=topic, cursor=cursor)), 400, "cursor_invalid")


def test_two_cursors_for_three_topics_are_refused(server, topics):
    response = get(server, target("/sse", topic=topics[:3], cursor=["earliest", "earliest"]))
    assert_refused(response, 400, "cursor_invalid", "parameter_invalid")
