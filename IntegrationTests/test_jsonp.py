"""`callback=` on `/poll` and `/longpoll`: answers that are scripts."""

import re

import pytest

from clients.http import get, target
from clients.jsonp import answer_of, literal_of
from clients.polling import PollClient, await_subscribers, data_of
from clients.publishing import publish, publish_all
from clients.refusal import assert_refused
from test_iframe import BAD_CALLBACKS, CALLBACKS, NASTY

PATHS = ["/poll", "/longpoll"]
each_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture(scope="module")
def closed(start_module_server):
    """For its own pages only."""
    return start_module_server()


@pytest.fixture(scope="module")
def named(start_module_server):
    return start_module_server("--allow-origin", "https://app.example")


@each_path
def test_the_answer_is_a_call(server, topic, path):
    ids = publish_all(server, topic, ["1", "2"])
    response = get(server, target(path, topic=topic, cursor=ids[0], callback="comet.took"))
    document = answer_of(response, "comet.took")
    assert list(document) == ["cursor", "messages"]
    assert data_of(document) == ["2"] and document["cursor"] == ids[1]
    assert response.headers.get("Content-Type").split(";")[0] == "text/javascript"
    assert response.headers.get("X-Content-Type-Options") == "nosniff"
    assert response.headers.get("Referrer-Policy") == "no-referrer"
    assert response.body.startswith(b"/**/comet.took({")


def test_caching_is_as_without(server, topic):
    publish(server, topic, data="x")
    scripts = [get(server, target(path, topic=topic, cursor="earliest", callback="f")) for path in PATHS]
    assert [script.headers.get("Cache-Control") for script in scripts] == ["private, no-cache", "no-store"]
    tag = scripts[0].headers.get("ETag")
    address = target("/poll", topic=topic, cursor="earliest", callback="f")
    assert get(server, address, headers={"If-None-Match": tag}).status == 304
    other = target("/poll", topic=topic, cursor="earliest", callback="g")
    assert get(server, other, headers={"If-None-Match": tag}).status == 200


def test_a_long_poll_is_held(server, topic):
    cursor = publish(server, topic, data="before")
    with PollClient(server.port) as client:
        client.send("/longpoll", topic, cursor=cursor, callback="f")
        await_subscribers(server, topic, 1)
        assert not client.http.connection.buffer
        publish(server, topic, data="x")
        assert data_of(answer_of(client.response(), "f")) == ["x"]


def test_a_long_poll_whose_time_is_over(server, topic):
    cursor = publish(server, topic, data="before")
    response = get(server, target("/longpoll", topic=topic, cursor=cursor, callback="f", timeout=1))
    assert answer_of(response, "f") == {"cursor": cursor, "messages": []}


def test_the_classic_form(server, topic):
    id = publish(server, topic, data="x")
    response = get(server, target("/longpoll", topic=topic, timestamp="0", callback="f"))
    document = answer_of(response, "f")
    assert (document["timestamp"], document["msg"]) == (id, "x")


def test_the_loop_of_a_client(server, topic):
    cursor, got = publish(server, topic, data="before"), []
    with PollClient(server.port) as client:
        for number in range(20):
            client.send("/longpoll", topic, cursor=cursor, callback=f"took{number}")
            publish(server, topic, data=str(number))
            document = answer_of(client.response(), f"took{number}")
            got += data_of(document)
            cursor = document["cursor"]
    assert got == [str(number) for number in range(20)]


@pytest.mark.parametrize("text", NASTY, ids=lambda value: ascii(value)[:24])
def test_data_cannot_leave_its_string(server, topic, text):
    publish(server, topic, data=text)
    response = get(server, target("/poll", topic=topic, callback="f"))
    literal = literal_of(response, "f")
    assert not re.search("[<>&\u2028\u2029\n\r]", literal), literal
    assert data_of(answer_of(response, "f")) == [text]


@each_path
@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda value: value[:20])
def test_names_of_functions(server, topic, path, callback):
    publish(server, topic, data="x")
    response = get(server, target(path, topic=topic, cursor="earliest", callback=callback))
    assert data_of(answer_of(response, callback)) == ["x"]


@each_path
@pytest.mark.parametrize("callback", [*BAD_CALLBACKS, "a[0]"], ids=lambda value: ascii(value)[:24])
def test_other_names_are_refused(server, topic, path, callback):
    response = get(server, target(path, topic=topic, timeout=1, callback=callback))
    assert_refused(response, 400, "parameter_invalid")


def test_refusals_are_no_scripts(server):
    response = get(server, target("/poll", callback="f"))
    assert_refused(response, 400, "topic_missing")


# Whose pages may have it


@each_path
@pytest.mark.parametrize("site", [None, "same-site", "cross-site", "none", "", "same-origin, cross-site"])
def test_a_page_that_the_browser_does_not_call_ours_is_refused(closed, named, topic, path, site):
    for host in [closed, named]:
        headers = {"Sec-Fetch-Site": site} if site is not None else {}
        response = get(host, target(path, topic=topic, timeout=1, callback="f"), headers=headers)
        assert_refused(response, 403, "origin_refused")


@each_path
def test_a_page_of_our_own_is_answered(closed, named, topic, path):
    for host in [closed, named]:
        publish(host, topic, data="x")
        address = target(path, topic=topic, cursor="earliest", callback="f")
        response = get(host, address, headers={"Sec-Fetch-Site": "same-origin"})
        assert data_of(answer_of(response, "f")) == ["x"]


@each_path
@pytest.mark.parametrize("site", [None, "same-origin", "same-site", "cross-site", "none"])
def test_where_every_origin_is_allowed_so_is_every_page(server, topic, path, site):
    publish(server, topic, data="x")
    headers = {"Sec-Fetch-Site": site} if site is not None else {}
    response = get(server, target(path, topic=topic, cursor="earliest", callback="f"), headers=headers)
    assert data_of(answer_of(response, "f")) == ["x"]


@each_path
def test_plain_json_needs_no_such_permission(closed, topic, path):
    """Only scripts are read across origins without being asked."""
    publish(closed, topic, data="x")
    response = get(closed, target(path, topic=topic, cursor="earliest"), headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status == 200 and response.headers.get("X-Content-Type-Options") == "nosniff"
