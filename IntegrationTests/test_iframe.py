"""The forever iframe: a document that never ends, one script for each thing that is said."""

import json
import re

import pytest

from clients.deadline import PATIENCE
from clients.http import get, target
from clients.iframe import IframeClient
from clients.polling import await_subscribers
from clients.publishing import Publisher, publish, publish_all
from clients.refusal import assert_refused
from clients.streaming import greeted

APP = "https://app.example"
OTHER = "https://other.example:8443"
SAME_SITE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe"}


@pytest.fixture(scope="module")
def closed(start_module_server):
    """For its own pages only."""
    return start_module_server()


@pytest.fixture(scope="module")
def named(start_module_server):
    return start_module_server("--allow-origin", APP, "--allow-origin", OTHER)


def iframe(server, *topics: str, **options) -> IframeClient:
    return greeted(IframeClient(server.port, *topics, **options))


def test_the_headers(server, topic):
    with iframe(server, topic) as client:
        headers = client.headers
    assert headers.get("Content-Type").lower().replace(" ", "") == "text/html;charset=utf-8"
    assert {"no-cache", "no-transform"} <= {item.strip() for item in headers.get("Cache-Control").split(",")}
    assert headers.get("X-Accel-Buffering") == "no"
    assert headers.get("X-Content-Type-Options") == "nosniff"
    assert headers.get("Referrer-Policy") == "no-referrer"


def test_the_document_begins_with_padding(server, topic):
    with iframe(server, topic) as client:
        source = client.source
    assert source.lower().startswith(b"<!doctype html>")
    assert source.index(b"<script") > 1024


def directives(client: IframeClient) -> dict:
    policy = client.headers.get("Content-Security-Policy")
    return {name: values for name, *values in (directive.split() for directive in policy.split(";"))}


def test_scripts_bear_the_nonce_of_the_policy_and_nothing_else_is_allowed(server, topic):
    with iframe(server, topic) as client:
        publish(server, topic, data="x")
        client.next_event()
        policy = directives(client)
    assert policy["default-src"] == ["'none'"] and policy["script-src"] == [f"'nonce-{client.nonce}'"]
    assert set(policy) <= {"default-src", "script-src", "frame-ancestors", "base-uri", "form-action"}
    assert [script.attributes for script in client.document.scripts] == [{"nonce": client.nonce}] * 2
    assert "iframe" not in client.document.tags and client.document.tags.count("script") == 2


def test_each_document_has_its_own_nonce(server, topic):
    nonces = set()
    for _ in range(5):
        with iframe(server, topic) as client:
            nonces.add(client.nonce)
    assert len(nonces) == 5 and min(map(len, nonces)) >= 16


def test_each_script_comes_before_the_next_publication(server, topic):
    with iframe(server, topic) as client, Publisher(server.port) as publisher:
        for number in range(30):
            id = publisher.publish(topic, data=str(number))
            event = client.next_event(timeout=5 * PATIENCE)
            assert (event["id"], event["data"]) == (id, str(number))
            assert client.script.function == "parent.comet.message"


CALLBACKS = ["f", "parent.f", "parent.comet.message", "a.b.c.d", "parent.a.b.c.d", "$", "_", "a1.$b_2", "x" * 64]
BAD_CALLBACKS = [
    "", ".", "a.", ".a", "a..b", "1a", "a-b", "a b", "a[0]", "a()", "a;b", "a,b", "a.b.c.d.e", "parent.a.b.c.d.e",
    "parent", "opener", "top", "window", "eval", "a.opener", "parent.top.x", "window.f", "parent.parent.f", "x" * 65,
    "alert", "Function", "a.constructor", "a.__proto__.b", "document.write", "location", "f\u2028", "ü", "</script>",
    "f//", "f/**/", "f\n", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda value: value[:20])
def test_the_function_is_the_clients(server, topic, callback):
    with iframe(server, topic, callback=callback) as client:
        assert client.script.function == callback


@pytest.mark.parametrize("callback", BAD_CALLBACKS, ids=lambda value: ascii(value)[:24])
def test_other_names_are_refused(server, topic, callback):
    assert_refused(get(server, target("/iframe", topic=topic, callback=callback)), 400, "parameter_invalid")


def test_without_a_function_it_is_refused(server, topic):
    assert_refused(get(server, target("/iframe", topic=topic)), 400, "parameter_invalid")


NASTY = [
    "</script><script>alert(1)</script>", "<!--<script>", "-->", "]]>", "<!-- <script> --> </script>", "</SCRIPT >",
    "\u2028 \u2029", "\"'\\", "\\\"); alert(1); (\"", "&lt;&#60;&", "\r\n\x00\x1f", "${x}`",
    "grün 🦅 \ud7ff\ue000\uffff",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY, ids=lambda value: ascii(value)[:24])
def test_data_cannot_leave_its_script(server, topic, text):
    with iframe(server, topic) as client:
        publish(server, topic, data=text)
        publish(server, topic, data=json.dumps({text: [text]}), content_type="application/json")
        for expected in [text, {text: [text]}]:
            assert client.next_event()["data"] == expected
            assert_harmless(client.script.literal)
    assert len(client.document.scripts) == 3


