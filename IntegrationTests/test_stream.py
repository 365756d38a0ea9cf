"""HTTP streaming: one JSON object a line, as soon as there is one."""

import re

import pytest

from clients.connection import Connection
from clients.deadline import PATIENCE
from clients.http import HTTPClient, encode_request, target
from clients.polling import await_subscribers
from clients.publishing import Publisher, publish, publish_all
from clients.refusal import assert_refused
from clients.streaming import LineClient, greeted

CURSOR = re.compile(r"[A-Za-z0-9._~-]{1,512}")


def stream(server, *topics: str, **options) -> LineClient:
    return greeted(LineClient(server.port, *topics, **options))


def test_the_first_line_comes_at_once(server, topic):
    with LineClient(server.port, topic) as client:
        first = client.next_object(timeout=5)
    assert list(first) == ["hello"] and list(first["hello"]) == ["cursor"]
    assert CURSOR.fullmatch(first["hello"]["cursor"])


def test_a_publication_is_a_line(server, topic):
    with stream(server, topic) as client:
        id = publish(server, topic, data='{"any":\n"JSON"}', content_type="application/json", event="goal")
        envelope = client.next_event()
    assert list(envelope) == ["id", "topic", "event", "data", "time"]
    assert (envelope["id"], envelope["topic"], envelope["event"]) == (id, topic, "goal")
    assert envelope["data"] == {"any": "JSON"}


def test_each_line_comes_before_the_next_publication(server, topic):
    with stream(server, topic) as client, Publisher(server.port) as publisher:
        for number in range(50):
            id = publisher.publish(topic, data=str(number))
            event = client.next_event(timeout=5 * PATIENCE)
            assert (event["id"], event["data"]) == (id, str(number))


@pytest.mark.parametrize("text", ["\n", "\r\n\r\n", "\u2028 \u2029 \x85", '"\\', "", "grün 🦅", "\x00\x1f"])
def test_text_arrives_as_it_was_and_breaks_no_line(server, topic, text):
    with stream(server, topic) as client:
        publish(server, topic, data=text)
        publish(server, topic, data="end")
        assert client.texts(2) == [text, "end"]


@pytest.mark.parametrize("padding", [0, 1, 2048, 65536])
def test_padding(server, topic, padding):
    with LineClient(server.port, topic, padding=padding) as client:
        hello = client.next_object()["hello"]
        publish(server, topic, data="x")
        assert client.texts(1) == ["x"]
    assert CURSOR.fullmatch(hello["cursor"])
    assert hello.get("padding", "") == " " * padding


def test_now_is_after_all_that_publishers_were_answered(start_server, topic):
    """Many threads, so that the one which subscribes is seldom the one which publishes."""
    server = start_server("--threads", "8")
    with Publisher(server.port) as publisher:
        for number in range(500):
            http = HTTPClient(server.port)
            assert http.request("GET", "/healthz").text == "ok"
            id = publisher.publish(topic, data=str(number))
            with stream(server, topic, http=http) as client:
                assert client.first["hello"]["cursor"] == id


def test_hello_gives_a_client_that_comes_back_its_own_cursor(server, topic):
    ids = publish_all(server, topic, ["1", "2", "3"])
    with stream(server, topic, cursor=ids[0]) as client:
        assert client.first["hello"]["cursor"] == ids[0]
        assert client.texts(2) == ["2", "3"]


def test_the_header_wins_over_the_query(server, topic):
    ids = publish_all(server, topic, ["1", "2", "3"])
    with stream(server, topic, cursor="earliest", headers={"Last-Event-ID": ids[1]}) as client:
        assert client.texts(1) == ["3"]


def test_what_was_missed_and_what_is_new(server, topics):
    with Publisher(server.port) as publisher:
        for text in ["1", "2", "3"]:
            publisher.publish(*topics[:2], data=text)
        with stream(server, *topics[:2], cursor="last:2") as client:
            publisher.publish(topics[1], data="4")
            assert client.texts(3) == ["2", "3", "4"]


@pytest.mark.parametrize("cut", range(5))
def test_a_cut_while_topics_with_their_own_cursors_catch_up(server, topics, cut):
    a, b = topics[:2]
    ids = {}
    with Publisher(server.port) as publisher:
        for text in ["a1", "b1", "a2", "b2", "a3", "b3"]:
            ids[text] = publisher.publish(a if text[0] == "a" else b, data=text)
        with stream(server, a, b, cursor=[ids["a2"], "earliest"]) as client:
            got = publications(client, cut)
            cursor = client.cursor
        with stream(server, a, b, cursor=cursor) as client:
            publisher.publish(a, data="a4")
            got += publications(client, 5 - cut)
    assert [text for text in got if text[0] == "a"] == ["a3", "a4"]
    assert [text for text in got if text[0] == "b"] == ["b1", "b2", "b3"]


