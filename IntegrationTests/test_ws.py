"""Messages and notices over WebSocket, read by a foreign client."""

import base64
import contextlib
import json

import pytest
from websockets.sync.client import connect

from clients.http import HTTPClient, target
from clients.publishing import Publisher, publish, publish_all
from clients.sse import subscribe
from clients.ws import WebSocketClient, ping_round_trip


@contextlib.contextmanager
def socket(server, *topics: str, headers=None, **query):
    address = f"ws://127.0.0.1:{server.port}" + target("/ws", topic=list(topics), **query)
    with connect(address, open_timeout=15, additional_headers=headers, max_size=None) as client:
        yield client


def receive(client) -> dict:
    return json.loads(client.recv(timeout=15))


def test_a_message_is_an_envelope(server, topic):
    with socket(server, topic) as client:
        id = publish(server, topic, data='{"score":[2,1]}', content_type="application/json", event="goal")
        message = receive(client)
    assert list(message) == ["id", "topic", "event", "data", "time"]
    assert (message["id"], message["topic"], message["event"]) == (id, topic, "goal")
    assert message["data"] == {"score": [2, 1]}


def test_an_envelope_is_a_text_message_also_for_binary(server, topic):
    with socket(server, topic) as client:
        publish(server, topic, data=b"\xff", content_type="image/png")
        message = receive(client)
    assert list(message) == ["id", "topic", "event", "data", "encoding", "type", "time"]
    assert (message["data"], message["encoding"]) == (base64.b64encode(b"\xff").decode(), "base64")


def test_raw_is_the_bare_data(server, topic):
    with socket(server, topic, format="raw") as client, Publisher(server.port) as publisher:
        publisher.publish(topic, data="grün\n🦅")
        publisher.publish(topic, data='{"a": 1}', content_type="application/json")
        publisher.publish(topic, data=b"\x00\xff", content_type="application/octet-stream")
        publisher.publish(topic, data="")
        assert [client.recv(timeout=15) for _ in range(4)] == ["grün\n🦅", '{"a": 1}', b"\x00\xff", ""]


@pytest.mark.parametrize("format", ["raw", "envelope"])
def test_hello_comes_first(server, topic, format):
    with socket(server, topic, hello="1", format=format) as client:
        hello = receive(client)
        assert list(hello) == ["hello"] and list(hello["hello"]) == ["cursor"]
        publish(server, topic, data="1")
    with socket(server, topic, cursor=hello["hello"]["cursor"], format="raw") as client:
        assert client.recv(timeout=15) == "1"


def test_with_hello_a_heartbeat_moves_the_cursor(start_server, topics):
    server = start_server("--heartbeat", "0.2")
    with socket(server, topics[0], hello="1") as client:
        receive(client)
        elsewhere = publish(server, topics[1], data="x")
        while (notice := receive(client)) != {"cursor": elsewhere}:
            assert list(notice) == ["cursor"]


@pytest.mark.parametrize("way", ["query", "header"])
def test_a_client_comes_back_with_its_cursor(server, topic, way):
    ids = publish_all(server, topic, ["1", "2", "3"])
    options = {"cursor": ids[0]} if way == "query" else {"headers": {"Last-Event-ID": ids[0]}, "cursor": "earliest"}
    with socket(server, topic, **options) as client:
        publish(server, topic, data="4")
        assert [receive(client)["data"] for _ in range(3)] == ["2", "3", "4"]


def test_a_client_changes_from_sse_and_loses_nothing(server, topic):
    with subscribe(server, topic) as client:
        publish_all(server, topic, ["1", "2"])
        client.next_event()
        last = client.last_event_id
    with socket(server, topic, cursor=last, format="raw") as client:
        publish(server, topic, data="3")
        assert [client.recv(timeout=15) for _ in range(2)] == ["2", "3"]


def test_last_n(server, topic):
    publish_all(server, topic, ["1", "2", "3"])
    with socket(server, topic, cursor="last:2", format="raw") as client:
        assert [client.recv(timeout=15) for _ in range(2)] == ["2", "3"]


@pytest.mark.parametrize("format", ["raw", "envelope"])
def test_a_gap_is_told_before_what_is_held(start_server, topic, format):
    server = start_server("--rule", "default count=2")
    ids = publish_all(server, topic, ["1", "2", "3", "4"])
    with socket(server, topic, cursor=ids[0], format=format) as client:
        notice = receive(client)
        assert list(notice) == ["gap", "id"]
        assert notice["gap"] == {"topics": [topic], "after": ids[0], "reason": "evicted"}
        messages = [client.recv(timeout=15) for _ in range(2)]
    assert [message if format == "raw" else json.loads(message)["data"] for message in messages] == ["3", "4"]
    with socket(server, topic, cursor=notice["id"], format="raw") as client:
        assert [client.recv(timeout=15) for _ in range(2)] == ["3", "4"]


def test_a_malformed_header_is_a_gap(server, topic):
    publish(server, topic, data="1")
    with socket(server, topic, headers={"Last-Event-ID": "nonsense"}) as client:
        assert receive(client)["gap"]["reason"] == "malformed"
        assert receive(client)["data"] == "1"


def test_topics_with_cursors_of_their_own(server, topics):
    a, b = topics[:2]
    ids = publish_all(server, a, ["a1", "a2"])
    publish_all(server, b, ["b1", "b2"])
    with socket(server, a, b, cursor=[ids[0], "earliest"]) as client:
        got = []
        while len(got) < 3:
            message = receive(client)
            got += [message["data"]] if "caughtUp" not in message else []
    assert sorted(got) == ["a2", "b1", "b2"] and got.index("b1") < got.index("b2")


def test_a_publication_in_several_topics_arrives_once(server, topics):
    with socket(server, *topics[:3], format="raw") as client, Publisher(server.port) as publisher:
        publisher.publish(*topics[:3], data="all")
        publisher.publish(topics[0], data="end")
        assert [client.recv(timeout=15) for _ in range(2)] == ["all", "end"]


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, 300_000, 1 << 20])
def test_messages_of_all_lengths(server, topic, size):
    data = bytes(index & 0xFF for index in range(size))
    with WebSocketClient(server.port, topic, format="raw") as client:
        publish(server, topic, data=data, content_type="application/octet-stream")
        assert client.message() == data


def test_messages_of_the_client_are_passed_over(server, topic):
    with socket(server, topic, format="raw") as client:
        for message in ["text", b"\x00" * 1000, ["frag", "ments"], ""]:
            client.send(message)
        publish(server, topic, data="x")
        assert client.recv(timeout=15) == "x"


def test_any_request_of_a_connection_may_become_a_websocket(server, topic):
    http = HTTPClient(server.port)
    assert [http.request("GET", "/healthz").status for _ in range(2)] == [200, 200]
    with WebSocketClient(server.port, topic, http=http, format="raw") as client:
        publish(server, topic, data="x")
        assert client.message() == "x"
        ping_round_trip(client)
