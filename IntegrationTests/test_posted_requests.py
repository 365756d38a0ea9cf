"""POST at the transports: query items that don't fit into an address come in the body."""

import json
from urllib.parse import urlencode

import pytest

from clients.http import AUTHORIZED, HTTPClient, encode_chunked, target
from clients.polling import await_subscribers
from clients.publishing import publish, publish_all
from clients.refusal import assert_refused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
PATHS = ["/sse", "/stream", "/poll", "/longpoll"]
LIMIT = 128 << 10
every_path = pytest.mark.parametrize("path", PATHS)
both_types = pytest.mark.parametrize("kind", ["form", "json"])


def encoded(kind: str, **items) -> dict:
    """Headers and body; a list repeats its item."""
    items = {name: value for name, value in items.items() if value is not None}
    if kind == "form":
        return {"headers": FORM, "body": urlencode(items, doseq=True)}
    if "topic" in items:
        items["topics"] = items.pop("topic")
    return {"headers": JSON, "body": json.dumps(items)}


class Posted:
    """What a transport says to a POST: the data of publications, however it is framed."""

    def __init__(self, port: int, path: str, *, headers=None, body=None, query=None, version="1.1"):
        self.path, self.http = path, HTTPClient(port)
        self.http.send("POST", target(path, **(query or {})), headers=headers, body=body, version=version)
        self.head = self.http.head()
        while self.head.status == 100:
            self.head = self.http.head()
        self.lines = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.connection.close()

    def data(self, count: int) -> list:
        assert self.head.status == 200, self.http.body(self.head.headers)
        if self.path in ("/poll", "/longpoll"):
            return [message["data"] for message in json.loads(self.http.body(self.head.headers))["messages"]]
        got = []
        while len(got) < count:
            got += self._data_of(self.http.connection.take_through(b"\n").decode().strip())
        return got

    def _data_of(self, line: str) -> list:
        if self.path == "/sse":
            return [line.removeprefix("data: ")] if line.startswith("data: ") else []
        if not line.startswith("{"):
            return []
        value = json.loads(line)
        return [value["data"]] if "data" in value else []

    def refused(self, status: int, *codes: str):
        self.head.body = self.http.body(self.head.headers)
        return assert_refused(self.head, status, *codes)


@every_path
@both_types
def test_what_the_query_says_may_be_said_in_the_body(server, topics, path, kind):
    a, b = topics[:2]
    for topic in (a, b):
        publish_all(server, topic, [f"{topic} 1", f"{topic} 2"])
    with Posted(server.port, path, **encoded(kind, topic=[a, b], cursor="last:1")) as posted:
        assert posted.data(2) == [f"{a} 2", f"{b} 2"]


@every_path
@both_types
def test_a_hundred_topics_of_any_length(server, topic, path, kind):
    names = [f"{topic}-{index:03}-".ljust(200, "x") + "ü" * 20 for index in range(100)]
    id = publish(server, names[0], data="before")
    publish(server, names[99], data="after")
    with Posted(server.port, path, **encoded(kind, topic=names, cursor=id)) as posted:
        assert posted.data(1) == ["after"]
    with Posted(server.port, path, **encoded(kind, topic=[*names, "one-more"])) as posted:
        posted.refused(400, "too_many_topics")


@every_path
@both_types
def test_the_topics_of_address_and_body_count_together(server, topics, path, kind):
    a, b = topics[:2]
    publish(server, a, data="a")
    publish(server, b, data="b")
    publish(server, a, b, data="both")
    said = encoded(kind, topic=[b, b], cursor="earliest")
    with Posted(server.port, path, query={"topic": [a, b]}, **said) as posted:
        assert posted.data(3) == ["a", "b", "both"]
    with Posted(server.port, path, query={"topic": [a], "cursor": "last:1"}, **encoded(kind, topic=b)) as posted:
        assert set(posted.data(1)) <= {"b", "both"}


@every_path
@both_types
def test_what_is_said_twice_must_be_the_same(server, topic, path, kind):
    publish_all(server, topic, ["1", "2"])
    query = {"topic": topic, "cursor": "earliest"}
    with Posted(server.port, path, query=query, **encoded(kind, cursor="earliest")) as posted:
        assert posted.data(2) == ["1", "2"]
    with Posted(server.port, path, query=query, **encoded(kind, cursor="last:1")) as posted:
        error = posted.refused(400, "parameter_invalid")
        assert "cursor" in error["message"]


@every_path
def test_the_query_alone_is_enough(server, topic, path):
    publish(server, topic, data="x")
    for headers, body in [({}, None), ({}, ""), (FORM, ""), (JSON, "{}")]:
        query = {"topic": topic, "cursor": "earliest"}
        with Posted(server.port, path, headers=headers, body=body, query=query) as posted:
            assert posted.data(1) == ["x"]


@every_path
def test_the_body_may_come_in_chunks_and_late(server, topic, path):
    publish(server, topic, data="x")
    body = urlencode({"topic": topic, "cursor": "earliest"}).encode()
    chunked = FORM | {"Transfer-Encoding": "chunked"}
    pieces = encode_chunked(*(body[index : index + 1] for index in range(len(body))))
    with Posted(server.port, path, headers=chunked, body=pieces) as posted:
        assert posted.data(1) == ["x"]
    with HTTPClient(server.port) as client:
        client.send("POST", path, headers=FORM | {"Content-Length": len(body), "Expect": "100-continue"})
        assert client.head().status == 100
        client.connection.send(body)
        assert client.head().status == 200


