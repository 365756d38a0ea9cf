"""What may not be published, alone and in a batch."""

import pytest

from clients.http import AUTHORIZED, request
from clients.publishing import held, post, post_batch
from clients.refusal import assert_refused

TOPICS = [
    ("", "topic_invalid"),
    ("x" * 256, "topic_invalid"),
    ("ü" * 128, "topic_invalid"),
    ("a\0b", "topic_invalid"),
    ("a\nb", "topic_invalid"),
    ("\x1f", "topic_invalid"),
    ("\x7f", "topic_invalid"),
    ("\x80", "topic_invalid"),
    ("\x9f", "topic_invalid"),
    ("$", "topic_reserved"),
    ("*", "topic_reserved"),
    ("news.*", "topic_reserved"),
    ("$sio/x", "topic_reserved"),
]
EVENTS = [
    "x" * 256, "ü" * 128, "a\nb", "a\rb", "\0", "\x7f", "\x85", "halley:", "halley:gap", "connect", "connect_error",
    "disconnect", "disconnecting", "newListener", "removeListener", "open", "error",
]  # fmt: skip


@pytest.mark.parametrize(("name", "code"), TOPICS, ids=repr)
def test_a_topic_that_is_none(server, name, code):
    assert_refused(post(server, name, data="x"), 400, code)
    assert_refused(post_batch(server, [{"topic": name, "data": "x"}]), 400, code, "batch_invalid")


def test_a_topic_that_is_none_among_others(server, topic):
    assert_refused(post(server, topic, "$server", data="x"), 400, "topic_reserved")
    assert held(server, topic) == []


def test_a_topic_that_is_not_utf8(server):
    response = request(server, "POST", "/publish?topic=a%FF", headers=AUTHORIZED, body=b"x")
    assert_refused(response, 400, "topic_invalid")


def test_no_topic(server):
    assert_refused(post(server, data="x"), 400, "topic_missing")


def test_17_topics(server, topics):
    assert_refused(post(server, *topics[:17], data="x"), 400, "too_many_topics")
    entry = {"topics": topics[:17], "data": "x"}
    assert_refused(post_batch(server, [entry]), 400, "too_many_topics", "batch_invalid")
    assert held(server, topics[0]) == []


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127 + "x", "a$", " ", "\xa0", "#", "../..", "\ufeff"], ids=repr)
def test_a_topic_at_the_limit(server, name):
    assert post(server, name, data="x").status == 200
    assert held(server, name)[-1] == "x"


@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_an_event_that_is_none(server, topic, event):
    assert_refused(post(server, topic, data="x", event=event), 400, "event_invalid")
    entry = {"topic": topic, "event": event, "data": "x"}
    assert_refused(post_batch(server, [entry]), 400, "event_invalid", "batch_invalid")
    assert held(server, topic) == []


@pytest.mark.parametrize("event", ["x" * 255, "halley", "Connect", "Open", "errors", " "], ids=repr)
def test_an_event_at_the_limit(server, topic, event):
    assert post(server, topic, data="x", event=event).status == 200


def test_get_is_no_way_to_publish(server, topic):
    response = request(server, "GET", f"/publish?topic={topic}", headers=AUTHORIZED)
    assert_refused(response, 405, "method_not_allowed")
    assert held(server, topic) == []
