"""Who is on a topic, by whatever transport."""

import contextlib

import pytest

from clients.commands import CommandClient
from clients.deadline import wait_until
from clients.http import AUTHORIZED, KEY, HTTPClient, get, target
from clients.polling import PollClient
from clients.publishing import history, publish, publish_all
from clients.sse import SSEClient
from clients.streaming import LineClient
from clients.ws import WebSocketClient


def presence(server, topic: str, **query) -> dict:
    response = get(server, target("/presence", topic=topic, **query))
    assert response.status == 200, response.body
    return response.json()


def clients(server, topic: str) -> list[str]:
    return [member["client"] for member in presence(server, topic)["members"]]


def await_count(server, topic: str, count: int, timeout: float = 15):
    wait_until(lambda: presence(server, topic)["count"] == count, f"{count} members of {topic}", timeout)


def credentials(document: dict) -> dict:
    return {"client": document["client"], "secret": document["secret"]}


@pytest.fixture
def identity(server, topic) -> dict:
    """An id that the server has issued."""
    with PollClient(server.port) as client:
        return credentials(client.get("/poll", topic + "-elsewhere", client="new").json())


def test_nobody_is_there(server, topic):
    assert presence(server, topic) == {"topic": topic, "count": 0, "members": []}


CONNECTIONS = {
    "sse": SSEClient,
    "ws": WebSocketClient,
    "stream": LineClient,
    "halley.v1": CommandClient,
}


@pytest.mark.parametrize("transport", CONNECTIONS)
def test_a_connection_comes_and_goes(server, topic, transport):
    with CONNECTIONS[transport](server.port, topic):
        await_count(server, topic, 1)
        member = presence(server, topic)["members"][0]
        assert list(member) == ["client", "since"] and len(member["client"]) == 16
        with CONNECTIONS[transport](server.port, topic):
            await_count(server, topic, 2)
        await_count(server, topic, 1)
    await_count(server, topic, 0)


@pytest.mark.parametrize("transport", CONNECTIONS)
def test_a_client_with_an_id_is_one_whatever_it_uses(server, topic, identity, transport):
    with CONNECTIONS[transport](server.port, topic, **identity):
        await_count(server, topic, 1)
        with WebSocketClient(server.port, topic, **identity):
            publish(server, topic, data="x")
            assert clients(server, topic) == [identity["client"]]
        assert clients(server, topic) == [identity["client"]]
    await_count(server, topic, 0)


def test_another_secret_makes_another_client(server, topic, identity):
    with CommandClient(server.port, topic, client=identity["client"], secret="guess") as client:
        assert client.hello["client"] != identity["client"]
        await_count(server, topic, 1)
        assert clients(server, topic) == [client.hello["client"]]


def test_commands_change_where_it_is(server, topics):
    with CommandClient(server.port) as client:
        assert client.ok(presence={"topic": topics[0]}) == {"topic": topics[0], "count": 0, "members": []}
        client.subscribe(*topics[:2])
        own = client.ok(presence={"topic": topics[0]})["members"]
        assert [member["client"] for member in own] == [client.hello["client"]]
        client.ok(unsubscribe=[topics[0]])
        assert client.ok(presence={"topic": topics[0]})["count"] == 0
        assert client.ok(presence={"topic": topics[1]})["count"] == 1
    await_count(server, topics[1], 0)


@pytest.mark.parametrize("path, query", [("/poll", {"interval": 1}), ("/longpoll", {"timeout": 1})])
def test_a_client_that_polls_is_there_until_its_lease_is_over(server, topic, path, query):
    with PollClient(server.port) as client:
        document = client.get(path, topic, client="new", **query).json()
        identity = credentials(document)
        assert clients(server, topic) == [identity["client"]]
        since = presence(server, topic)["members"][0]["since"]
        for _ in range(3):
            again = client.get(path, topic, **identity, **query).json()
            assert "client" not in again
            assert presence(server, topic)["members"] == [{"client": identity["client"], "since": since}]
    # Twice the interval and ten seconds.
    await_count(server, topic, 0, timeout=20)


def test_without_an_id_a_poll_is_nobody(server, topic):
    with PollClient(server.port) as client:
        assert "client" not in client.answer("/poll", topic)
    assert presence(server, topic)["count"] == 0


def test_an_id_from_before_a_restart_is_renewed(server, start_server, topic, identity):
    with PollClient(start_server().port) as client:
        renewed = client.get("/poll", topic, **identity).json()
    assert renewed["client"] != identity["client"]


def test_a_poll_that_becomes_a_websocket_stays_there(start_server, topic):
    server = start_server("--rule", "default presence=announce")
    with PollClient(server.port) as client:
        identity = credentials(client.get("/poll", topic, client="new", interval=1).json())
    with WebSocketClient(server.port, topic, **identity):
        # The lease ends, the connection goes on.
        publish(server, topic, data="x")
        wait_until(lambda: presence(server, topic)["count"] == 1, "the member")
    await_count(server, topic, 0, timeout=20)
    events = [message["event"] for message in history(server, topic)["messages"]]
    assert events == ["halley:join", "message", "halley:leave"]


