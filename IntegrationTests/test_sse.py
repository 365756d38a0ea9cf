"""The form of the stream: blocks, ids, event names, data."""

import base64
import re
import time

import pytest

from clients.http import HTTPClient, encode_request, get, target
from clients.publishing import Publisher, publish, publish_all
from clients.refusal import assert_refused
from clients.sse import SSEClient, subscribe

CURSOR = re.compile(r"[A-Za-z0-9._~-]{1,512}")


def test_the_first_block_comes_at_once_with_retry_and_a_bare_id(server, topic):
    with SSEClient(server.port, topic) as client:
        block = client.next_block(timeout=5)
    assert block.names == ["retry", "id"]
    assert block.retry == 3000
    assert CURSOR.fullmatch(block.id)


def test_the_reconnection_time_is_an_option(start_server, topic):
    server = start_server("--retry", "1234")
    with subscribe(server, topic) as client:
        assert client.first.retry == 1234


def test_an_event_bears_the_id_that_the_publisher_was_told(server, topic):
    with subscribe(server, topic) as client:
        ids = publish_all(server, topic, ["a", "b"])
        events = client.take(2)
    assert [(event.id, event.data) for event in events] == list(zip(ids, ["a", "b"], strict=True))


def test_message_is_left_out_and_other_names_are_given(server, topic):
    with subscribe(server, topic) as client:
        publish(server, topic, data="a")
        publish(server, topic, data="b", event="message")
        publish(server, topic, data="c", event="tor ünd: x")
        events = client.take(3)
    assert [event.names for event in events] == [["id", "data"], ["id", "data"], ["id", "event", "data"]]
    assert events[2].event == "tor ünd: x"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
def test_line_ends_in_data_forge_no_fields(server, topic, end):
    forged = end.join(["a", "id: forged", "event: forged", "", "data: forged", "retry: 1", ""])
    with subscribe(server, topic) as client:
        publish(server, topic, data=forged)
        publish(server, topic, data="next")
        event, following = client.take(2)
    assert event.names == ["id"] + ["data"] * 7
    assert event.data == forged.replace(end, "\n")
    assert following.data == "next"


@pytest.mark.parametrize(
    "text", ["", " ", "  two spaces", "\ufeffmark", "grün 🦅 \u2028 \x7f", ": no comment", "data: x", "\0"]
)
def test_text_arrives_as_it_was(server, topic, text):
    with subscribe(server, topic) as client:
        publish(server, topic, data=text)
        assert client.next_event().data == text


def test_binary_is_base64(server, topic):
    data = bytes(range(256))
    with subscribe(server, topic) as client:
        publish(server, topic, data=data, content_type="application/octet-stream")
        assert base64.b64decode(client.next_event().data, validate=True) == data


def test_json_is_on_one_line(server, topic):
    document = '{\n  "a": [1,\r\n 2],\r"b": "c\\nd"\n}'
    with subscribe(server, topic) as client:
        publish(server, topic, data=document, content_type="application/json")
        event = client.next_event()
    assert event.names == ["id", "data"]
    assert event.json() == {"a": [1, 2], "b": "c\nd"}


ENVELOPES = [
    ("text/plain", b"x", ["data", "time"]),
    ("application/json", b'{"a":1}', ["data", "time"]),
    ("application/json", b'"x"', ["data", "type", "time"]),
    ("text/markdown", b"# x", ["data", "type", "time"]),
    ("application/octet-stream", b"\xff", ["data", "encoding", "time"]),
    ("image/png", b"\x89PNG", ["data", "encoding", "type", "time"]),
]


@pytest.mark.parametrize(("content_type", "data", "members"), ENVELOPES)
def test_an_envelope_has_its_members_in_order(server, topic, content_type, data, members):
    with subscribe(server, topic, format="envelope") as client:
        id = publish(server, topic, data=data, content_type=content_type, event="goal")
        event = client.next_event()
    envelope = event.json()
    assert list(envelope) == ["id", "topic", "event", *members]
    assert (envelope["id"], envelope["topic"], envelope["event"]) == (id, topic, "goal")
    assert envelope.get("type", content_type) == content_type
    assert abs(envelope["time"] - time.time() * 1000) < 60_000
    assert event.id == id


