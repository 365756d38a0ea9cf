"""Publishing: what data is kept as, and batches."""

import base64
import json

import pytest

from clients.publishing import Publisher, held, history, post, post_batch, publish
from clients.refusal import assert_refused
from clients.sse import subscribe

JSON, TEXT, BINARY = "json", "text", "binary"

# content type, body, kept as, type in the envelope
KINDS = [
    ("application/json", '{"a":[1,null]}', JSON, None),
    ("application/json", '"text"', JSON, "application/json"),
    ("application/json", "null", JSON, None),
    ("application/json; charset=utf-8", "[1]", JSON, None),
    ("APPLICATION/JSON", "[1]", JSON, None),
    ("application/problem+json", '{"a":1}', JSON, "application/problem+json"),
    ("text/plain", "text", TEXT, None),
    ("text/plain; charset=UTF-8", "grün", TEXT, None),
    ("text/plain", "", TEXT, None),
    ("text/html", "<b>", TEXT, "text/html"),
    ("application/xml", "<a/>", TEXT, "application/xml"),
    ("application/atom+xml", "<a/>", TEXT, "application/atom+xml"),
    ("image/svg+xml", "<svg/>", TEXT, "image/svg+xml"),
    ("application/javascript", "1", TEXT, "application/javascript"),
    ("text/javascript", "1", TEXT, "text/javascript"),
    ("application/x-www-form-urlencoded", "a=1&b=%20+", TEXT, None),
    (None, "text", TEXT, None),
    (None, "", TEXT, None),
    (None, b"\xff\xfe", BINARY, None),
    ("application/octet-stream", b"text", BINARY, None),
    ("image/png", b"\x89PNG", BINARY, "image/png"),
    ("application/pdf", b"", BINARY, "application/pdf"),
]


def shown(kind: str, body: bytes):
    """The data in the envelope."""
    if kind == JSON:
        return json.loads(body)
    return body.decode() if kind == TEXT else base64.b64encode(body).decode()


@pytest.mark.parametrize(("content_type", "body", "kind", "type"), KINDS)
def test_the_content_type_decides_what_data_is(server, topic, content_type, body, kind, type):
    body = body.encode() if isinstance(body, str) else body
    id = publish(server, topic, data=body, content_type=content_type)
    (message,) = history(server, topic)["messages"]
    assert message["id"] == id
    assert message["data"] == shown(kind, body)
    assert message.get("type") == type
    assert message.get("encoding") == ("base64" if kind == BINARY else None)


def test_the_answer_is_the_id_alone(server, topic):
    response = post(server, topic, data="x")
    assert response.status == 200
    assert response.headers.get("Content-Type").startswith("application/json")
    assert list(response.json()) == ["id"]


def test_numbers_and_strings_of_json_stay_as_they_were_written(server, topic):
    document = '{"n": 1.10, "big":123456789012345678901234567890, "e":1E400,"s":"\\u00e9\\/"}'
    with subscribe(server, topic) as client:
        publish(server, topic, data=document, content_type="application/json")
        assert client.next_event().data == document


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_of_64_levels_is_taken_and_of_65_refused(server, topic, opening):
    closing = "]" if opening == "[" else "}"
    for depth, status in [(64, 200), (65, 400)]:
        document = opening * depth + ("1" if opening != "[" else "") + closing * depth
        response = post(server, topic, data=document, content_type="application/json")
        assert response.status == status, depth
    assert_refused(response, 400, "json_invalid")
    assert len(held(server, topic)) == 1


def test_very_deep_json_is_refused_without_harm(server, topic):
    response = post(server, topic, data="[" * 500_000, content_type="application/json")
    assert_refused(response, 400, "json_invalid")


INVALID_JSON = [
    "", " ", "{", "[1", "[1,]", '{"a":1,}', '{"a"}', "{1:2}", "nul", "NaN", "01", "1.", "+1", ".5", "-", "1 2", "'a'",
    '"a', '"\x01"', '"\\x"', '"\\u12"', "[1]]", "// c\n1", b'"\xff"',
]  # fmt: skip


@pytest.mark.parametrize("body", INVALID_JSON, ids=repr)
def test_what_is_no_json_is_refused_as_json(server, topic, body):
    response = post(server, topic, data=body, content_type="application/json")
    assert_refused(response, 400, "json_invalid")
    assert held(server, topic) == []


