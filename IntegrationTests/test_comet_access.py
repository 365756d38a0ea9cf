"""Hosts, origins and keys of the transports that need nothing but plain HTTP."""

import pytest

from clients.http import HTTPClient, Response, get, target
from clients.publishing import authorization, publish
from clients.refusal import assert_refused

APP = "https://app.example"
FOREIGN = "https://elsewhere.example"
OURS = {"Sec-Fetch-Site": "same-origin"}

ADDRESSES = {
    "poll": ("/poll", {}),
    "longpoll": ("/longpoll", {"cursor": "earliest"}),
    "stream": ("/stream", {}),
    "multipart": ("/stream", {"multipart": "mixed"}),
    "iframe": ("/iframe", {"callback": "f"}),
    "jsonp": ("/poll", {"callback": "f"}),
}
each = pytest.mark.parametrize("kind", ADDRESSES)


def address(kind: str, *topics: str, **query) -> str:
    path, items = ADDRESSES[kind]
    return target(path, topic=list(topics), **(items | query))


def head(server, kind: str, topic: str, headers=None, **query) -> Response:
    """Only the head: most bodies don't end."""
    with HTTPClient(server.port) as client:
        client.send("GET", address(kind, topic, **query), headers=OURS | (headers or {}))
        return client.head()


@pytest.fixture(scope="module")
def guarded(start_module_server):
    return start_module_server("--allow-origin", APP, "--allow-host", "push.example")


@pytest.fixture(scope="module")
def mixed(start_module_server):
    return start_module_server("--allow-origin", "*", "--allow-origin", APP)


@pytest.fixture
def filled(server, guarded, mixed, topic):
    """A topic in which there is something: then nothing is held."""
    for host in [server, guarded, mixed]:
        publish(host, topic, data="x")
    return topic


@each
def test_an_allowed_origin_is_named_with_credentials(guarded, filled, kind):
    headers = head(guarded, kind, filled, {"Origin": APP}).headers
    assert headers.all("Access-Control-Allow-Origin") == [APP]
    assert headers.get("Access-Control-Allow-Credentials") == "true"
    assert headers.get("Vary").lower() == "origin"


@each
@pytest.mark.parametrize("origin", [FOREIGN, "null", f"{APP}.evil.example"])
def test_a_foreign_origin_is_not_named(guarded, filled, kind, origin):
    headers = head(guarded, kind, filled, {"Origin": origin}).headers
    assert not headers.has("Access-Control-Allow-Origin") and not headers.has("Access-Control-Allow-Credentials")
    assert headers.get("Vary").lower() == "origin"


@each
@pytest.mark.parametrize("origin", [None, "same"])
def test_replies_that_depend_on_the_origin_say_so_to_all(guarded, filled, kind, origin):
    headers = head(guarded, kind, filled, {"Origin": guarded.url if origin else None}).headers
    assert headers.get("Vary").lower() == "origin"


@each
@pytest.mark.parametrize("origin", [FOREIGN, "null", None])
def test_a_star_comes_without_credentials(server, mixed, filled, kind, origin):
    for host in [server, mixed]:
        headers = head(host, kind, filled, {"Origin": origin}).headers
        assert headers.all("Access-Control-Allow-Origin") == ["*"]
        assert not headers.has("Access-Control-Allow-Credentials")
    assert headers.get("Vary").lower() == "origin", "some origins are named here"


@each
def test_a_name_beside_the_star_has_credentials(mixed, filled, kind):
    headers = head(mixed, kind, filled, {"Origin": APP}).headers
    assert headers.get("Access-Control-Allow-Origin") == APP
    assert headers.get("Access-Control-Allow-Credentials") == "true"


def test_304_says_it_too(guarded, filled):
    first = head(guarded, "poll", filled, {"Origin": APP})
    again = head(guarded, "poll", filled, {"Origin": APP, "If-None-Match": first.headers.get("ETag")})
    assert again.status == 304
    assert again.headers.get("Access-Control-Allow-Origin") == APP
    assert again.headers.get("Vary").lower() == "origin"


@each
def test_refusals_say_it_too(guarded, kind):
    with HTTPClient(guarded.port) as client:
        response = client.request("GET", address(kind), headers=OURS | {"Origin": APP})
    assert_refused(response, 400, "topic_missing")
    assert response.headers.get("Access-Control-Allow-Origin") == APP
    assert response.headers.get("Vary").lower() == "origin"


@each
def test_a_host_that_is_not_ours_is_refused(guarded, filled, kind):
    headers = OURS | {"Host": "evil.example"}
    assert_refused(get(guarded, address(kind, filled), headers=headers), 421, "host_refused")
    assert head(guarded, kind, filled, {"Host": "push.example"}).status == 200


@pytest.mark.parametrize(
    ("path", "methods"),
    [(path, ["PUT", "DELETE"]) for path in ["/poll", "/longpoll", "/stream"]] + [("/iframe", ["POST", "PUT", "DELETE"])],
)
def test_other_methods_are_refused(server, topic, path, methods):
    with HTTPClient(server.port) as client:
        for method in methods:
            response = client.request(method, target(path, topic=topic), headers=authorization("test-key"), body="x")
            assert_refused(response, 405, "method_not_allowed")
            assert "GET" in response.headers.get("Allow")


@pytest.fixture(scope="module")
def strict(start_module_server):
    rules = ["default subscribe=key history=key", "live: subscribe=everyone history=key"]
    return start_module_server(*(word for rule in rules for word in ("--rule", rule)))


@each
def test_subscribing_can_need_a_key(strict, topic, kind):
    publish(strict, topic, data="x")
    assert_refused(get(strict, address(kind, topic), headers=OURS), 401, "key_missing")
    assert_refused(get(strict, address(kind, topic), headers=OURS | authorization("wrong")), 403, "key_wrong")
    assert head(strict, kind, topic, authorization("test-key")).status == 200
    assert head(strict, kind, topic, access_token="test-key").status == 200
    assert_refused(get(strict, address(kind, topic, access_token="wrong"), headers=OURS), 403, "key_wrong")


@pytest.mark.parametrize("timestamp", ["0", "", "none"])
def test_the_newest_in_the_classic_form_is_history(strict, topic, timestamp):
    """`timestamp=0` is `last:1` by another name."""
    topic = f"live:{topic}"
    publish(strict, topic, data="secret")
    response = get(strict, target("/longpoll", topic=topic, timestamp=timestamp, timeout=1))
    assert response.status == 200 and b"secret" not in response.body
    assert response.json()["gap"]["reason"] == "forbidden"


@pytest.mark.parametrize("kind", ["poll", "jsonp"])
def test_the_newest_without_a_cursor_is_history(strict, topic, kind):
    """A poll without a cursor is `last:1` too."""
    topic = f"live:{topic}"
    publish(strict, topic, data="secret")
    response = get(strict, address(kind, topic), headers=OURS)
    assert response.status == 200 and b"secret" not in response.body and b"gap" not in response.body
