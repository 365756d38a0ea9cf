"""The subprotocol halley.v1: commands on a live WebSocket."""

import json
import random
import re
from pathlib import Path

import pytest

from clients.commands import CommandClient
from clients.connection import EndOfStream
from clients.http import KEY
from clients.publishing import Publisher, held, post, publish, publish_all
from clients.ws import Opcode, WebSocketClient, handshake_headers, refused_handshake

PROTOCOL = Path(__file__).parents[1] / "docs" / "protocol.md"


@pytest.fixture
def client(server):
    with CommandClient(server.port) as client:
        yield client


def test_the_subprotocol_is_agreed_on_among_others(server, topic):
    offered = {"Sec-WebSocket-Protocol": "other, halley.v1, more"}
    with WebSocketClient(server.port, topic, headers=offered) as client:
        assert client.response.headers.get("Sec-WebSocket-Protocol") == "halley.v1"


@pytest.mark.parametrize("offered", ["halley.v2", "other, more", "HALLEY.V1"])
def test_another_subprotocol_is_not_answered(server, topic, offered):
    with WebSocketClient(server.port, topic, headers={"Sec-WebSocket-Protocol": offered}) as client:
        assert "Sec-WebSocket-Protocol" not in client.response.headers


def test_without_the_subprotocol_a_topic_is_needed(server):
    assert refused_handshake(server).json()["error"]["code"] == "topic_missing"


def test_raw_can_not_be_had_with_it(server, topic):
    headers = handshake_headers() | {"Sec-WebSocket-Protocol": "halley.v1"}
    refused = refused_handshake(server, topic, headers=headers, format="raw")
    assert (refused.status, refused.json()["error"]["code"]) == (400, "parameter_invalid")


def test_hello_has_a_cursor_and_who_the_client_is(client):
    assert list(client.hello) == ["cursor", "client", "secret"]
    assert re.fullmatch("[0-9a-f]{16}", client.hello["client"])


def test_a_topic_of_the_address_counts_at_once(server, topic):
    with CommandClient(server.port, topic) as client:
        publish(server, topic, data="1")
        assert client.next()["data"] == "1"


# Topics


def test_subscribe_from_now_on(server, client, topic):
    publish(server, topic, data="before")
    reply = client.subscribe(topic)
    assert list(reply) == ["topics", "cursor"] and reply["topics"] == [topic]
    assert client.next() == {"caughtUp": {"topics": [topic]}, "id": reply["cursor"]}
    id = publish(server, topic, data="after")
    message = client.next()
    assert (message["id"], message["data"]) == (id, "after")


def test_subscribe_with_a_cursor_catches_up(server, client, topics):
    ids = publish_all(server, topics[0], [str(number) for number in range(600)])
    reply = client.ok(subscribe=[{"topic": topics[0], "cursor": ids[99]}, {"topic": topics[1]}])
    assert reply["topics"] == topics[:2]
    assert client.next()["caughtUp"] == {"topics": [topics[1]]}
    assert client.next_data(500) == [str(number) for number in range(100, 600)]
    assert client.next()["caughtUp"] == {"topics": [topics[0]]}


def test_subscribe_to_what_is_gone_tells_the_gap(client, topic):
    other_log = "0123456789abcdef-7"
    client.subscribe(topic, cursor=other_log)
    gap = client.next()
    assert gap["gap"] == {"topics": [topic], "after": other_log, "reason": "epoch"}
    assert client.next()["caughtUp"] == {"topics": [topic]}


def test_words_for_cursors(server, client, topics):
    for topic in topics[:2]:
        publish_all(server, topic, ["1", "2", "3"])
    client.subscribe(topics[0], cursor="earliest")
    assert client.next_data(3) == ["1", "2", "3"]
    client.subscribe(topics[1], cursor="last:2")
    assert client.next_data(2) == ["2", "3"]


def test_unsubscribe_ends_it(server, client, topics):
    client.subscribe(*topics[:2])
    client.next()
    assert client.ok(unsubscribe=[topics[0]]) == {"topics": [topics[0]]}
    publish(server, topics[0], data="gone")
    publish(server, topics[1], data="here")
    assert client.next()["data"] == "here"


def test_a_topic_can_come_again_from_elsewhere(server, client, topic):
    ids = publish_all(server, topic, ["1", "2"])
    client.subscribe(topic)
    assert client.refused(subscribe=[{"topic": topic, "cursor": ids[0]}]) == "already_subscribed"
    client.ok(unsubscribe=[topic])
    client.subscribe(topic, cursor=ids[0])
    assert client.next_data(1) == ["2"]


