"""Who may publish, subscribe and read."""

import base64

import pytest

from clients.http import get, request, target
from clients.publishing import authorization, held, post, post_batch, publish
from clients.refusal import assert_refused
from clients.sse import subscribe
from clients.ws import refused_handshake


def test_publishing_needs_a_key(server, topic):
    assert_refused(post(server, topic, data="x", key=None), 401, "key_missing")
    assert held(server, topic) == []


@pytest.mark.parametrize("key", ["wrong", "test-ke", "test-key2", "TEST-KEY", "x" * 1000], ids=lambda key: key[:10])
def test_a_wrong_key_is_refused(server, topic, key):
    assert_refused(post(server, topic, data="x", key=key), 403, "key_wrong")
    assert held(server, topic) == []


def test_the_right_key_is_taken(server, topic):
    assert post(server, topic, data="x").status == 200


def test_the_scheme_is_bearer_in_any_case(server, topic):
    for scheme in ["bearer", "BEARER"]:
        headers = {"Authorization": f"{scheme} test-key"}
        assert post(server, topic, data="x", key=None, headers=headers).status == 200


def test_another_scheme_is_no_key(server, topic):
    basic = base64.b64encode(b"user:test-key").decode()
    response = post(server, topic, data="x", key=None, headers={"Authorization": f"Basic {basic}"})
    assert response.status in (401, 403)
    assert_refused(response, response.status, "key_missing", "key_wrong")


def test_the_key_may_come_in_the_query(server, topic):
    address = target("/publish", topic=topic, access_token="test-key")
    assert request(server, "POST", address, body="x").status == 200
    wrong = target("/publish", topic=topic, access_token="wrong")
    assert_refused(request(server, "POST", wrong, body="x"), 403, "key_wrong")
    assert held(server, topic) == ["x"]


def test_everyone_may_publish_to_demo_topics(server, topic):
    assert post(server, f"demo:{topic}", data="x", key=None).status == 200


def test_one_topic_that_needs_a_key_makes_all_need_it(server, topic):
    open_topic = f"demo:{topic}"
    assert_refused(post(server, open_topic, topic, data="x", key=None), 401, "key_missing")
    batch = [{"topic": open_topic, "data": "x"}, {"topic": topic, "data": "x"}]
    assert_refused(post_batch(server, batch, key=None), 401, "key_missing")
    assert held(server, open_topic) == []


@pytest.fixture(scope="module")
def strict(start_module_server):
    """Reading needs a key too, except where a longer prefix says otherwise."""
    return start_module_server(
        "--rule", "default subscribe=key history=key", "--rule", "open: publish=everyone subscribe=everyone",
        "--rule", "open:closed: publish=key", "--rule", "live: subscribe=everyone history=key",
    )  # fmt: skip


def test_subscribing_can_need_a_key(strict, topic):
    address = target("/sse", topic=topic)
    assert_refused(get(strict, address), 401, "key_missing")
    assert_refused(get(strict, address, headers=authorization("wrong")), 403, "key_wrong")
    for way in [{"headers": authorization("test-key")}, {"access_token": "test-key"}]:
        with subscribe(strict, topic, **way) as client:
            publish(strict, topic, data="x")
            assert client.next_event().data == "x"


def test_subscribing_by_websocket_can_need_a_key(strict, topic):
    assert_refused(refused_handshake(strict, topic), 401, "key_missing")
    assert_refused(refused_handshake(strict, topic, access_token="wrong"), 403, "key_wrong")


def test_one_closed_topic_closes_the_subscription(strict, topic):
    assert_refused(get(strict, target("/sse", topic=[f"open:{topic}", topic])), 401, "key_missing")


def test_history_can_need_a_key(strict, topic):
    for name in [topic, f"live:{topic}"]:
        address = target("/history", topic=name)
        assert_refused(get(strict, address), 401, "key_missing")
        assert_refused(get(strict, address, headers=authorization("wrong")), 403, "key_wrong")
        assert get(strict, address, headers=authorization("test-key")).status == 200


def test_the_longest_prefix_decides(strict, topic):
    assert post(strict, f"open:{topic}", data="x", key=None).status == 200
    assert_refused(post(strict, f"open:closed:{topic}", data="x", key=None), 401, "key_missing")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/history"), ("GET", "/topics")])
def test_administration_needs_a_key(server, topic, method, path):
    address = target(path, topic=topic)
    assert_refused(request(server, method, address), 401, "key_missing")
    assert_refused(request(server, method, address, headers=authorization("wrong")), 403, "key_wrong")


def test_without_any_key_nobody_holds_one(start_server, topic):
    server = start_server("--rule", "open: publish=everyone", api_key=None)
    for key in ["", "test-key"]:
        response = post(server, topic, data="x", key=key)
        assert response.status in (401, 403), response.body
    assert post(server, f"open:{topic}", data="x", key=None).status == 200
