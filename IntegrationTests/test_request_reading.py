"""How requests are read, the same in every way in: names, cursors, and what is as if it were left out."""

import json

import pytest

from clients.commands import CommandClient
from clients.http import AUTHORIZED, HTTPClient, get, request, target
from clients.polling import data_of
from clients.publishing import held, history, post_batch, publish, publish_all
from clients.refusal import assert_refused
from clients.sse import subscribe
from clients.ws import WebSocketClient, refused_handshake

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def commands(server):
    with CommandClient(server.port) as client:
        client.ok(authenticate={"token": "test-key"})
        yield client


# Publishing


def test_topic_and_topics_are_put_together(server, commands, topics):
    a, b, c = topics[:3]
    assert post_batch(server, [{"topic": a, "topics": [b, a], "data": "1"}]).status == 200
    commands.ok(publish={"topic": b, "topics": [c], "data": "2"})
    assert [held(server, topic) for topic in (a, b, c)] == [["1"], ["1", "2"], ["2"]]
    assert history(server, b)["messages"][0]["topic"] == a


CLOSED = "closed"
BAD_ENTRIES = [
    ({"topic": CLOSED, "data": "x"}, CLOSED, 401),
    ({"topic": "open:b", "topics": [CLOSED], "data": "x"}, CLOSED, 401),
    ({"topic": "open:b", "topics": ["$server"], "data": "x"}, "$server", 400),
    ({"topics": ["open:b", "open:" + "y" * 255], "data": "x"}, "open:yyy", 400),
]


@pytest.fixture(scope="module")
def partly_open(start_module_server):
    return start_module_server("--rule", "open: publish=everyone")


