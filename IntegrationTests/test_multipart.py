"""Streams of parts: `multipart/mixed` and `multipart/x-mixed-replace`."""

import signal

import pytest

from clients.deadline import PATIENCE
from clients.http import get, target
from clients.multipart import PartClient, parse_as_mail
from clients.publishing import Publisher, publish, publish_all
from clients.refusal import assert_refused
from clients.streaming import LineClient, greeted

KINDS = ["mixed", "x-mixed-replace"]
TEXTS = ["", "\r\n", "grün 🦅", "--", "\r\n--", "\r\n--halley", "x" * 70_000, "a\nb\r\nc\r", "end"]
both = pytest.mark.parametrize("kind", KINDS)


def parts(server, *topics: str, kind="mixed", **options) -> PartClient:
    return greeted(PartClient(server.port, *topics, multipart=kind, **options))


def raw_parts(server, *topics: str, kind="mixed", **options) -> PartClient:
    """Says nothing at the beginning: with `hello` it does."""
    client = PartClient(server.port, *topics, multipart=kind, format="raw", hello="1", **options)
    assert client.next_part().notice == "hello"
    return client


@both
def test_the_headers(server, topic, kind):
    with parts(server, topic, kind=kind) as client:
        headers, found = client.headers, client.kind
    assert found == kind
    assert {"no-cache", "no-transform"} <= {item.strip() for item in headers.get("Cache-Control").split(",")}
    assert headers.get("X-Accel-Buffering") == "no" and headers.get("Referrer-Policy") == "no-referrer"


@both
def test_each_envelope_is_a_part(server, topic, kind):
    with parts(server, topic, kind=kind) as client:
        ids = publish_all(server, topic, TEXTS)
        assert [(event["id"], event["data"]) for event in client.take(len(TEXTS))] == list(zip(ids, TEXTS, strict=True))


@both
@pytest.mark.parametrize("format", ["raw", "envelope"])
def test_a_part_and_the_boundary_that_ends_it_come_before_the_next_publication(server, topic, kind, format):
    with PartClient(server.port, topic, multipart=kind, format=format, hello="1") as client:
        client.next_part()
        with Publisher(server.port) as publisher:
            for number in range(30):
                publisher.publish(topic, data=str(number))
                part = client.next_part(timeout=5 * PATIENCE)
                assert (part.text if format == "raw" else part.json()["data"]) == str(number)


CONTENTS = [
    ("text/plain", "grün\r\n🦅".encode()),
    ("application/json", b'{"a":[1,2]}'),
    ("application/octet-stream", bytes(range(256))),
    ("image/png", b"\x89PNG\r\n\r\n--\r\n"),
    ("text/markdown", b"# x"),
    ("application/geo+json", b"[]"),
]


@both
@pytest.mark.parametrize(("content_type", "data"), CONTENTS, ids=[content_type for content_type, _ in CONTENTS])
def test_raw_parts_are_the_bare_data_in_its_own_type(server, topic, kind, content_type, data):
    name, event = f"{topic}/grün +%&=\u2028", 'tor ünd: "x"\u2029'
    with raw_parts(server, name, kind=kind) as client:
        id = publish(server, name, data=data, content_type=content_type, event=event)
        part = client.next_publication()
    assert part.content == data
    assert part.headers.get("Content-Type").split(";")[0] == content_type
    assert (part.id, part.topic, part.event) == (id, name, event)
    assert len(part.headers) == 5, part.headers


def await_heartbeats(server, topic: str):
    """Of somebody else: then some have been due to the others too."""
    with greeted(LineClient(server.port, topic)) as witness:
        assert [list(witness.next_object()) for _ in range(3)] == [["cursor"]] * 3


def test_raw_parts_without_hello_are_publications_only(start_server, topics):
    server = start_server("--heartbeat", "0.1")
    with PartClient(server.port, topics[0], format="raw", cursor="earliest") as client:
        for text in ["1", "2"]:
            await_heartbeats(server, topics[1])
            publish(server, topics[0], data=text)
            part = client.next_part()
            assert (part.notice, part.text) == (None, text)


