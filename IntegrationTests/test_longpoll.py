"""Long polling: the answer is held until there is something to say."""

import threading
import time

import pytest

from clients.connection import Connection
from clients.deadline import PATIENCE, wait_until
from clients.http import HTTPClient, encode_request, target
from clients.polling import PollClient, answer, await_subscribers, data_of, longpoll
from clients.publishing import Publisher, publish, publish_all
from clients.refusal import assert_refused
from clients.witness import publish_before

TEXTS = ["1", "2", "3", "4", "5"]


@pytest.fixture
def cursor(server, topic):
    """After one publication; now the topic can be looked at."""
    return publish(server, topic, data="before")


@pytest.fixture
def client(server):
    with PollClient(server.port) as client:
        yield client


def hold(client: PollClient, server, *topics: str, **query):
    """Returns when the server holds the answer."""
    client.send("/longpoll", *topics, **query)
    await_subscribers(server, topics[0], 1)
    assert not client.http.connection.buffer


def test_the_answer_is_held_until_there_is_a_publication(client, server, topic, cursor):
    hold(client, server, topic, cursor=cursor)
    publish(server, f"other-{topic}", data="other")
    id = publish(server, topic, data="x", event="goal")
    document = answer(client.response())
    (message,) = document["messages"]
    assert list(message) == ["id", "topic", "event", "data", "time"]
    assert (message["id"], message["event"], message["data"]) == (id, "goal", "x")
    assert document["cursor"] == id and "timestamp" not in document
    await_subscribers(server, topic, 0)


@pytest.fixture(scope="module")
def single(start_module_server):
    return start_module_server("--threads", "1")


@pytest.fixture
def witnessed(single, topic):
    """A topic in which there is something that is no longer new."""
    publish_before(single, topic)
    return topic


def test_without_a_cursor_it_waits_for_the_next(single, witnessed):
    with PollClient(single.port) as client:
        hold(client, single, witnessed)
        publish(single, witnessed, data="next")
        assert data_of(answer(client.response())) == ["next"]


def test_a_batch_comes_in_one_answer_or_in_several_but_whole(client, server, topic, cursor):
    """What a held answer catches of a batch is up to the server; the cursor brings the rest."""
    hold(client, server, topic, cursor=cursor)
    with Publisher(server.port) as publisher:
        publisher.batch([{"topic": topic, "data": text} for text in TEXTS])
    got = []
    while len(got) < len(TEXTS):
        document = answer(client.response())
        got += data_of(document)
        if len(got) < len(TEXTS):
            client.send("/longpoll", topic, cursor=document["cursor"])
    assert got == TEXTS


def test_all_that_waits_comes_in_one_answer_at_once(client, server, topic, cursor):
    publish_all(server, topic, TEXTS)
    assert data_of(client.answer("/longpoll", topic, cursor=cursor)) == TEXTS


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_up_to_the_limit(client, server, topic, cursor, limit):
    ids = publish_all(server, topic, TEXTS)
    got = []
    while len(got) < len(TEXTS):
        document = client.answer("/longpoll", topic, cursor=cursor, limit=limit)
        assert len(document["messages"]) == min(limit, len(TEXTS) - len(got))
        got += data_of(document)
        cursor = document["cursor"]
        assert cursor == ids[len(got) - 1]
    assert got == TEXTS


def test_more_than_a_page_of_the_log_in_one_answer(client, server, topic, cursor):
    with Publisher(server.port) as publisher:
        publisher.batch([{"topic": topic, "data": str(index)} for index in range(950)])
    document = client.answer("/longpoll", topic, cursor=cursor)
    assert data_of(document) == [str(index) for index in range(950)]


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_topics_with_cursors_of_their_own(client, server, topics, limit):
    a, b = topics[:2]
    ids = {}
    with Publisher(server.port) as publisher:
        for text in ["a1", "b1", "a2", "b2", "a3", "b3"]:
            ids[text] = publisher.publish(a if text[0] == "a" else b, data=text)
        got, cursor = [], [ids["a2"], "earliest"]
        while len(got) < 4:
            document = client.answer("/longpoll", a, b, cursor=cursor, limit=limit)
            got += data_of(document)
            cursor = document["cursor"]
        publisher.publish(a, b, data="end")
    assert data_of(client.answer("/longpoll", a, b, cursor=cursor)) == ["end"]
    assert [text for text in got if text[0] == "a"] == ["a3"]
    assert [text for text in got if text[0] == "b"] == ["b1", "b2", "b3"]


