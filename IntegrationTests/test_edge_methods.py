"""HEAD and OPTIONS at every path: what GET would say, without a body, and the connection goes on."""

import re

import pytest

from clients.http import AUTHORIZED, HTTPClient, Response, target
from clients.pipeline import assert_lives, question
from clients.publishing import publish
from clients.refusal import assert_refused

TOPIC = "methods"

# Each path of the protocol, good and refused; `{cursor}` is one of the topic.
WHOLE = {
    "/healthz": {},
    "/readyz": {},
    "/nope": {},
    "/": {},
    "/page.js": {},
    "/page.css": {},
    "/history": {},
    f"/history?topic={TOPIC}": {},
    f"/history?topic={TOPIC}&limit=1": {},
    f"/history?topic={TOPIC}&cursor=-": {},
    "/topics": {},
    "/topics?limit=1": AUTHORIZED,
    "/topics?limit=0": AUTHORIZED,
    "/presence": {},
    f"/presence?topic={TOPIC}": {},
    f"/presence?topic={TOPIC}&limit=x": {},
    "/poll": {},
    f"/poll?topic={TOPIC}": {},
    f"/poll?topic={TOPIC}&callback=f": {},
    f"/poll?topic={TOPIC}&callback=eval": {},
    f"/poll?topic={TOPIC}&cursor={{cursor}}": {"If-None-Match": "*"},
    f"/longpoll?topic={TOPIC}&cursor=earliest": {},
    f"/longpoll?topic={TOPIC}&timestamp=0": {},
    f"/longpoll?topic={TOPIC}&timeout=0": {},
    "/longpoll": {},
    "/sse": {},
    "/stream": {},
    "/iframe": {},
    f"/iframe?topic={TOPIC}&callback=1": {},
    f"/stream?topic={TOPIC}&padding=-1": {},
    "/ws": {},
    f"/ws?topic={TOPIC}": {},
}
ENDLESS = {
    f"/sse?topic={TOPIC}": {},
    f"/stream?topic={TOPIC}": {},
    f"/stream?topic={TOPIC}&multipart=mixed": {},
    f"/stream?topic={TOPIC}&multipart=x-mixed-replace": {},
    f"/iframe?topic={TOPIC}&callback=f": {},
    f"/iframe?topic={TOPIC}&callback=postMessage": {},
    f"/sse?topic={TOPIC}&hello=1": {"Origin": "https://a.test"},
}
# Who waits for what may come would wait.
HELD = {f"/longpoll?topic={TOPIC}": {}, f"/longpoll?topic={TOPIC}&callback=f": {}}


@pytest.fixture(scope="module")
def own(start_module_server):
    server = start_module_server("--demo")
    server.cursor = publish(server, TOPIC, data="x" * 500)
    return server


def comparable(response: Response) -> list[tuple[str, str]]:
    """In their order, without what is another one each time."""
    return [(name, re.sub(r"nonce-[^']+|boundary=\S+", "…", value)) for name, value in response.headers]


def without(pairs: list[tuple[str, str]], *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in pairs if name.lower() not in names]


@pytest.mark.parametrize(("path", "headers"), WHOLE.items(), ids=WHOLE.keys())
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_head_is_get_without_a_body(own, path, headers, version):
    path, headers = path.format(cursor=own.cursor), headers | {"Connection": "keep-alive"}
    with HTTPClient(own.port) as client:
        full = client.request("GET", path, headers=headers, version=version)
        head = client.request("HEAD", path, headers=headers, version=version)
        assert (head.status, comparable(head)) == (full.status, comparable(full))
        assert head.status == 304 or int(head.headers.get("Content-Length")) == len(full.body) > 0
        assert_lives(client)


@pytest.mark.parametrize(("path", "headers"), ENDLESS.items(), ids=ENDLESS.keys())
def test_the_head_of_what_has_no_end_is_that_of_get(own, path, headers):
    with HTTPClient(own.port) as client, HTTPClient(own.port) as other:
        client.send("GET", path, headers=headers)
        full = client.head()
        head = other.request("HEAD", path, headers=headers)
        # How the body is framed need not be said where there is none (RFC 9110 §9.3.2).
        framing = ("transfer-encoding", "content-length", "connection")
        assert (head.status, without(comparable(head), *framing)) == (200, without(comparable(full), *framing))
        assert not head.headers.has("Content-Length")
        assert_lives(other)