def test_at_most_a_hundred_topics(client, topic):
    client.subscribe(*[f"{topic}-{number}" for number in range(60)])
    assert client.refused(subscribe=[{"topic": f"{topic}-{number}"} for number in range(60, 101)]) == "too_many_topics"
    client.subscribe(*[f"{topic}-{number}" for number in range(60, 100)])
    assert client.refused(subscribe=[{"topic": "one-more"}]) == "too_many_topics"
    client.ok(unsubscribe=[f"{topic}-0"])
    client.subscribe("one-more")


def test_the_last_id_is_the_cursor_of_all_topics(server, topics):
    """Topics join with cursors of their own and the connection is cut in the middle: nothing is lost or doubled."""
    random.seed(11)
    with Publisher(server.port) as publisher:
        published = {topic: [] for topic in topics[:4]}

        def go(count):
            for _ in range(count):
                topic = random.choice(topics[:4])
                published[topic].append(publisher.publish(topic, data=str(len(published[topic]))))

        go(200)
        got, cursor = {topic: [] for topic in topics[:4]}, None
        begins = {topic: random.choice(published[topic]) for topic in topics[:4]}
        joined = []

        def take(message):
            if "data" in message:
                got[message["topic"]].append(message["data"])

        def outstanding() -> int:
            ahead = [len(published[topic]) - published[topic].index(begins[topic]) - 1 for topic in joined]
            return sum(ahead) - sum(len(got[topic]) for topic in joined)

        for topic in topics[:4]:
            with CommandClient(server.port, *joined, **({"cursor": cursor} if joined else {})) as client:
                cursor = client.subscribe(topic, cursor=begins[topic])["cursor"]
                joined.append(topic)
                while client.others:
                    take(client.next())
                go(20)
                for _ in range(random.randrange(outstanding())):
                    message = client.next()
                    cursor = message["id"]
                    take(message)
        with CommandClient(server.port, *joined, cursor=cursor) as client:
            last = {topic: publisher.publish(topic, data="end") for topic in joined}
            while last:
                message = client.next()
                if message.get("data") == "end":
                    del last[message["topic"]]
                elif "data" in message:
                    got[message["topic"]].append(message["data"])
    for topic in joined:
        first = published[topic].index(begins[topic]) + 1
        assert got[topic] == [str(number) for number in range(first, len(published[topic]))]


# Publishing and reading


def test_publish(server, topic):
    with CommandClient(server.port, topic, access_token=KEY) as client:
        reply = client.ok(publish={"topic": topic, "event": "say", "data": {"a": [1]}})
        message = client.next()
    assert reply == {"id": message["id"]}
    assert (message["event"], message["data"]) == ("say", {"a": [1]})


def test_publish_needs_the_key_and_authenticate_shows_it(server, client, topic):
    assert client.refused(publish={"topic": topic, "data": "x"}) == "key_missing"
    assert client.refused(authenticate={"token": "guess"}) == "key_wrong"
    assert client.refused(publish={"topic": topic, "data": "x"}) == "key_missing"
    assert client.ok(authenticate={"token": KEY}) == {}
    client.ok(publish={"topic": topic, "data": "x"})
    assert held(server, topic) == ["x"]


def test_a_key_makes_a_repeat_safe_over_any_transport(server, client, topic):
    client.ok(authenticate={"token": KEY})
    publication = {"topic": topic, "data": "once", "key": topic}
    first = client.ok(publish=publication)
    assert client.ok(publish=publication) == first
    repeated = post(server, topic, data="once", headers={"Idempotency-Key": topic})
    assert repeated.json() == first
    assert client.refused(publish=publication | {"data": "other"}) == "idempotency_key_reused"
    assert held(server, topic) == ["once"]


def test_history(server, client, topics):
    ids = publish_all(server, topics[0], ["1", "2", "3"])
    page = client.ok(history={"topics": [topics[0]], "limit": 2})
    assert ([message["data"] for message in page["messages"]], page["cursor"]) == (["1", "2"], ids[1])
    page = client.ok(history={"topics": topics[:2], "cursor": page["cursor"]})
    assert [message["data"] for message in page["messages"]] == ["3"]


# What is wrong