def test_long_data_is_spread_over_several_answers(start_server, topic):
    server = start_server("--rule", "default bytes=64MiB")
    with PollClient(server.port) as client, Publisher(server.port) as publisher:
        cursor, got = publisher.publish(topic, data="before"), []
        for number in range(12):
            publisher.publish(topic, data=f"{number} {'x' * 300_000}")
        while len(got) < 12:
            document = client.answer("/longpoll", topic, cursor=cursor)
            got += [int(data.split()[0]) for data in data_of(document)]
            cursor = document["cursor"]
    assert got == list(range(12))


def test_a_held_answer_is_no_idle_connection(start_server, topic):
    server = start_server("--idle-timeout", "1", "--head-timeout", "1")
    cursor = publish(server, topic, data="before")
    assert longpoll(server, topic, cursor=cursor, timeout=3) == {"cursor": cursor, "messages": []}


def test_when_the_time_is_over_nothing_comes_with_the_same_cursor(client, server, topic, cursor):
    publish(server, f"other-{topic}", data="other")
    started = time.monotonic()
    document = client.answer("/longpoll", topic, cursor=cursor, timeout=1)
    assert 0.9 < time.monotonic() - started < 10 * PATIENCE
    assert document == {"cursor": cursor, "messages": []}


def test_a_client_without_a_cursor_gets_one_when_the_time_is_over(single, witnessed):
    document = longpoll(single, witnessed, timeout=1)
    assert document["messages"] == []
    publish_all(single, witnessed, ["1", "2"])
    assert data_of(longpoll(single, witnessed, cursor=document["cursor"])) == ["1", "2"]


@pytest.mark.parametrize("leave", [Connection.close, Connection.reset], ids=["close", "reset"])
def test_an_answer_that_is_lost_in_flight_loses_nothing(client, server, topic, cursor, leave):
    with PollClient(server.port) as lost:
        hold(lost, server, topic, cursor=cursor)
        publish(server, topic, data="1")
        await_subscribers(server, topic, 0)
        leave(lost.http.connection)
    publish(server, topic, data="2")
    assert data_of(client.answer("/longpoll", topic, cursor=cursor)) == ["1", "2"]


def test_coming_back_again_and_again_while_publications_go_out(client, server, topic, cursor):
    numbers = [str(number) for number in range(300)]
    publishing = threading.Thread(target=publish_all, args=(server, topic, numbers))
    publishing.start()
    got = []
    while len(got) < len(numbers):
        document = client.answer("/longpoll", topic, cursor=cursor)
        got += data_of(document)
        cursor = document["cursor"]
    publishing.join()
    assert got == numbers


@pytest.mark.parametrize("leave", [Connection.close, Connection.reset], ids=["close", "reset"])
def test_a_client_that_leaves_is_noticed(start_server, topic, leave):
    server = start_server()
    cursor = publish(server, topic, data="before")
    with PollClient(server.port) as client:
        hold(client, server, topic, cursor=cursor)
        leave(client.http.connection)
        await_subscribers(server, topic, 0)
    wait_until(lambda: server.log.count("connection ended") >= 2, "the line in the log")


def test_its_place_becomes_free_when_a_client_leaves(start_server, topic):
    server = start_server("--max-connections", "2")
    with PollClient(server.port) as client, Publisher(server.port) as publisher:
        cursor = publisher.publish(topic, data="before")
        client.send("/longpoll", topic, cursor=cursor)
        with PollClient(server.port) as third:
            assert_refused(third.get("/poll", topic), 503, "overloaded")
        client.http.connection.close()

        def is_free() -> bool:
            with PollClient(server.port) as again:
                return again.get("/poll", topic).status == 200

        wait_until(is_free, "a place that became free")


def test_fifty_long_polls_on_one_connection(server, topic):
    with PollClient(server.port) as client, Publisher(server.port) as publisher:
        cursor = publisher.publish(topic, data="before")
        for number in range(50):
            client.send("/longpoll", topic, cursor=cursor)
            publisher.publish(topic, data=str(number))
            document = answer(client.response())
            assert data_of(document) == [str(number)]
            cursor = document["cursor"]


def test_requests_behind_a_long_poll_wait_for_it(client, server, topic, cursor):
    address = target("/longpoll", topic=topic, cursor=cursor)
    requests = [encode_request("GET", path, server.port) for path in ["/healthz", address, "/nope", "/healthz"]]
    client.http.connection.send(b"".join(requests))
    assert client.response().text == "ok"
    await_subscribers(server, topic, 1)
    assert not client.http.connection.buffer
    publish(server, topic, data="x")
    assert data_of(answer(client.response())) == ["x"]
    assert [client.response().status for _ in range(2)] == [404, 200]


