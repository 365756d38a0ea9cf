"""A publish with an `Idempotency-Key` may be repeated."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.http import HTTPClient, target
from clients.publishing import held, post, post_batch
from clients.refusal import assert_refused


def keyed(key: str) -> dict:
    return {"Idempotency-Key": key}


def test_a_repeat_answers_the_same_and_publishes_nothing(server, topic):
    answers = [post(server, topic, data="x", event="e", headers=keyed(topic)).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert held(server, topic) == ["x"]


def test_a_repeated_batch_answers_the_same_ids(server, topic):
    entries = [{"topic": topic, "data": "a"}, {"topic": topic, "data": "b"}]
    first, second = (post_batch(server, entries, headers=keyed(topic)).json() for _ in range(2))
    assert first == second and len(first["ids"]) == 2
    assert held(server, topic) == ["a", "b"]


def test_another_key_is_another_publication(server, topic):
    for suffix in ["a", "b", "A"]:
        post(server, topic, data="x", headers=keyed(topic + suffix))
    assert held(server, topic) == ["x", "x", "x"]


@pytest.mark.parametrize(
    "other",
    [{"data": "y"}, {"event": "other"}, {"content_type": "text/html"}, {"content_type": "application/json"}],
    ids=lambda other: next(iter(other)),
)
def test_the_same_key_with_another_content_is_refused(server, topic, other):
    original = {"data": "1", "event": "e", "content_type": "text/plain"}
    assert post(server, topic, headers=keyed(topic), **original).status == 200
    response = post(server, topic, headers=keyed(topic), **(original | other))
    assert_refused(response, 422, "idempotency_key_reused")
    assert held(server, topic) == ["1"]


def test_the_same_key_for_another_topic_is_refused(server, topics):
    post(server, topics[0], data="x", headers=keyed(topics[0]))
    assert_refused(post(server, topics[1], data="x", headers=keyed(topics[0])), 422, "idempotency_key_reused")
    assert held(server, topics[1]) == []


def test_repeats_at_the_same_time_make_one_publication(server, topic):
    with ThreadPoolExecutor(16) as threads:
        repeats = [threads.submit(post, server, topic, data="x" * 10_000, headers=keyed(topic)) for _ in range(32)]
        answers = [repeat.result() for repeat in repeats]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(held(server, topic)) == 1


def test_a_failure_is_not_kept(server, topic):
    refused = post(server, topic, data="{", content_type="application/json", headers=keyed(topic))
    assert_refused(refused, 400, "json_invalid")
    taken = post(server, topic, data="{}", content_type="application/json", headers=keyed(topic))
    assert taken.status == 200
    assert held(server, topic) == [{}]


def test_principals_do_not_share_their_keys(server, topic):
    open_topic = f"demo:{topic}"
    ids = {post(server, open_topic, data="x", key=key, headers=keyed(topic)).json()["id"] for key in ["test-key", None]}
    assert len(ids) == 2
    assert held(server, open_topic) == ["x", "x"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "grün", "a\tb"], ids=lambda key: repr(key)[:12])
def test_a_key_that_is_none_is_refused(server, topic, key):
    response = post(server, topic, data="x", headers=keyed(key))
    assert_refused(response, 400, "idempotency_key_invalid")
    assert held(server, topic) == []


@pytest.mark.parametrize("key", ["x" * 255, "!", '"quoted"', "~"], ids=lambda key: repr(key)[:12])
def test_a_key_at_the_limit_is_taken(server, topic, key):
    unique = topic[-8:]
    key = key[: 255 - len(unique)] + unique
    assert post(server, topic, data="x", headers=keyed(key)).status == 200


def test_each_address_has_its_own_share_of_keys(start_server, topic):
    """Also on this machine, where its addresses are limited."""
    server = start_server("--limit-loopback", "--publish-rate", "0", "--rule", "open: publish=everyone")
    name = f"open:{topic}"

    def fill(address: str, count: int) -> int:
        """The last status."""
        with HTTPClient(server.port, source=address) as client:
            for number in range(count):
                headers = keyed(f"{number}")
                response = client.request("POST", target("/publish", topic=name), headers=headers, body="x")
        return response.status

    assert fill("127.0.0.2", 10_000) == 200
    assert fill("127.0.0.2", 10_001) == 429
    assert fill("127.0.0.3", 1) == 200
    assert post(server, name, data="x", headers=keyed("key")).status == 200