def publications(client: LineClient, count: int) -> list[str]:
    """The data of the next ones, whatever notices are between them."""
    texts = []
    while len(texts) < count:
        event = client.next_event()
        if "data" in event:
            texts.append(event["data"])
    return texts


def test_only_what_the_protocol_names_is_said(server, topics):
    a, b = topics[:2]
    last = publish(server, a, data="a1")
    publish(server, b, data="b1")
    with stream(server, a, b, cursor=[last, "earliest"]) as client:
        publish(server, a, b, data="end")
        events = [client.next_event()]
        while events[-1].get("data") != "end":
            events.append(client.next_event())
    assert [next(iter(event)) for event in events if "data" not in event] in ([], ["caughtUp"])
    assert [event["data"] for event in events if "data" in event] == ["b1", "end"]


def test_a_heartbeat_moves_the_cursor_of_an_idle_client(start_server, topics):
    server = start_server("--heartbeat", "0.2")
    with stream(server, topics[0]) as client:
        elsewhere = publish(server, topics[1], data="x")
        while client.cursor != elsewhere:
            assert list(client.next_object()) == ["cursor"]
        cursor = client.cursor
    publish(server, topics[0], data="missed")
    with stream(server, topics[0], cursor=cursor) as client:
        assert client.texts(1) == ["missed"]


def test_a_gap_comes_before_what_is_held(start_server, topic):
    server = start_server("--rule", "default count=2")
    ids = publish_all(server, topic, ["1", "2", "3", "4"])
    with stream(server, topic, cursor=ids[0]) as client:
        gap = client.next_event()
        assert list(gap) == ["gap", "id"]
        assert gap["gap"] == {"topics": [topic], "after": ids[0], "reason": "evicted"}
        assert client.texts(2) == ["3", "4"]
    with stream(server, topic, cursor=gap["id"]) as client:
        assert client.texts(2) == ["3", "4"]


def test_the_headers(server, topic):
    with stream(server, topic) as client:
        headers = client.headers
    assert headers.get("Content-Type").split(";")[0] == "application/x-ndjson"
    assert {"no-cache", "no-transform"} <= {item.strip() for item in headers.get("Cache-Control").split(",")}
    assert headers.get("X-Accel-Buffering") == "no"
    assert headers.get("X-Content-Type-Options") == "nosniff"
    assert headers.get("Referrer-Policy") == "no-referrer"
    assert headers.get("Transfer-Encoding") == "chunked" and not headers.has("Content-Length")


def test_http_1_0_gets_the_same_without_chunks(server, topic):
    with stream(server, topic, version="1.0", padding="10") as client:
        assert not client.headers.has("Transfer-Encoding")
        assert client.first["hello"]["padding"] == " " * 10
        ids = publish_all(server, topic, ["a", "b"])
        assert [event["id"] for event in client.take(2)] == ids


def test_head_answers_without_a_stream(server, topic):
    with HTTPClient(server.port) as client:
        head = client.request("HEAD", target("/stream", topic=topic))
        assert head.status == 200 and head.headers.get("Content-Type").startswith("application/x-ndjson")
        assert client.request("GET", "/healthz").text == "ok"


def test_a_stream_that_is_asked_for_behind_other_requests_comes_after_their_answers(server, topic):
    paths = ["/healthz", target("/poll", topic=topic), target("/stream", topic=topic)]
    with HTTPClient(server.port) as client:
        client.connection.send(b"".join(encode_request("GET", path, server.port) for path in paths))
        assert [client.response().status for _ in range(2)] == [200, 200]
        assert client.head().headers.get("Content-Type").startswith("application/x-ndjson")
        assert b'{"hello":' in client.connection.take_through(b"}}\n")


@pytest.mark.parametrize("leave", [Connection.close, Connection.reset], ids=["close", "reset"])
def test_a_client_that_leaves_is_noticed(server, topic, leave):
    publish(server, topic, data="x")
    with stream(server, topic) as client:
        await_subscribers(server, topic, 1)
        leave(client.body.http.connection)
        await_subscribers(server, topic, 0)


def test_too_many_connections_are_refused(start_server, topic):
    """Other than an `EventSource` these clients understand a status."""
    server = start_server("--max-connections", "1")
    with stream(server, topic), HTTPClient(server.port) as client:
        assert_refused(client.request("GET", target("/stream", topic=topic)), 503, "overloaded")
