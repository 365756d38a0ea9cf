"""Who may subscribe, but not read history: what a cursor brings, whatever it is."""

import pytest

from clients.answering import WAYS
from clients.commands import CommandClient
from clients.deadline import wait_until
from clients.following import Following
from clients.http import KEY, get, target
from clients.polling import PollClient, answer
from clients.publishing import authorization, history, publish, publish_all
from clients.refusal import assert_refused
from clients.sse import subscribe

OLD = ["secret-1", "secret-2", "secret-3"]
each_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module")
def closed(start_module_server):
    """History needs the key; `none:` lets nobody go on, `brief:` only for a moment, `open:` everybody read."""
    return start_module_server(
        "--allow-origin", "*", "--rule", "default history=key", "--rule", "none: history=key resume=0",
        "--rule", "brief: history=key resume=1s", "--rule", "open: history=everyone", "--rule", "shut: subscribe=key",
    )  # fmt: skip


@pytest.fixture
def epoch(closed, topic):
    """Of the log."""
    return publish(closed, f"open:{topic}", data="x").split("-")[0]


def foreign(epoch: str) -> str:
    return f"{int(epoch, 16) ^ 1:016x}-3"


def gaps_of(name: str, epoch: str) -> dict:
    """Everything that is no cursor of what has just been, and the gap that it is answered with."""
    return {
        "earliest": {"cursor": "earliest"},
        "last": {"cursor": "last:3"},
        "foreign": {"cursor": foreign(epoch)},
        "future": {"cursor": f"{epoch}-99999999"},
    }[name]


REASONS = {"earliest": "forbidden", "last": "forbidden", "foreign": "epoch", "future": "future"}


@each_way
@pytest.mark.parametrize("kind", REASONS)
def test_what_is_no_cursor_of_this_log_begins_now_after_the_gap(closed, topic, epoch, way, kind):
    publish_all(closed, topic, OLD)
    with follow(closed, way, topic, **gaps_of(kind, epoch)) as client:
        assert client.gap() == ([topic], REASONS[kind])
        publish(closed, topic, data="new")
        assert client.data() == ["new"]


@each_way
def test_a_header_that_is_no_cursor_begins_now_after_the_gap(closed, topic, way):
    publish_all(closed, topic, OLD)
    with follow(closed, way, topic, headers={"Last-Event-ID": "x"}) as client:
        assert client.gap() == ([topic], "malformed")
        publish(closed, topic, data="new")
        assert client.data() == ["new"]


@each_way
@pytest.mark.parametrize("prefix", ["none:", "brief:"])
def test_nothing_older_than_the_rule_says(closed, topic, way, prefix):
    name = prefix + topic
    ids = publish_all(closed, name, OLD)
    wait_until(lambda: is_over_age(closed, name, ids[-1]) or prefix == "none:", "the last publication is a second old")
    for after in [ids[0], f"{ids[0].split('-')[0]}-0"]:
        with follow(closed, way, name, cursor=after) as client:
            assert client.gap() == ([name], "forbidden")
            # Between two polls nothing is kept for who may not go on at all.
            if prefix == "none:" and WAYS[way].path in ("/poll", "/longpoll"):
                continue
            publish(closed, name, data="new")
            assert client.data() == ["new"]
        # By now there is something young.
        if prefix == "brief:":
            return


@each_way
def test_the_key_brings_all(closed, topic, way):
    publish_all(closed, topic, OLD)
    with follow(closed, way, topic, headers=authorization(KEY), cursor="earliest") as client:
        assert client.data(3) == OLD


@each_way
def test_who_was_just_there_goes_on(closed, topic, way):
    ids = publish_all(closed, topic, OLD)
    for given in [{"cursor": ids[0]}, {"headers": {"Last-Event-ID": ids[0]}}]:
        with follow(closed, way, topic, **given) as client:
            assert client.data(2) == OLD[1:]


def test_a_cursor_of_now_is_no_gap(closed, topic):
    name = f"none:{topic}"
    last = publish_all(closed, name, OLD)[-1]
    with subscribe(closed, name, last_event_id=last) as client:
        publish(closed, name, data="new")
        assert client.next_event().data == "new"


def test_a_poll_without_a_cursor_begins_now(closed, topic):
    publish_all(closed, topic, OLD)
    with PollClient(closed.port) as client:
        first = answer(client.get("/poll", topic))
        assert first["messages"] == [] and "gap" not in first
        publish(closed, topic, data="new")
        second = answer(client.get("/poll", topic, cursor=first["cursor"]))
    assert [message["data"] for message in second["messages"]] == ["new"] and "gap" not in second


@pytest.mark.parametrize("kind", [*REASONS, "malformed"])
def test_commands_bring_no_more(closed, topic, epoch, kind):
    publish_all(closed, topic, OLD)
    with CommandClient(closed.port) as client:
        if kind == "malformed":
            assert client.refused(subscribe=[{"topic": topic, "cursor": "x"}]) == "cursor_invalid"
            return
        client.subscribe(topic, **gaps_of(kind, epoch))
        gap = client.next()["gap"]
        assert (gap["topics"], gap["reason"]) == ([topic], REASONS[kind])
        publish(closed, topic, data="new")
        assert client.next_data(1) == ["new"]


def test_history_is_refused(closed, topic):
    publish_all(closed, topic, OLD)
    for query in [{}, {"cursor": "last:1"}, {"cursor": publish(closed, topic, data="x")}]:
        assert_refused(get(closed, target("/history", topic=topic, **query)), 401, "key_missing")
    with CommandClient(closed.port) as client:
        assert client.refused(history={"topics": [topic]}) == "key_missing"


def test_history_needs_what_subscribing_needs(closed, topic):
    name = f"shut:{topic}"
    publish(closed, name, data="x")
    assert_refused(get(closed, target("/history", topic=name)), 401, "key_missing")
    assert history(closed, name, headers=authorization(KEY))["messages"]


def follow(server, way: str, *topics: str, **options) -> Following:
    return Following(server, WAYS[way], way, *topics, **options)


def is_over_age(server, name: str, last: str) -> bool:
    """Whether a cursor before the last publication brings it no more."""
    before = f"{last.split('-')[0]}-{int(last.split('-')[1]) - 1}"
    with PollClient(server.port) as client:
        return "gap" in answer(client.get("/poll", name, cursor=before))
