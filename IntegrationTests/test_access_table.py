"""Each action, under each rule, in each way: who may do it, and what the others are told."""

import json

import pytest

from clients.answering import WAYS
from clients.commands import CommandClient
from clients.http import KEY, HTTPClient, request, target
from clients.publishing import authorization

RULES = {
    "all": "publish=everyone",
    "keyed": "publish=key subscribe=key",
    "live": "publish=key subscribe=everyone history=key",
    "read": "publish=everyone subscribe=key history=everyone",
}
OPEN = {
    "all": {"publish", "subscribe", "history", "presence"},
    "keyed": set(),
    "live": {"subscribe", "presence"},
    "read": {"publish", "history"},
}
SHOWN = {"nothing": None, "wrong": "guess", "right": KEY}
REFUSED = {"nothing": (401, "key_missing"), "wrong": (403, "key_wrong")}

each_rule = pytest.mark.parametrize("rule", RULES)
each_showing = pytest.mark.parametrize("shown", SHOWN)
each_place = pytest.mark.parametrize("place", ["header", "query"])


@pytest.fixture(scope="module")
def ruled(start_module_server):
    options = [option for name, text in RULES.items() for option in ("--rule", f"{name}: {text}")]
    return start_module_server("--allow-origin", "*", *options)


def expected(rule: str, action: str, shown: str):
    return (200, None) if action in OPEN[rule] or shown == "right" else REFUSED[shown]


def showing(shown: str, place: str):
    """Headers and query items."""
    token = SHOWN[shown]
    return (authorization(token), {}) if place == "header" else ({}, {"access_token": token} if token else {})


def outcome(response) -> tuple:
    """The status, a switch of protocols as a success, and the code of a refusal."""
    if response.status in (101, 200):
        return 200, None
    return response.status, response.json()["error"]["code"]


@each_rule
@each_showing
@each_place
@pytest.mark.parametrize("form", ["one", "batch"])
def test_publishing(ruled, topic, rule, shown, place, form):
    headers, query = showing(shown, place)
    name = f"{rule}:{topic}"
    if form == "one":
        body, address = "x", target("/publish", topic=name, **query)
    else:
        body = json.dumps({"publications": [{"topic": name, "data": "x"}]})
        address, headers = target("/publish", **query), headers | {"Content-Type": "application/json"}
    assert outcome(request(ruled, "POST", address, headers=headers, body=body)) == expected(rule, "publish", shown)


@each_rule
@each_showing
@each_place
@pytest.mark.parametrize("way", WAYS)
def test_subscribing(ruled, topic, rule, shown, place, way):
    headers, query = showing(shown, place)
    technique = WAYS[way]
    address = target("", topic=f"{rule}:{topic}", timeout=1, **technique.query, **query)[1:]
    with HTTPClient(ruled.port) as http:
        technique.send(http, address, headers)
        response = http.head()
        if response.status not in (101, 200):
            response.body = http.body(response.headers)
        assert outcome(response) == expected(rule, "subscribe", shown)


@each_rule
@each_showing
@each_place
@pytest.mark.parametrize("action", ["history", "presence"])
def test_reading(ruled, topic, rule, shown, place, action):
    headers, query = showing(shown, place)
    address = target(f"/{action}", topic=f"{rule}:{topic}", **query)
    assert outcome(request(ruled, "GET", address, headers=headers)) == expected(rule, action, shown)


@each_rule
@each_showing
@pytest.mark.parametrize("action", ["publish", "subscribe", "history", "presence"])
@pytest.mark.parametrize("place", ["header", "query", "command"])
def test_commands(ruled, topic, rule, shown, action, place):
    name = f"{rule}:{topic}"
    command = {
        "publish": {"topic": name, "data": "x"},
        "subscribe": [{"topic": name}],
        "history": {"topics": [name]},
        "presence": {"topic": name},
    }[action]
    headers, query = showing(shown, place) if place != "command" else ({}, {})
    with CommandClient(ruled.port, headers=headers, **query) as client:
        if place == "command" and SHOWN[shown]:
            reply = client.reply(client.send(authenticate={"token": SHOWN[shown]}))
            assert ("ok" in reply) == (shown == "right")
            # A token that is refused changes nothing.
            shown = shown if shown == "right" else "nothing"
        reply = client.reply(client.send(**{action: command}))
        wanted = expected(rule, action, shown)[1]
        assert reply.get("error", {}).get("code") == wanted, reply