def test_long_polls_may_be_pipelined(client, server, topic, cursor):
    ids = publish_all(server, topic, TEXTS)
    addresses = [target("/longpoll", topic=topic, cursor=id) for id in [cursor, *ids]]
    client.http.connection.send(b"".join(encode_request("GET", address, server.port) for address in addresses))
    for index in range(5):
        assert data_of(answer(client.response())) == TEXTS[index:]
    await_subscribers(server, topic, 1)
    publish(server, topic, data="6")
    assert data_of(answer(client.response())) == ["6"]


def test_the_headers(client, server, topic, cursor):
    publish(server, topic, data="x")
    headers = client.get("/longpoll", topic, cursor=cursor).headers
    assert headers.get("Content-Type") == "application/json"
    assert headers.get("Cache-Control") == "no-store"
    assert headers.get("X-Content-Type-Options") == "nosniff"
    assert headers.get("Referrer-Policy") == "no-referrer"
    assert not headers.has("ETag")


def test_http_1_0(server, topic, cursor):
    with HTTPClient(server.port) as client:
        client.send("GET", target("/longpoll", topic=topic, cursor=cursor), version="1.0")
        await_subscribers(server, topic, 1)
        publish(server, topic, data="x")
        response = client.response()
        assert data_of(answer(response)) == ["x"] and not response.headers.has("Transfer-Encoding")
        assert client.closed()


# The classic form


@pytest.mark.parametrize("timestamp", ["0", "", "none"])
def test_with_a_timestamp_the_newest_comes_at_once(client, server, topic, timestamp):
    ids = publish_all(server, topic, ["old", "new"])
    document = client.answer("/longpoll", topic, timestamp=timestamp)
    assert data_of(document) == ["new"]
    assert document["timestamp"] == document["cursor"] == ids[-1]
    assert document["msg"] == "new"


def test_the_loop_of_a_classic_client(client, server, topic):
    timestamp, got = "0", []
    for text in TEXTS:
        client.send("/longpoll", topic, timestamp=timestamp)
        publish(server, topic, data=text)
        document = answer(client.response())
        got.append(document["msg"])
        timestamp = document["timestamp"]
    assert got == TEXTS


def test_msg_is_the_newest_of_several(client, server, topic):
    first, *_ = publish_all(server, topic, TEXTS)
    document = client.answer("/longpoll", topic, timestamp=first)
    assert data_of(document) == TEXTS[1:] and document["msg"] == TEXTS[-1]


def test_msg_is_a_value_where_data_is_json(client, server, topic):
    publish(server, topic, data='{"score":[2,1]}', content_type="application/json")
    assert client.answer("/longpoll", topic, timestamp="0")["msg"] == {"score": [2, 1]}


def test_when_the_time_is_over_there_is_a_timestamp_but_no_msg(client, server, topic, cursor):
    document = client.answer("/longpoll", topic, timestamp=cursor, timeout=1)
    assert document == {"cursor": cursor, "messages": [], "timestamp": cursor}


def test_a_timestamp_before_anything_was_published_waits(client, server, topic):
    document = client.answer("/longpoll", topic, timestamp="0", timeout=1)
    assert document["messages"] == [] and "msg" not in document
    publish(server, topic, data="first")
    assert client.answer("/longpoll", topic, timestamp=document["timestamp"])["msg"] == "first"


def test_a_timestamp_that_is_no_cursor_is_refused(client, topic):
    assert_refused(client.get("/longpoll", topic, timestamp="not a cursor"), 400, "cursor_invalid")


# Gaps


def test_a_gap_is_told_with_what_is_held(start_server, topic):
    server = start_server("--rule", "default count=2")
    ids = publish_all(server, topic, TEXTS)
    document = longpoll(server, topic, cursor=ids[0])
    assert document["gap"] == {"topics": [topic], "after": ids[0], "reason": "evicted"}
    assert data_of(document) == ["4", "5"] and document["cursor"] == ids[-1]
    assert longpoll(server, topic, cursor=document["cursor"], timeout=1) == {"cursor": ids[-1], "messages": []}


def test_a_gap_is_told_at_once_where_nothing_is_held(start_server, topic):
    server = start_server()
    last = publish(server, topic, data="before")
    server.stop()
    server = start_server(port=server.port)
    document = longpoll(server, topic, cursor=last)
    assert document["messages"] == []
    assert document["gap"] == {"topics": [topic], "after": last, "reason": "epoch"}
    again = longpoll(server, topic, cursor=document["cursor"], timeout=1)
    assert "gap" not in again and again["cursor"] == document["cursor"]