BAD = {
    "[]": "command_invalid", "7": "command_invalid", "{": "json_invalid", "": "json_invalid", '{"id":1}': "command_unknown",
    '{"id":1,"launch":{}}': "command_unknown", '{"id":1,"ping":{},"history":{}}': "command_unknown",
    '{"ping":{}}': "command_invalid", '{"id":null,"ping":{}}': "command_invalid", '{"id":-1,"ping":{}}': "command_invalid",
    '{"id":{},"ping":{}}': "command_invalid", '{"id":"' + "x" * 63 + '","ping":{}}': "command_invalid",
    '{"id":1,"subscribe":"a"}': "command_invalid", '{"id":1,"subscribe":[]}': "command_invalid",
    '{"id":1,"subscribe":["a"]}': "command_invalid", '{"id":1,"subscribe":[{}]}': "topic_missing",
    '{"id":1,"subscribe":[{"topic":""}]}': "topic_invalid", '{"id":1,"subscribe":[{"topic":"$x"}]}': "topic_reserved",
    '{"id":1,"subscribe":[{"topic":"a"},{"topic":"a","cursor":"earliest"}]}': "cursor_invalid",
    '{"id":1,"subscribe":[{"topic":"a","cursor":"x"}]}': "cursor_invalid",
    '{"id":1,"subscribe":[{"topic":"a","cursor":7}]}': "command_invalid",
    '{"id":1,"unsubscribe":["a"]}': "not_subscribed", '{"id":1,"unsubscribe":[]}': "command_invalid",
    '{"id":1,"unsubscribe":[1]}': "command_invalid", '{"id":1,"publish":{}}': "command_invalid",
    '{"id":1,"publish":{"data":1}}': "topic_missing", '{"id":1,"publish":{"topic":"a"}}': "command_invalid",
    '{"id":1,"publish":{"topic":"a","data":1,"event":"connect"}}': "event_invalid",
    '{"id":1,"publish":{"topic":"a","data":1,"event":"error"}}': "event_invalid",
    '{"id":1,"publish":{"topic":"a","data":1,"event":"open"}}': "event_invalid",
    '{"id":1,"publish":{"topic":"a","data":"\\ud83d"}}': "json_invalid",
    '{"id":1,"subscribe":[{"topic":"\\ude00"}]}': "json_invalid",
    '{"id":1,"publish":{"topic":"a","data":1,"key":""}}': "idempotency_key_invalid",
    '{"id":1,"publish":{"topic":"a","data":"?","encoding":"base64"}}': "command_invalid",
    '{"id":1,"publish":{"topic":"a","data":' + "[" * 65 + "]" * 65 + "}}": "json_invalid",
    '{"id":1,"history":{}}': "topic_missing", '{"id":1,"history":{"topics":["a"],"limit":0}}': "parameter_invalid",
    '{"id":1,"history":{"topics":["a"],"limit":"1"}}': "parameter_invalid",
    '{"id":1,"presence":{}}': "topic_missing", '{"id":1,"presence":{"topic":"a","limit":1001}}': "parameter_invalid",
    '{"id":1,"authenticate":{}}': "key_missing", '{"id":1,"authenticate":{"token":1}}': "command_invalid",
}  # fmt: skip


@pytest.mark.parametrize("message", BAD, ids=lambda message: message[:50])
def test_a_bad_command_is_answered_and_the_connection_goes_on(client, message):
    client.say(message)
    reply = client.socket.json()
    assert list(reply) == ["reply", "error"]
    assert reply["error"]["code"] == BAD[message]
    assert reply["reply"] == (1 if message.startswith('{"id":1') else None)
    assert client.ok(ping={}) == {}


@pytest.mark.parametrize("id", ["0", '"a"', '"\\u00e9\\""', "18446744073709551616", '"' + "x" * 62 + '"'])
def test_an_id_comes_back_as_it_was(client, id):
    client.say('{"id":' + id + ',"ping":{}}')
    assert client.socket.message() == '{"reply":' + id + ',"ok":{}}'


def test_a_binary_message_breaks_the_protocol(client):
    client.socket.send(Opcode.BINARY, b'{"id":1,"ping":{}}')
    assert client.socket.await_opcode(Opcode.CLOSE).code == 1003


def test_rights_of_reading(start_server, topic):
    server = start_server("--rule", "secret: subscribe=key history=key", "--rule", "past: history=key")
    with CommandClient(server.port) as client:
        assert client.refused(subscribe=[{"topic": topic}, {"topic": "secret:1"}]) == "key_missing"
        assert client.refused(history={"topics": ["past:1"]}) == "key_missing"
        assert client.refused(presence={"topic": "secret:1"}) == "key_missing"
        client.subscribe(topic, "past:1")
        client.ok(authenticate={"token": KEY})
        client.subscribe("secret:1")