@pytest.mark.parametrize(("entry", "name", "status"), BAD_ENTRIES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_batch_is_refused_whole_and_says_which_topic(partly_open, topic, entry, name, status, place):
    good = {"topic": f"open:{topic}", "data": "good"}
    entries = [good, good]
    entries.insert(place, entry)
    error = assert_refused(post_batch(partly_open, entries, key=None), status)
    assert name in error["message"] and "Nothing of the batch" in error["message"]
    assert held(partly_open, f"open:{topic}") == []
    assert held(partly_open, "open:b") == []


@pytest.mark.parametrize(("entry", "name", "status"), BAD_ENTRIES)
def test_a_publication_of_several_topics_is_refused_whole(partly_open, entry, name, status):
    with CommandClient(partly_open.port) as client:
        reply = client.reply(client.send(publish=entry))
    assert name in reply["error"]["message"]
    assert held(partly_open, "open:b") == []


HALF = "\\ud83d"


def half_in(server, way: str, topic: str) -> str:
    """Publishes with half of a character somewhere; the code of the refusal."""
    if way.startswith("command"):
        place = way.removeprefix("command ")
        entry = {"topic": topic, "event": "e", "data": "x"} | {place: "HALF"}
        with CommandClient(server.port, access_token="test-key") as client:
            client.say(json.dumps({"id": 1, "publish": entry}).replace("HALF", HALF))
            return client.reply(1)["error"]["code"]
    body, path, type = {
        "batch topic": ('{"publications":[{"topic":"' + HALF + '","data":1}]}', "/publish", "application/json"),
        "batch event": (
            '{"publications":[{"topic":"%s","event":"%s","data":1}]}' % (topic, HALF), "/publish", "application/json"
        ),
        "batch text": ('{"publications":[{"topic":"%s","data":"%s"}]}' % (topic, HALF), "/publish", "application/json"),
        "batch JSON": (
            '{"publications":[{"topic":"%s","data":["%s"]}]}' % (topic, HALF), "/publish", "application/json"
        ),
        "JSON": (f'"{HALF}"', target("/publish", topic=topic), "application/json"),
        "text": (b"\xed\xa0\xbd", target("/publish", topic=topic), "text/plain"),
        "form": (b"\xed\xa0\xbd", target("/publish", topic=topic), "application/x-www-form-urlencoded"),
        "query topic": ("x", f"/publish?topic={topic}%ED%A0%BD", "text/plain"),
        "query event": ("x", f"/publish?topic={topic}&event=%ED%A0%BD", "text/plain"),
    }[way]  # fmt: skip
    response = request(server, "POST", path, headers=AUTHORIZED | {"Content-Type": type}, body=body)
    return assert_refused(response, 400)["code"]


HALVES = {
    "batch topic": "json_invalid", "batch event": "json_invalid", "batch text": "json_invalid",
    "batch JSON": "json_invalid", "JSON": "json_invalid", "text": "text_invalid", "form": "text_invalid",
    "query topic": "topic_invalid", "query event": "parameter_invalid", "command topic": "json_invalid",
    "command event": "json_invalid", "command data": "json_invalid",
}  # fmt: skip


@pytest.mark.parametrize("way", HALVES)
def test_half_a_character_is_refused_in_every_way_in(server, topic, way):
    assert half_in(server, way, topic) == HALVES[way]
    assert held(server, topic) == [] and held(server, "\ufffd") == []


def test_whole_characters_are_taken_however_they_are_written(server, commands, topic):
    name = topic + "😀"
    escaped = json.dumps(name)
    assert "\\ud83d\\ude00" in escaped
    body = f'{{"publications":[{{"topic":{escaped},"data":{escaped}}}]}}'
    assert request(server, "POST", "/publish", headers=AUTHORIZED | JSON, body=body).status == 200
    commands.ok(publish={"topic": name, "data": [name]})
    assert held(server, name) == [name, [name]]


def test_null_is_as_if_it_were_left_out(server, commands, topic):
    nothing = dict.fromkeys(["event", "type", "encoding", "topics"])
    assert post_batch(server, [nothing | {"topic": topic, "data": "1"}]).status == 200
    commands.ok(publish=nothing | {"topic": topic, "data": None, "key": None})
    messages = commands.ok(history={"topics": [topic], "cursor": None, "limit": None})["messages"]
    assert [(message["event"], message["data"]) for message in messages] == [("message", "1"), ("message", None)]
    commands.ok(subscribe=[{"topic": topic, "cursor": None}])
    publish(server, topic, data="3")
    assert commands.next_data(1) == ["3"]


# Reading


# Each first gives nothing, when it has begun, and then data.


def sse(server, topic, **query):
    with subscribe(server, *topic, **query) as client:
        yield
        while True:
            yield client.next_event().data


def websocket(server, topic, **query):
    with WebSocketClient(server.port, *topic, hello=1, **query) as client:
        assert "hello" in client.json()
        yield
        while True:
            yield client.json()["data"]


def lines(server, **query):
    with HTTPClient(server.port) as client:
        client.send("GET", target("/stream", **query), version="1.0")
        assert client.head().status == 200
        assert b"hello" in client.connection.take_through(b"\n")
        yield
        while True:
            yield json.loads(client.connection.take_through(b"\n"))["data"]


def answers(path):
    def read(server, **query):
        yield
        yield from data_of(get(server, target(path, **query)).json())

    return read


STREAMS = {"/sse": sse, "/ws": websocket, "/stream": lines}
READERS = STREAMS | {path: answers(path) for path in ("/poll", "/longpoll", "/history")}
LAST = ["lastEventId", "lastEventID"]
every_reader = pytest.mark.parametrize("path", READERS)


def read(server, path: str, count: int, *topics: str, **query) -> list:
    """So much from a stream; from an answer all that there is."""
    reader = READERS[path](server, topic=topics, **query)
    next(reader)
    got = [next(reader) for _ in range(count)] if path in STREAMS else list(reader)
    reader.close()
    return got


@every_reader
def test_a_topic_that_is_named_twice_counts_once(server, topics, path):
    a, b = topics[:2]
    publish_all(server, a, ["1", "2"])
    publish(server, b, a, b, data="3")
    assert read(server, path, 3, a, b, a, cursor="earliest") == ["1", "2", "3"]
    each = ["last:1", "earliest", "last:1"]
    assert read(server, path, 1, a, b, a, cursor=each) == ["3"]


@every_reader
def test_a_topic_can_not_begin_at_two_places(server, topic, path):
    cursor = ["last:1", "earliest"]
    if path == "/ws":
        response = refused_handshake(server, topic, topic, cursor=cursor)
    else:
        response = get(server, target(path, topic=[topic, topic], cursor=cursor))
    assert topic in assert_refused(response, 400, "cursor_invalid")["message"]


def test_topics_that_are_named_twice_elsewhere(server, commands, topic):
    with subscribe(server, topic, topic, topic):
        members = get(server, target("/presence", topic=[topic, topic])).json()
    assert (members["topic"], members["count"]) == (topic, 1)
    reply = commands.ok(subscribe=[{"topic": topic}, {"topic": topic}])
    assert reply["topics"] == [topic]
    publish(server, topic, topic, data="once")
    assert commands.next_data(1) == ["once"]
    assert data_of(commands.ok(history={"topics": [topic, topic]})) == ["once"]
    assert commands.ok(unsubscribe=[topic, topic])["topics"] == [topic]
    with HTTPClient(server.port) as client:
        deleted = client.request("DELETE", target("/history", topic=[topic, topic]), headers=AUTHORIZED)
    assert deleted.json() == {"deleted": 1}


@every_reader
@pytest.mark.parametrize("name", ["cursor", *LAST])
def test_an_empty_cursor_is_none(server, topic, path, name):
    publish_all(server, topic, ["1", "2"])
    held = {"/poll": ["2"], "/history": ["1", "2"], "/longpoll": []}
    timeout = {"timeout": 1} if path == "/longpoll" else {}
    reader = READERS[path](server, topic=[topic], **{name: ""}, **timeout)
    next(reader)
    if path in STREAMS:
        publish(server, topic, data="3")
        assert next(reader) == "3"
    else:
        assert list(reader) == held[path]
    reader.close()


@every_reader
@pytest.mark.parametrize("name", LAST)
def test_the_last_id_in_the_address(server, topic, path, name):
    ids = publish_all(server, topic, ["1", "2", "3"])
    assert read(server, path, 1, topic, cursor="earliest", **{name: ids[1]}) == ["3"]
    # A polyfill puts the newest behind what the page gave it.
    assert read(server, path, 1, topic, **{name: [ids[0], ids[1]]}) == ["3"]
    assert read(server, path, 2, topic, cursor=ids[0], **{name: ""}) == ["2", "3"]


def test_the_header_wins_over_the_last_id_in_the_address(server, topic):
    ids = publish_all(server, topic, ["1", "2", "3"])
    with subscribe(server, topic, last_event_id=ids[1], lastEventId=ids[0], cursor="earliest") as client:
        assert client.texts(1) == ["3"]


def test_a_last_id_that_is_none_is_a_gap(server, topic):
    publish(server, topic, data="x")
    for name in LAST:
        with subscribe(server, topic, **{name: "nonsense"}) as client:
            gap = client.next_event()
            assert (gap.event, gap.json()["reason"]) == ("halley:gap", "malformed")
            assert client.texts(1) == ["x"]


# Coming back with the id of a message


@pytest.mark.parametrize("way", ["/poll", "/history", "command"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_id_of_each_message_is_a_cursor(server, commands, topics, way, limit):
    """Topics that begin at different places: what was not owed does not come by coming back."""
    names = topics[:3]
    ids = {name: [] for name in names}
    for number in range(12):
        name = names[number % 3]
        ids[name].append(publish(server, name, data=f"{name} {number}"))
    publish(server, *names, data="all")
    starts = {names[0]: 1, names[1]: 3, names[2]: 2}
    owed = [
        f"{name} {number}" for number in range(12) if number // 3 > starts[name := names[number % 3]]
    ] + ["all"]

    def page(cursor, limit=limit) -> dict:
        if way == "command":
            assert isinstance(cursor, str)
            return commands.ok(history={"topics": names, "cursor": cursor, "limit": limit})
        return get(server, target(way, topic=names, cursor=cursor, limit=limit)).json()

    # A command takes one cursor for all: that of a page of nothing but the starts.
    first = [ids[name][starts[name]] for name in names]
    begin = get(server, target("/history", topic=names, cursor=first, limit=1)).json()
    got, cursors, cursor = [begin["messages"][0]["data"]], [begin["messages"][0]["id"]], begin["cursor"]
    while messages := (document := page(cursor))["messages"]:
        assert messages[-1]["id"] == document["cursor"]
        got += [message["data"] for message in messages]
        cursors += [message["id"] for message in messages]
        cursor = document["cursor"]
    assert got == owed
    for index, cursor in enumerate(cursors):
        assert data_of(page(cursor, limit=100)) == owed[index + 1 :], f"after {owed[index]}"


@every_reader
def test_an_id_of_a_poll_is_a_cursor_everywhere(server, topics, path):
    a, b = topics[:2]
    ids = publish_all(server, b, ["b1", "b2", "b3"])
    first = publish(server, a, data="a1")
    more = publish_all(server, b, ["b4", "b5"])
    publish(server, a, data="a2")
    document = get(server, target("/poll", topic=[a, b], cursor=[ids[0], more[0]])).json()
    assert data_of(document) == ["a1", "b5", "a2"]
    assert read(server, path, 2, a, b, cursor=document["messages"][0]["id"]) == ["b5", "a2"]
    assert first != document["messages"][0]["id"]


# What browsers ask before


@pytest.mark.parametrize("path", ["/sse", "/poll", "/publish", "/history", "/presence"])
def test_cache_control_is_allowed(start_server, path):
    server = start_server("--allow-origin", "https://friend.test")
    asked = {"Origin": "https://friend.test", "Access-Control-Request-Headers": "cache-control"}
    response = request(server, "OPTIONS", path, headers=asked)
    assert "cache-control" in response.headers.get("Access-Control-Allow-Headers").lower().split(", ")


def test_with_hello_every_block_has_data(start_server, topic):
    """For clients that report events without data, too."""
    server = start_server("--heartbeat", "0.1")
    with subscribe(server, topic, hello=1) as client:
        publish(server, topic, data="x")
        blocks = [client.first, *(client.next_block() for _ in range(5))]
    assert all(block.data is not None for block in blocks)
    assert {block.event for block in blocks} == {"halley:hello", "halley:cursor", "message"}