@pytest.mark.parametrize(("path", "headers"), HELD.items(), ids=HELD.keys())
def test_the_head_of_what_is_held_comes_at_once(own, path, headers):
    with HTTPClient(own.port) as client, HTTPClient(own.port) as other:
        head = client.request("HEAD", path, headers=headers)
        full = other.request("GET", f"{path}&timeout=1", headers=headers)
        assert (head.status, comparable(head)) == (200, comparable(full))
        assert_lives(client)


@pytest.mark.parametrize("path", ["/publish", f"/publish?topic={TOPIC}"])
def test_where_nothing_can_be_got_head_is_refused_without_a_body(own, path):
    with HTTPClient(own.port) as client:
        assert client.request("HEAD", path, headers=AUTHORIZED).status == 405
        assert_lives(client)
        assert client.request("GET", path, headers=AUTHORIZED).status == 405


ALL = [*WHOLE, *ENDLESS, *HELD, "/publish", f"/publish?topic={TOPIC}"]
ALLOWED = {
    "/publish": "POST",
    "/history": "GET, HEAD, DELETE",
    **dict.fromkeys(["/sse", "/stream", "/poll", "/longpoll"], "GET, HEAD, POST"),
}


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("body", [None, "x" * 100], ids=["no body", "a body"])
def test_options_says_what_is_allowed(own, path, body):
    path = path.format(cursor=own.cursor)
    with HTTPClient(own.port) as client:
        response = client.request("OPTIONS", path, body=body)
        if path == "/nope":
            assert_refused(response, 404, "not_found")
        else:
            assert (response.status, response.headers.has("Content-Length")) == (204, False)
            allowed = ALLOWED.get(path.split("?")[0], "GET, HEAD")
            assert response.headers.get("Allow") == f"{allowed}, OPTIONS"
            # What is said to be allowed is, and what is not is refused with the same list.
            for method in ("GET", "HEAD", "POST", "DELETE", "PUT"):
                answer = get_refusal(client, method, path)
                assert (answer is None) == (method in allowed.split(", "))
                assert answer is None or answer == response.headers.get("Allow")
        assert_lives(client)


def get_refusal(client: HTTPClient, method: str, path: str) -> str | None:
    """What is allowed instead, where the method isn't."""
    if method in ("GET", "POST"):
        # What has no end would leave the connection to itself.
        path = path.split("?")[0]
    response = client.request(method, path, body=None if method in ("GET", "HEAD") else "")
    return response.headers.get("Allow") if response.status == 405 else None


@pytest.mark.parametrize("body", [None, "", "x" * 100, "x" * 60_000])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_options_of_the_server_as_a_whole(own, body, version):
    headers = {"Connection": "keep-alive"}
    with HTTPClient(own.port) as client:
        for _ in range(3):
            response = client.request("OPTIONS", "*", headers=headers, body=body, version=version)
            assert (response.status, response.body, response.headers.has("Content-Length")) == (204, b"", False)
            assert {"GET", "HEAD", "POST", "OPTIONS"} <= set(response.headers.get("Allow").split(", "))
        assert_lives(client)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_only_options_asks_the_server_as_a_whole(own, method):
    with HTTPClient(own.port) as client:
        client.send(method, "*", body="" if method == "POST" else None)
        assert client.head().status == 400


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET"])
@pytest.mark.parametrize("path", ALL)
def test_each_is_one_answer_in_a_pipeline(own, method, path):
    path = path.format(cursor=own.cursor)
    if method == "GET" and path in (*ENDLESS, *HELD):
        path = path.split("?")[0]
    with HTTPClient(own.port) as client:
        for name in ("a", "b", "c"):
            client.send(method, path)
            client.connection.send(question(own, name))
        for name in ("a", "b", "c"):
            client.response(head_only=method == "HEAD")
            assert client.response().json()["topic"] == name


@pytest.mark.parametrize("method", ["get", "Get", "head", "FOO", "G", "M-SEARCH", "TRACE", "PROPFIND", "X" * 100])
def test_an_unknown_method_is_refused_and_the_connection_goes_on(own, method):
    with HTTPClient(own.port) as client:
        for path in ("/healthz", target("/publish", topic=TOPIC), "/ws"):
            response = client.request(method, path, body="x" * 10)
            assert_refused(response, 405, "method_not_allowed")
        assert client.request(method, "/nope").status == 404
        assert_lives(client)