# Many at once


def test_every_command_of_a_flood_has_its_reply(client, topic):
    """Far more than are taken at once, without reading in between."""
    client.ok(authenticate={"token": KEY})
    for number in range(3000):
        client.say(json.dumps({"id": number, "publish": {"topic": topic, "data": "x" * 100}}))
    replies = [client.socket.json() for _ in range(3000)]
    assert [reply["reply"] for reply in replies] == list(range(3000))
    assert all("ok" in reply for reply in replies)


def test_a_client_that_takes_no_reply_holds_nothing(start_server, topic):
    server = start_server("--command-rate", "0")
    publish(server, topic, data="x" * 100_000)
    before = server.resident_bytes
    with CommandClient(server.port) as client:
        # A hundred replies of 1 MB each, if all were made at once.
        for number in range(8):
            publish(server, topic, data="x" * 100_000)
        for number in range(100):
            client.say(json.dumps({"id": number, "history": {"topics": [topic]}}))
        with CommandClient(server.port) as other:
            assert other.ok(ping={}) == {}
        assert server.resident_bytes - before < 48 << 20
        replies = [client.socket.json(timeout=30) for _ in range(100)]
        assert [reply["reply"] for reply in replies] == list(range(100))


def test_over_the_rate_is_an_error_and_no_end(start_server):
    server = start_server("--command-rate", "5", "--limit-loopback")
    with CommandClient(server.port) as client:
        for number in range(50):
            client.say(json.dumps({"id": number, "ping": {}}))
        replies = [client.socket.json() for _ in range(50)]
        assert [reply["reply"] for reply in replies] == list(range(50))
        refused = [reply["error"]["code"] for reply in replies if "error" in reply]
        assert refused and set(refused) == {"too_many_commands"} and "ok" in replies[0]


@pytest.mark.parametrize("message", ['{"id":1,"ping":{}}', '{"id":1,"subscribe":5}', "x", '{"id":1,"x":{}}'])
def test_whatever_comes_counts_and_who_goes_on_is_closed(start_server, message):
    server = start_server("--command-rate", "5", "--limit-loopback")
    with CommandClient(server.port) as client:
        for _ in range(300):
            client.say(message)
        codes = []
        while (frame := client.socket.frame()).opcode == Opcode.TEXT:
            codes.append(json.loads(frame.payload).get("error", {}).get("code"))
        assert frame.opcode == Opcode.CLOSE and frame.code == 1008
        assert codes.count("too_many_commands") == 100 and len(codes) < 200


def test_the_server_says_goodbye(start_server):
    server = start_server("--drain", "2")
    with CommandClient(server.port) as client:
        server.signal()
        with pytest.raises(EndOfStream, match="1001 retry="):
            client.next()


# What is written down


def examples() -> list[str]:
    text = PROTOCOL.read_text()
    section = text[text.index("## 11.") : text.index("## 12.")]
    return [line for block in re.findall(r"```json\n(.*?)```", section, re.S) for line in block.splitlines()]


def shape(value):
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_every_example_is_json():
    assert len(examples()) >= 18
    for line in examples():
        assert isinstance(json.loads(line), dict)


def test_the_examples_are_what_is_spoken(server):
    """Each command of the document is said, and its reply has the members that the document shows."""
    lines = [json.loads(line) for line in examples()]
    for topic in ["news", "chat", "sport"]:
        publish(server, topic, data="1", content_type="application/json")
    with CommandClient(server.port) as client:
        assert {"hello": shape(client.hello)} == next(shape(line) for line in lines if "hello" in line)
        client.ok(authenticate={"token": KEY})
        for line in lines:
            if "id" not in line or not set(line) - {"id"} <= {
                "subscribe", "unsubscribe", "publish", "history", "presence", "ping"
            }:  # fmt: skip
                continue
            said = dict(line)
            if "subscribe" in said:
                said["subscribe"] = [entry | ({"cursor": "last:1"} if "cursor" in entry else {}) for entry in said["subscribe"]]
            client.say(json.dumps(said))
            reply = client.reply(line["id"])
            expected = next(other for other in lines if other.get("reply") == line["id"])
            assert shape(reply) == shape(expected)