def test_an_old_client_gets_a_stream_without_chunks(server, topic):
    publish(server, topic, data="x")
    said = encoded("form", topic=topic, cursor="earliest")
    with Posted(server.port, "/sse", version="1.0", **said) as posted:
        assert not posted.head.headers.has("Transfer-Encoding")
        assert posted.data(1) == ["x"]


@every_path
def test_the_header_of_the_last_event_wins(server, topic, path):
    ids = publish_all(server, topic, ["1", "2", "3"])
    said = encoded("json", topic=topic, cursor="earliest")
    said["headers"] = JSON | {"Last-Event-ID": ids[1]}
    with Posted(server.port, path, **said) as posted:
        assert posted.data(1) == ["3"]


@every_path
def test_the_key_may_be_in_the_body(start_server, path):
    server = start_server("--rule", "closed subscribe=key history=key")
    publish(server, "closed", data="x")
    for key, status in [(None, 401), ("wrong", 403), ("test-key", 200)]:
        said = encoded("form", topic="closed", cursor="earliest", access_token=key)
        with Posted(server.port, path, **said) as posted:
            assert posted.head.status == status
    assert "test-key" not in server.log


BAD = {
    "text": ({"Content-Type": "text/plain"}, "topic=a", 415, "content_type_unsupported"),
    "no type": ({}, "topic=a", 415, "content_type_unsupported"),
    "multipart": ({"Content-Type": "multipart/form-data; boundary=x"}, "x", 415, "content_type_unsupported"),
    "charset": ({"Content-Type": "application/json; charset=latin1"}, "{}", 415, "charset_unsupported"),
    "no topic": (FORM, "", 400, "topic_missing"),
    "no JSON": (JSON, "topic=a", 400, "json_invalid"),
    "no object": (JSON, '["a"]', 400, "json_invalid"),
    "half a character": (JSON, '{"topic":"\\ud83d"}', 400, "json_invalid"),
    "not UTF-8": (FORM, b"topic=\xff", 400, "text_invalid"),
    "a number": (JSON, '{"topics":[1]}', 400, "parameter_invalid"),
    "reserved": (JSON, '{"topic":"$x"}', 400, "topic_reserved"),
    "cursor": (JSON, '{"topic":"a","cursor":"x"}', 400, "cursor_invalid"),
}


@every_path
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_and_the_connection_goes_on(server, path, case):
    headers, body, status, code = BAD[case]
    with HTTPClient(server.port) as client:
        response = client.request("POST", path, headers=headers, body=body)
        assert_refused(response, status, code)
        assert (status == 415) <= (code != "content_type_unsupported" or "json" in response.headers.get("Accept"))
        assert client.request("GET", "/healthz").status == 200


@every_path
@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
def test_the_body_has_a_limit_of_its_own(server, topic, path, size):
    body = urlencode({"topic": topic, "cursor": "earliest", "x": ""})
    publish(server, topic, data="x")
    with Posted(server.port, path, headers=FORM, body=body.ljust(size, "x")) as posted:
        if size > LIMIT:
            assert str(LIMIT) in posted.refused(413, "body_too_large")["message"]
        else:
            assert posted.data(1) == ["x"]


@every_path
@both_types
def test_pages_of_other_origins_need_leave(start_server, topic, path, kind):
    server = start_server("--allow-origin", "https://friend.test")
    publish(server, topic, data="x")
    said = encoded(kind, topic=topic, cursor="earliest")
    for origin, status in [("https://friend.test", 200), ("https://foe.test", 403), ("null", 403)]:
        headers = said["headers"] | {"Origin": origin}
        with Posted(server.port, path, headers=headers, body=said["body"]) as posted:
            assert posted.head.status == status
            if status == 403:
                posted.refused(403, "origin_refused")
            else:
                assert posted.head.headers.get("Access-Control-Allow-Origin") == origin


@every_path
def test_a_page_may_ask_before(start_server, path):
    server = start_server("--allow-origin", "https://friend.test")
    asked = {
        "Origin": "https://friend.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "cache-control,content-type",
    }
    with HTTPClient(server.port) as client:
        response = client.request("OPTIONS", path, headers=asked)
    assert response.status == 204
    assert "POST" in response.headers.get("Access-Control-Allow-Methods").split(", ")
    allowed = response.headers.get("Access-Control-Allow-Headers").lower().split(", ")
    assert {"cache-control", "content-type", "last-event-id", "authorization"} <= set(allowed)


def test_a_posted_poll_has_no_tag(server, topic):
    publish(server, topic, data="x")
    said = encoded("form", topic=topic)
    with HTTPClient(server.port) as client:
        tag = client.request("GET", target("/poll", topic=topic)).headers.get("ETag")
        for known in (tag, "*"):
            headers = said["headers"] | {"If-None-Match": known}
            response = client.request("POST", "/poll", headers=headers, body=said["body"])
            assert (response.status, response.headers.has("ETag")) == (200, False)


def test_a_held_poll_is_answered_by_what_comes(server, topic):
    publish(server, topic, data="before")
    said = encoded("json", topic=topic, timeout=30)
    with HTTPClient(server.port) as client:
        client.send("POST", "/longpoll", **said)
        # Behind it in the same connection: it is answered first, and the connection goes on.
        client.send("GET", "/healthz")
        await_subscribers(server, topic, 1)
        id = publish(server, topic, data="x")
        assert [message["id"] for message in client.response().json()["messages"]] == [id]
        assert client.response().text == "ok"


def test_the_other_paths_take_no_such_post(server, topic):
    with HTTPClient(server.port) as client:
        for path in ("/ws", "/iframe", "/history", "/presence"):
            response = client.request("POST", path, headers=FORM | AUTHORIZED, body=f"topic={topic}")
            assert_refused(response, 405, "method_not_allowed")
            assert "POST" not in response.headers.get("Allow")