def test_an_envelope_of_binary_says_base64(server, topic):
    with subscribe(server, topic, format="envelope") as client:
        publish(server, topic, data=b"\x89PNG", content_type="image/png")
        envelope = client.next_event().json()
    assert (envelope["data"], envelope["encoding"]) == (base64.b64encode(b"\x89PNG").decode(), "base64")


def test_an_envelope_names_message_too_but_the_stream_does_not(server, topic):
    with subscribe(server, topic, format="envelope") as client:
        publish(server, topic, data="x")
        event = client.next_event()
    assert event.json()["event"] == "message" and "event" not in event.names


def test_text_is_escaped_in_an_envelope(server, topic):
    text = '"\\\b\f\n\r\t\x01\x1f</script>\u2028\u2029 grün 🦅'
    with subscribe(server, topic, format="envelope") as client:
        publish(server, topic, data=text)
        event = client.next_event()
    assert event.names == ["id", "data"]
    assert event.json()["data"] == text


def test_with_hello_the_first_block_is_an_event(server, topic):
    with subscribe(server, topic, hello="1") as client:
        first = client.first
    assert (first.event, first.retry) == ("halley:hello", 3000)
    assert CURSOR.fullmatch(first.data) and first.id in (None, first.data)


def test_hello_gives_a_client_that_comes_back_its_own_cursor(server, topic):
    first, _ = publish_all(server, topic, ["a", "b"])
    with subscribe(server, topic, hello="1", cursor=first) as client:
        assert client.first.data == first
        assert client.next_event().data == "b"


def test_a_heartbeat_moves_the_cursor_of_an_idle_client(start_server, topics):
    server = start_server("--heartbeat", "0.2")
    with subscribe(server, topics[0]) as client:
        elsewhere = publish(server, topics[1], data="x")
        block = client.next_block()
        while block.id != elsewhere:
            assert block.names == ["id"], "a heartbeat shows something to scripts"
            block = client.next_block()


def test_with_hello_a_heartbeat_is_an_event(start_server, topics):
    server = start_server("--heartbeat", "0.2")
    with subscribe(server, topics[0], hello="1") as client:
        elsewhere = publish(server, topics[1], data="x")
        event = client.next_event()
        while event.data != elsewhere:
            assert event.event == "halley:cursor"
            event = client.next_event()
        assert event.event == "halley:cursor"


def test_the_headers_of_a_stream(server, topic):
    with subscribe(server, topic) as client:
        headers = client.headers
    assert headers.get("Content-Type").split(";")[0].strip() == "text/event-stream"
    assert {"no-cache", "no-transform"} <= {item.strip() for item in headers.get("Cache-Control").split(",")}
    assert headers.get("X-Accel-Buffering") == "no"
    assert headers.get("Referrer-Policy") == "no-referrer"
    assert headers.get("Transfer-Encoding") == "chunked" and not headers.has("Content-Length")


def test_the_demo_may_be_read_from_any_origin(server, topic):
    with subscribe(server, topic, headers={"Origin": "https://elsewhere.example"}) as client:
        assert client.headers.get("Access-Control-Allow-Origin") == "*"
        assert not client.headers.has("Access-Control-Allow-Credentials")


def test_head_answers_without_a_stream(server, topic):
    with HTTPClient(server.port) as client:
        head = client.request("HEAD", target("/sse", topic=topic))
        assert head.status == 200
        assert head.headers.get("Content-Type").startswith("text/event-stream")
        assert not (head.headers.has("Content-Length") and head.headers.has("Transfer-Encoding"))
        if (head.headers.get("Connection") or "").lower() == "close":
            assert client.closed()
        else:
            assert client.request("GET", "/healthz").text == "ok"