def test_with_hello_raw_parts_have_heartbeats_too(start_server, topics):
    server = start_server("--heartbeat", "0.1")
    with raw_parts(server, topics[0]) as client:
        elsewhere = publish(server, topics[1], data="x")
        part = client.next_part()
        while part.json()["cursor"] != elsewhere:
            part = client.next_part()
            assert part.notice == "cursor"


@pytest.mark.parametrize("format", ["raw", "envelope"])
def test_a_gap_is_a_part(start_server, topic, format):
    server = start_server("--rule", "default count=2")
    ids = publish_all(server, topic, ["1", "2", "3", "4"])
    with PartClient(server.port, topic, cursor=ids[0], format=format, hello="1") as client:
        client.next_part()
        part = client.next_part()
        assert part.headers.get("Content-Type") == "application/json"
        assert part.json()["gap"] == {"topics": [topic], "after": ids[0], "reason": "evicted"}
        assert part.notice == ("gap" if format == "raw" else None)


def test_a_heartbeat_is_a_part(start_server, topics):
    server = start_server("--heartbeat", "0.2")
    with parts(server, topics[0]) as client:
        elsewhere = publish(server, topics[1], data="x")
        while client.cursor != elsewhere:
            assert list(client.next_object()) == ["cursor"]


def test_a_client_comes_back_with_the_id_of_a_part(server, topic):
    with raw_parts(server, topic) as client:
        publish_all(server, topic, ["1", "2", "3"])
        cursor = [client.next_publication() for _ in range(2)][-1].id
    with raw_parts(server, topic, cursor=cursor) as client:
        assert client.next_publication().text == "3"


@both
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_whole_body_is_well_formed_for_a_parser_of_mail(start_server, topic, kind, version):
    server = start_server("--drain", "3")
    with PartClient(server.port, topic, multipart=kind, format="raw", hello="1", version=version) as client:
        # Not through `next_part`: all of the body goes to the foreign parser.
        before = client.body.take_through(b"hello")
        publish_all(server, topic, TEXTS)
        before += client.body.take_through(b"\r\n\r\nend\r\n")
        server.signal(signal.SIGTERM)
        body = before + client.body.take_rest()
        assert client.ended_cleanly
    assert body.endswith(b"\r\n" + client.delimiter + b"--\r\n")
    messages = parse_as_mail(client.headers.get("Content-Type"), body)
    assert [part["Halley-Notice"] for part in messages] == ["hello", *[None] * len(TEXTS), "end"]
    assert [part.get_payload(decode=True).decode() for part in messages[1:-1]] == TEXTS
    for part in messages:
        assert int(part["Content-Length"]) == len(part.get_payload(decode=True))
    assert server.await_exit(5) == 0


def test_data_that_holds_the_boundary_of_another_client_forges_no_part(server, topic):
    """Whoever may publish must not be able to speak as the server, also to clients that only look for boundaries."""
    with raw_parts(server, topic) as mine, raw_parts(server, topic) as other:
        assert mine.boundary != other.boundary
        forged = b"\r\n" + mine.delimiter + b"\r\nHalley-Notice: gap\r\n\r\n{}\r\n" + mine.delimiter + b"\r\n"
        publish(server, topic, data=forged, content_type="application/octet-stream")
        publish(server, topic, data="end")
        body = other.body.take_through(b"end\r\n" + other.delimiter)
    assert body.count(other.delimiter) == 2


def test_http_1_0_gets_the_same_without_chunks(server, topic):
    with parts(server, topic, version="1.0") as client:
        assert not client.headers.has("Transfer-Encoding")
        publish(server, topic, data="x")
        assert client.texts(1) == ["x"]


@pytest.mark.parametrize("padding", [1, 65536])
def test_padding(server, topic, padding):
    with PartClient(server.port, topic, padding=padding) as client:
        assert client.next_object()["hello"]["padding"] == " " * padding


@pytest.mark.parametrize("value", ["", "form-data", "Mixed", "mixed "])
def test_other_kinds_are_refused(server, topic, value):
    assert_refused(get(server, target("/stream", topic=topic, multipart=value)), 400, "parameter_invalid")
