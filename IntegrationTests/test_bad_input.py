"""What clients may get wrong, by every transport: a clear refusal or a gap, and the server goes on."""

import pytest

from clients.answering import WAYS
from clients.http import HTTPClient, get, target
from clients.publishing import publish_all
from clients.refusal import assert_refused

each_way = pytest.mark.parametrize("way", WAYS)

REFUSED = [
    # What is asked for by everyone; `T` stands for a good topic.
    ("a cursor with a bad character", "topic=T&cursor=!", "cursor_invalid"),
    ("a blank cursor", "topic=T&cursor=+", "cursor_invalid"),
    ("a cursor that is a word", "topic=T&cursor=latest", "cursor_invalid"),
    ("a cursor without a number", "topic=T&cursor=0123456789abcdef-", "cursor_invalid"),
    ("a cursor that is not UTF-8", "topic=T&cursor=%ff", "cursor_invalid", "parameter_invalid", "bad_request"),
    ("a cursor of 600 bytes", f"topic=T&cursor={'a' * 600}", "cursor_invalid"),
    ("a well-formed cursor of 600 bytes", f"topic=T&cursor=0123456789abcdef-1{'0' * 582}", "cursor_invalid"),
    ("last:0", "topic=T&cursor=last:0", "cursor_invalid"),
    ("last:100001", "topic=T&cursor=last:100001", "cursor_invalid"),
    ("two cursors for three topics", "topic=T&topic=b&topic=c&cursor=earliest&cursor=earliest", "cursor_invalid"),
    ("no topic", "", "topic_missing"),
    ("an empty topic", "topic=", "topic_invalid"),
    ("101 topics", "&".join(f"topic=T{index}" for index in range(101)), "too_many_topics"),
    ("a topic of the server's", "topic=$server", "topic_reserved"),
    ("a pattern of topics", "topic=news.*", "topic_reserved"),
    ("one topic of the server's", "topic=T&topic=$", "topic_reserved"),
    ("a topic with a line end", "topic=a%0Ab", "topic_invalid"),
    ("a topic with a NUL", "topic=a%00b", "topic_invalid"),
    ("a topic with a C1 control character", "topic=a%C2%85b", "topic_invalid"),
    ("a topic that is not UTF-8", "topic=%ff", "topic_invalid"),
    ("a topic that is half a character", "topic=%E2%82", "topic_invalid"),
    ("a topic of 256 bytes", f"topic={'x' * 256}", "topic_invalid"),
    ("an unknown format", "topic=T&format=xml", "parameter_invalid"),
    ("an empty format", "topic=T&format=", "parameter_invalid"),
]

ASKED_OF_SOME = [
    ("timeout=-1", ["longpoll", "jsonp"]), ("timeout=0", ["longpoll", "jsonp"]), ("timeout=61", ["longpoll", "jsonp"]),
    ("timeout=x", ["longpoll", "jsonp"]), ("timeout=", ["longpoll", "jsonp"]), ("timeout=1.5", ["longpoll", "jsonp"]),
    ("timeout=%2B1", ["longpoll", "jsonp"]), ("timeout=99999999999999999999", ["longpoll", "jsonp"]),
    ("limit=0", ["poll", "longpoll", "jsonp"]), ("limit=-1", ["poll", "longpoll", "jsonp"]),
    ("limit=1001", ["poll", "longpoll", "jsonp"]), ("limit=x", ["poll", "longpoll", "jsonp"]),
    ("padding=-1", ["stream", "multipart"]), ("padding=65537", ["stream", "multipart"]),
    ("padding=x", ["stream", "multipart"]), ("multipart=x", ["stream"]),
    ("callback=a%5B0%5D", ["poll", "longpoll"]), ("callback=", ["poll", "longpoll"]),
]  # fmt: skip