def test_http_1_0_gets_an_unchunked_stream(server, topic):
    with subscribe(server, topic, version="1.0") as client:
        assert not client.headers.has("Transfer-Encoding")
        ids = publish_all(server, topic, ["a", "b"])
        assert [event.id for event in client.take(2)] == ids


def test_any_request_of_a_connection_may_become_a_stream(server, topic):
    http = HTTPClient(server.port)
    assert [http.request("GET", "/healthz").status for _ in range(2)] == [200, 200]
    with subscribe(server, topic, http=http) as client:
        publish(server, topic, data="x")
        assert client.next_event().data == "x"


def test_a_stream_that_is_asked_for_behind_other_requests_comes_after_their_answers(server, topic):
    requests = [encode_request("GET", path, server.port) for path in ["/healthz", "/nope", f"/sse?topic={topic}"]]
    with HTTPClient(server.port) as client:
        client.connection.send(b"".join(requests))
        assert [client.response().status for _ in range(2)] == [200, 404]
        assert client.head().headers.get("Content-Type").startswith("text/event-stream")
        assert b"retry: 3000\n" in client.connection.take_through(b"\n\n")


def test_a_publication_in_several_topics_arrives_once_live(server, topics):
    a, b, c = topics[:3]
    with subscribe(server, a, b, c) as client, Publisher(server.port) as publisher:
        id = publisher.publish(a, b, data="both")
        publisher.publish(c, data="end")
        events = client.take(2)
    assert [event.data for event in events] == ["both", "end"]
    assert events[0].id == id


def test_a_publication_in_several_topics_arrives_once_in_replay(server, topics):
    a, b, c = topics[:3]
    with Publisher(server.port) as publisher:
        publisher.publish(a, b, data="both")
        publisher.publish(c, data="end")
    with subscribe(server, a, b, c, cursor="earliest", format="envelope") as client:
        events = [event.json() for event in client.take(2)]
    assert [(event["topic"], event["data"]) for event in events] == [(a, "both"), (c, "end")]


def test_a_publication_names_its_first_topic_to_subscribers_of_the_others(server, topics):
    first, second = topics[:2]
    with subscribe(server, second, format="envelope") as client:
        publish(server, first, second, data="x")
        assert client.next_event().json()["topic"] == first


def test_topics_do_not_mix(server, topics):
    with subscribe(server, topics[0]) as client, Publisher(server.port) as publisher:
        publisher.publish(topics[1], data="other")
        publisher.publish(topics[0], data="mine")
        assert client.next_event().data == "mine"


def test_a_hundred_topics_are_allowed(server, topic):
    names = [f"{topic}-{index}" for index in range(100)]
    with subscribe(server, *names, names[0]) as client:
        publish(server, names[99], data="x")
        assert client.next_event().data == "x"


def test_a_topic_may_have_any_visible_name(server, topic):
    name = f"{topic}/grün 日本+&=?#%"
    with subscribe(server, name, format="envelope") as client:
        publish(server, name, data="x")
        assert client.next_event().json()["topic"] == name


REFUSED = [
    ({}, "topic_missing"),
    ({"topic": ""}, "topic_invalid"),
    ({"topic": "x" * 256}, "topic_invalid"),
    ({"topic": "a\nb"}, "topic_invalid"),
    ({"topic": "$server"}, "topic_reserved"),
    ({"topic": [f"t{index}" for index in range(101)]}, "too_many_topics"),
    ({"topic": "t", "format": "xml"}, "parameter_invalid"),
]


@pytest.mark.parametrize(("query", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_subscribed_is_refused(server, query, code):
    assert_refused(get(server, target("/sse", **query)), 400, code)


def test_an_unknown_query_item_is_ignored(server, topic):
    with subscribe(server, topic, colour="blue") as client:
        assert client.first.retry == 3000