@pytest.mark.parametrize("text", [text for text in NASTY if not re.search("[\x00-\x1f\x7f-\x9f]", text)], ids=ascii)
def test_neither_can_topics_and_events(server, topic, text):
    name = topic + text
    with iframe(server, name) as client:
        publish(server, name, data="x", event=text)
        event = client.next_event()
        assert (event["topic"], event["event"]) == (name, text)
        assert_harmless(client.script.literal)


def test_neither_can_what_was_given_as_a_cursor(server, topic):
    with iframe(server, topic, headers={"Last-Event-ID": "</script><!--&'\""}) as client:
        assert client.next_event()["gap"]["reason"] == "malformed"
        assert_harmless(client.script.literal)


def assert_harmless(literal: str):
    assert not re.search("[<>&\u2028\u2029\n\r]", literal), literal


def test_notices_are_calls_too(start_server, topics):
    server = start_server("--heartbeat", "0.2", "--allow-origin", "*", "--rule", "default count=2")
    ids = publish_all(server, topics[0], ["1", "2", "3", "4"])
    with iframe(server, topics[0], cursor=ids[0]) as client:
        assert client.next_event()["gap"] == {"topics": [topics[0]], "after": ids[0], "reason": "evicted"}
        assert client.texts(2) == ["3", "4"]
        elsewhere = publish(server, topics[1], data="x")
        while client.cursor != elsewhere:
            assert list(client.next_object()) == ["cursor"]


def test_a_frame_that_comes_back(server, topic):
    with iframe(server, topic) as client:
        publish_all(server, topic, ["1", "2", "3"])
        assert client.texts(2) == ["1", "2"]
    with iframe(server, topic, cursor=client.cursor) as client:
        assert client.texts(1) == ["3"]


def test_http_1_0_gets_the_same_without_chunks(server, topic):
    with iframe(server, topic, version="1.0") as client:
        assert not client.headers.has("Transfer-Encoding")
        publish(server, topic, data="x")
        assert client.texts(1) == ["x"]


def test_a_frame_that_is_removed_is_noticed(server, topic):
    publish(server, topic, data="x")
    with iframe(server, topic):
        await_subscribers(server, topic, 1)
    await_subscribers(server, topic, 0)


# Whose pages may have it


def test_only_allowed_pages_may_frame_it(server, closed, named, topic):
    ancestors = {}
    for host in [server, closed, named]:
        with iframe(host, topic, headers=SAME_SITE) as client:
            ancestors[host.port] = set(directives(client)["frame-ancestors"])
        assert not client.headers.has("X-Frame-Options")
    assert ancestors[server.port] == {"*"}
    assert ancestors[closed.port] == {"'self'"}
    assert ancestors[named.port] == {"'self'", APP, OTHER}


@pytest.mark.parametrize("site", [None, "same-site", "cross-site", "none", "Same-Origin!", ""])
def test_a_page_that_the_browser_does_not_call_ours_is_refused(closed, named, topic, site):
    for host in [closed, named]:
        headers = {"Sec-Fetch-Site": site} if site is not None else {}
        response = get(host, target("/iframe", topic=topic, callback="f"), headers=headers)
        assert_refused(response, 403, "origin_refused")


@pytest.mark.parametrize("site", [None, "same-origin", "same-site", "cross-site", "none"])
def test_where_every_origin_is_allowed_so_is_every_page(server, topic, site):
    with iframe(server, topic, headers={"Sec-Fetch-Site": site}) as client:
        assert client.script.function == "parent.comet.message"


def post_target(server, topic: str, headers=None, **query) -> str:
    with iframe(server, topic, callback="postMessage", headers=headers, **query) as client:
        assert client.script.function == "parent.postMessage"
        publish(server, topic, data="x")
        client.next_event()
        assert [script.target_origin for script in client.document.scripts] == [client.script.target_origin] * 2
        return client.script.target_origin


def test_post_message_goes_to_the_origin_that_is_named(server, named, topic):
    assert post_target(named, topic, origin=APP) == APP
    assert post_target(named, topic, origin=OTHER, headers={"Referer": f"{APP}/page"}) == OTHER
    assert post_target(server, topic, origin="https://any.example") == "https://any.example"


@pytest.mark.parametrize("page", ["", "/", "/page?query#x", "?query"])
def test_else_to_that_of_the_referring_page(named, topic, page):
    assert post_target(named, topic, headers={"Referer": f"{OTHER}{page}"}) == OTHER


def test_else_to_our_own(closed, topic):
    assert post_target(closed, topic) == closed.url
    assert post_target(closed, topic, headers={"Referer": f"{closed.url}/"}) == closed.url


def test_an_origin_that_is_not_allowed_is_refused(closed, named, topic):
    for host, origin in [(closed, APP), (named, "https://elsewhere.example"), (named, f"{APP}.evil.example")]:
        address = target("/iframe", topic=topic, callback="postMessage", origin=origin)
        assert_refused(get(host, address), 403, "origin_refused")
        address = target("/iframe", topic=topic, callback="postMessage")
        assert_refused(get(host, address, headers={"Referer": f"{origin}/"}), 403, "origin_refused")


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "", "app.example", "javascript:alert(1)", f"{APP}/", f'{APP}","*', f"{APP} ", "https://", "/"],
)
def test_what_is_no_origin_is_refused(server, named, topic, origin):
    for host in [server, named]:
        response = get(host, target("/iframe", topic=topic, callback="postMessage", origin=origin))
        assert response.status in (400, 403)
        assert_refused(response, response.status, "parameter_invalid", "origin_refused")