@pytest.mark.parametrize("body", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xe2\x82"], ids=repr)
def test_what_is_no_utf8_is_refused_as_text(server, topic, body):
    assert_refused(post(server, topic, data=body), 400, "text_invalid")


def test_several_topics_make_one_publication(server, topics):
    response = post(server, *topics[:16], data="x")
    for topic in topics[:16]:
        (message,) = history(server, topic)["messages"]
        assert (message["id"], message["topic"]) == (response.json()["id"], topics[0])


def test_a_batch_is_published_in_order(server, topics):
    a, b = topics[:2]
    entries = [
        {"topic": a, "data": "text"},
        {"topics": [a, b], "event": "goal", "data": {"score": [2, 1]}},
        {"topic": a, "data": "iVBORw0KGgo=", "encoding": "base64", "type": "image/png"},
        {"topic": a, "data": "x", "type": "application/json"},
        {"topic": a, "data": None},
        {"topic": a, "data": "# x", "type": "text/markdown"},
        {"topic": a, "data": [1], "type": "application/vnd.x+json"},
        {"topic": a, "data": "/w==", "encoding": "base64"},
    ]
    with Publisher(server.port) as publisher:
        ids = publisher.batch(entries)
    messages = history(server, a)["messages"]
    assert [message["id"] for message in messages] == ids
    assert [message["data"] for message in messages] == [entry["data"] for entry in entries]
    assert [message.get("type") for message in messages] == [entry.get("type") for entry in entries]
    assert [message.get("encoding") for message in messages] == [entry.get("encoding") for entry in entries]
    assert [message["event"] for message in messages] == [entry.get("event", "message") for entry in entries]
    assert history(server, b)["messages"] == [messages[1]]


def test_a_batch_with_one_bad_entry_publishes_nothing(server, topics):
    good = {"topic": topics[0], "data": "x"}
    bad = {"topic": "$bad", "data": "x"}
    for batch in [[bad, good], [good, bad], [good] * 10 + [bad] + [good]]:
        assert_refused(post_batch(server, batch), 400, "topic_reserved", "batch_invalid")
    assert held(server, topics[0]) == []


@pytest.mark.parametrize("count", [1, 1000])
def test_a_batch_may_have_1_to_1000_entries(server, topic, count):
    with Publisher(server.port) as publisher:
        ids = publisher.batch([{"topic": topic, "data": str(index)} for index in range(count)])
    assert len(set(ids)) == count
    assert held(server, topic) == [str(index) for index in range(count)]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_of_none_or_too_many_is_refused(server, topic, count):
    response = post_batch(server, [{"topic": topic, "data": "x"}] * count)
    assert_refused(response, 400, "batch_invalid")
    assert held(server, topic) == []


NO_BATCH = [b"{}", b"[]", b'"x"', b'{"publications":{}}', b'{"publications":[1]}', b'{"publications":null}']


@pytest.mark.parametrize("body", NO_BATCH, ids=repr)
def test_json_without_a_topic_must_be_a_batch(server, body):
    assert_refused(post(server, data=body, content_type="application/json"), 400, "batch_invalid", "topic_missing")


def test_a_batch_must_be_json(server):
    response = post(server, data='{"publications":[', content_type="application/json")
    assert_refused(response, 400, "json_invalid", "batch_invalid")


BAD_ENTRIES = [
    {"data": "no topic"},
    {"topic": "t", "data": "not base64!", "encoding": "base64"},
    {"topic": "t", "data": "x", "encoding": "rot13"},
    {"topic": "t", "data": {"a": 1}, "encoding": "base64"},
    {"topic": 5, "data": "x"},
    {"topics": [], "data": "x"},
    {"topics": "t", "data": "x"},
    {"topic": "t", "event": 5, "data": "x"},
    {"topic": "t"},
]


@pytest.mark.parametrize("entry", BAD_ENTRIES, ids=json.dumps)
def test_a_bad_entry_is_refused(server, entry):
    assert_refused(post_batch(server, [entry]), 400)


def test_data_in_a_batch_may_be_as_deep_as_elsewhere(server, topic):
    deep = json.loads("[" * 64 + "]" * 64)
    assert post_batch(server, [{"topic": topic, "data": deep}]).status == 200
    assert_refused(post_batch(server, [{"topic": topic, "data": [deep]}]), 400)
    assert held(server, topic) == [deep]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
def test_a_content_coding_is_refused(server, topic, coding):
    response = post(server, topic, data=b"\x1f\x8b", headers={"Content-Encoding": coding})
    assert_refused(response, 415, "encoding_unsupported")


def test_a_body_in_identity_coding_is_taken(server, topic):
    assert post(server, topic, data="x", headers={"Content-Encoding": "identity"}).status == 200


@pytest.mark.parametrize("content_type", ["text/plain; charset=iso-8859-1", "application/json; charset=utf-16"])
def test_another_charset_than_utf8_is_refused(server, topic, content_type):
    response = post(server, topic, data="1", content_type=content_type)
    assert_refused(response, 415, "charset_unsupported")


@pytest.mark.parametrize("parameter", ["charset=utf-8", "charset=UTF-8", 'charset="utf-8"', "Charset=Utf-8"])
def test_utf8_may_be_spelt_in_any_way(server, topic, parameter):
    assert post(server, topic, data="ü", content_type=f"text/plain;{parameter}").status == 200
    assert held(server, topic) == ["ü"]