@each_way
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_what_is_refused_by_all(server, topic, way, case):
    _, query, *codes = case
    with HTTPClient(server.port) as client:
        response = WAYS[way].request(client, query.replace("=T", f"={topic}"))
        assert_refused(response, 400, *codes)
        assert_still_serving(server, client, response)


@pytest.mark.parametrize(("item", "ways"), ASKED_OF_SOME, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_refused_by_some(server, topic, item, ways):
    for way in ways:
        with HTTPClient(server.port) as client:
            response = WAYS[way].request(client, f"topic={topic}&{item}")
            assert_refused(response, 400, "parameter_invalid")
            assert_still_serving(server, client, response)


@pytest.mark.parametrize(("item", "ways"), ASKED_OF_SOME, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_not_asked_of_a_transport_is_passed_over(server, topic, item, ways):
    publish_all(server, topic, ["1"])
    for way in [WAYS[name] for name in WAYS if name not in ways and item.split("=")[0] not in WAYS[name].query]:
        with HTTPClient(server.port) as client:
            way.send(client, f"topic={topic}&cursor=earliest&{item}")
            assert client.head().status in (200, 101), way


@pytest.mark.parametrize("callback", ["a[0]", "a(", "a;b", "</script>"])
@pytest.mark.parametrize("path", ["/poll", "/longpoll", "/iframe"])
def test_a_callback_that_is_more_than_a_name(server, topic, path, callback):
    response = get(server, target(path, topic=topic, callback=callback))
    assert_refused(response, 400, "parameter_invalid")


def assert_still_serving(server, client: HTTPClient, response):
    """On the same connection too, where it is kept."""
    if (response.headers.get("Connection") or "").lower() != "close":
        assert client.request("GET", "/healthz").text == "ok"
    assert get(server, "/healthz").text == "ok"


@each_way
@pytest.mark.parametrize("item", ["colour=blue", "colour=%ff", "hello=2", "%ff=1", "&&", "=", "x"])
def test_what_is_unknown_is_passed_over(server, topic, way, item):
    publish_all(server, topic, ["1"])
    with HTTPClient(server.port) as client:
        WAYS[way].send(client, f"topic={topic}&cursor=earliest&{item}")
        assert client.head().status in (200, 101)


FOREIGN = "0123456789abcdef-7"


def beyond(cursor: str) -> str:
    """A cursor of the same log that nobody was given yet."""
    epoch, number = cursor.rsplit("-", 1)
    return f"{epoch}-{int(number) + 1_000_000}"


@each_way
@pytest.mark.parametrize("place", ["header", "query"])
@pytest.mark.parametrize("reason", ["epoch", "future"])
def test_a_cursor_that_is_not_of_this_log_is_a_gap(server, topic, way, place, reason):
    last = publish_all(server, topic, ["1", "2"])[-1]
    cursor = FOREIGN if reason == "epoch" else beyond(last)
    given = {"headers": {"Last-Event-ID": cursor}} if place == "header" else {"cursor": cursor}
    gap, first = WAYS[way].gap(server.port, topic, **given)
    assert gap == {"topics": [topic], "after": cursor, "reason": reason}
    assert first == "1"


@each_way
@pytest.mark.parametrize("header", ["not a cursor", "!", "a" * 600, "0123456789abcdef-", "last:1", '"}</script>', "ü"])
def test_a_malformed_header_is_a_gap(server, topic, way, header):
    publish_all(server, topic, ["1", "2"])
    gap, first = WAYS[way].gap(server.port, topic, headers={"Last-Event-ID": header})
    assert (gap["topics"], gap["reason"]) == ([topic], "malformed")
    assert len(gap["after"]) <= 512 and first == "1"


@each_way
def test_a_malformed_header_wins_over_a_good_cursor(server, topic, way):
    ids = publish_all(server, topic, ["1", "2"])
    gap, first = WAYS[way].gap(server.port, topic, cursor=ids[0], headers={"Last-Event-ID": "!"})
    assert (gap["reason"], first) == ("malformed", "1")