def test_coming_and_going_are_publications_where_the_rule_says_so(start_server, topics):
    server = start_server("--rule", "default presence=announce", "--rule", f"{topics[1]} presence=list")
    with LineClient(server.port, topics[0]) as watcher:
        with CommandClient(server.port, topics[0], topics[1]) as client:
            who = client.hello["client"]
        messages = watcher.take(3)
    assert [message["event"] for message in messages] == ["halley:join", "halley:join", "halley:leave"]
    assert [message["data"]["client"] for message in messages[1:]] == [who, who]
    assert messages[1]["data"] == messages[2]["data"]
    assert history(server, topics[1])["messages"] == []


CROWD = 520


def test_a_crowd_that_comes_and_goes_evicts_nothing(start_server, topic):
    """Announcements once took the place of a topic's publications."""
    server = start_server("--rule", "default presence=announce count=100")
    with PollClient(server.port) as poll:
        before = poll.answer("/poll", topic)["cursor"]
    ids = publish_all(server, topic, [str(number) for number in range(100)])
    with contextlib.ExitStack() as crowd:
        for _ in range(CROWD):
            crowd.enter_context(LineClient(server.port, topic))
        await_count(server, topic, CROWD)
    await_count(server, topic, 0)
    page = history(server, topic, cursor=before, limit=1000)
    assert "gap" not in page
    assert [message["id"] for message in page["messages"] if message["event"] == "message"] == ids
    assert 0 < len(page["messages"]) - len(ids) <= 13


@pytest.mark.parametrize("path, query", [("/poll", {"interval": 1}), ("/longpoll", {"timeout": 1})])
def test_an_address_has_a_share_of_the_leases(start_server, topics, path, query):
    server = start_server("--limit-loopback", "--max-leases-per-address", "2")
    with PollClient(server.port) as client:
        first = credentials(client.get(path, *topics[:2], topics[0], client="new", **query).json())
        refused = client.get(path, topics[0], client="new", **query)
        assert refused.status == 429 and refused.json()["error"]["code"] == "too_many_leases"
        assert "--max-leases-per-address" in refused.json()["error"]["message"]
        assert int(refused.headers.get("Retry-After")) == 12
        assert client.get(path, *topics[:2], **first, **query).status == 200
        # Who is nobody needs none, and a connection that stays neither.
        assert client.get(path, topics[0], **query).status == 200
        with LineClient(server.port, topics[0]):
            await_count(server, topics[0], 2)
        # They come back.
        other = credentials_when_free(client, path, topics[0], query)
    await_count(server, topics[1], 0, timeout=20)
    assert other != first


def credentials_when_free(client: PollClient, path: str, topic: str, query: dict) -> dict:
    def answer():
        response = client.get(path, topic, client="new", **query)
        return response.json() if response.status == 200 else None

    return credentials(wait_until(answer, "a lease that is free", timeout=30))


def test_beyond_all_leases_clients_are_not_counted(start_server, topic):
    server = start_server("--max-leases", "1")
    with PollClient(server.port) as client:
        first = credentials(client.get("/poll", topic, client="new").json())
        assert client.get("/poll", topic, client="new").status == 200
    assert clients(server, topic) == [first["client"]]


def test_off_means_off(start_server, topic):
    server = start_server("--rule", "default presence=off")
    with CommandClient(server.port, topic) as client:
        assert client.ok(presence={"topic": topic})["count"] == 0


def test_first_come_first_listed(server, topic):
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(CommandClient(server.port, topic))
        await_count(server, topic, 5)
        all = presence(server, topic)
        some = presence(server, topic, limit=2)
        assert some["count"] == 5 and some["members"] == all["members"][:2]


def test_who_may_ask(start_server, topic):
    server = start_server("--rule", "secret: subscribe=key")
    assert get(server, target("/presence", topic="secret:1")).status == 401
    assert get(server, target("/presence", topic="secret:1"), headers=AUTHORIZED).status == 200
    assert get(server, target("/presence", topic="secret:1", access_token=KEY)).status == 200
    assert get(server, target("/presence", topic=["a", "b"])).status == 400
    assert get(server, "/presence").status == 400


def test_secrets_stay_out_of_the_log(start_server, topic):
    server = start_server()
    with HTTPClient(server.port) as client:
        document = client.request("GET", target("/poll", topic=topic, client="new")).json()
    with WebSocketClient(server.port, topic, **credentials(document)):
        pass
    wait_until(lambda: "transport=ws" in server.log, "the line of the log")
    assert document["secret"] not in server.log
