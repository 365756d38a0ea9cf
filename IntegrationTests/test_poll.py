"""Timed polling: answers at once, and says when nothing is new."""

import pytest

from clients.http import HTTPClient, encode_request, target
from clients.polling import PollClient, answer, data_of, poll
from clients.publishing import Publisher, publish, publish_all

TEXTS = ["1", "2", "3", "4", "5"]


def known(tag: str) -> dict:
    return {"If-None-Match": tag}


@pytest.fixture
def client(server):
    with PollClient(server.port) as client:
        yield client


def test_the_answer_and_its_envelopes(client, server, topic):
    id = publish(server, topic, data='{"any":"JSON"}', content_type="application/json", event="goal")
    response = client.get("/poll", topic)
    assert response.headers.get("Content-Type") == "application/json"
    document = answer(response)
    (message,) = document["messages"]
    assert list(message) == ["id", "topic", "event", "data", "time"]
    assert (message["id"], message["topic"], message["event"]) == (id, topic, "goal")
    assert message["data"] == {"any": "JSON"}
    assert document["cursor"] == id and "gap" not in document


def test_without_a_cursor_it_brings_the_newest_of_each_topic(client, server, topics):
    a, b, c = topics[:3]
    publish_all(server, a, ["a1", "a2"])
    publish_all(server, b, ["b1", "b2"])
    assert data_of(client.answer("/poll", a, b, c)) == ["a2", "b2"]


def test_a_topic_without_anything_has_no_messages_but_a_cursor(client, server, topic):
    first = client.answer("/poll", topic)
    assert first["messages"] == []
    publish(server, topic, data="x")
    assert data_of(client.answer("/poll", topic, cursor=first["cursor"])) == ["x"]


def test_with_the_cursor_it_brings_what_is_new(client, server, topic):
    publish(server, topic, data="old")
    cursor = client.answer("/poll", topic)["cursor"]
    ids = publish_all(server, topic, TEXTS)
    document = client.answer("/poll", topic, cursor=cursor)
    assert data_of(document) == TEXTS and document["cursor"] == ids[-1]
    nothing = client.answer("/poll", topic, cursor=document["cursor"])
    assert (nothing["messages"], nothing["cursor"]) == ([], document["cursor"])


def test_the_header_wins_over_the_query(client, server, topic):
    ids = publish_all(server, topic, TEXTS)
    document = client.answer("/poll", topic, cursor="earliest", headers={"Last-Event-ID": ids[3]})
    assert data_of(document) == ["5"]


@pytest.mark.parametrize(("cursor", "expected"), [("earliest", TEXTS), ("last:2", TEXTS[-2:]), ("last:1", TEXTS[-1:])])
def test_words_for_cursors(client, server, topic, cursor, expected):
    publish_all(server, topic, TEXTS)
    assert data_of(client.answer("/poll", topic, cursor=cursor)) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 1000])
def test_page_by_page_nothing_is_lost_or_doubled(client, server, topics, limit):
    with Publisher(server.port) as publisher:
        for index in range(12):
            publisher.publish(topics[index % 3], data=str(index))
    got, cursor = [], "earliest"
    while page := client.answer("/poll", *topics[:3], cursor=cursor, limit=limit):
        if not page["messages"]:
            break
        assert len(page["messages"]) <= limit and page["cursor"] == page["messages"][-1]["id"]
        got += data_of(page)
        cursor = page["cursor"]
    assert got == [str(index) for index in range(12)]


def test_the_limit_is_1000_by_default(start_server, topic):
    server = start_server("--rule", "default count=2000")
    with Publisher(server.port) as publisher:
        publisher.batch([{"topic": topic, "data": str(index)} for index in range(900)])
        publisher.batch([{"topic": topic, "data": str(index)} for index in range(900, 1003)])
    document = poll(server, topic, cursor="last:1001")
    assert data_of(document) == [str(index) for index in range(2, 1002)]
    assert data_of(poll(server, topic, cursor=document["cursor"])) == ["1002"]


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_topics_with_cursors_of_their_own(client, server, topics, limit):
    a, b = topics[:2]
    ids = {}
    with Publisher(server.port) as publisher:
        for text in ["a1", "b1", "a2", "b2", "a3", "b3"]:
            ids[text] = publisher.publish(a if text[0] == "a" else b, data=text)
    got, cursor = [], [ids["a2"], "earliest"]
    for _ in range(6):
        document = client.answer("/poll", a, b, cursor=cursor, limit=limit)
        got += data_of(document)
        cursor = document["cursor"]
    assert [text for text in got if text[0] == "a"] == ["a3"]
    assert [text for text in got if text[0] == "b"] == ["b1", "b2", "b3"]


def test_a_publication_in_several_topics_comes_once(client, server, topics):
    id = publish(server, *topics[:3], data="x")
    document = client.answer("/poll", *topics[:3], cursor="earliest")
    assert [message["id"] for message in document["messages"]] == [id]


def test_the_headers(client, server, topic):
    publish(server, topic, data="x")
    headers = client.get("/poll", topic).headers
    assert headers.get("Cache-Control") == "private, no-cache"
    assert headers.get("X-Content-Type-Options") == "nosniff"
    assert headers.get("Referrer-Policy") == "no-referrer"
    tag = headers.get("ETag")
    assert tag.startswith('"') and tag.endswith('"') and len(tag) > 10, "not a strong entity tag"


@pytest.fixture(params=[None, "earliest", "last:5", "own"])
def cursor(request, server, topic):
    """Each way to begin; `own` is that of a client that has everything."""
    ids = publish_all(server, topic, TEXTS)
    return ids[-1] if request.param == "own" else request.param


def test_an_unchanged_answer_is_304_without_a_body(client, topic, cursor):
    first = client.get("/poll", topic, cursor=cursor)
    tag = first.headers.get("ETag")
    for _ in range(3):
        again = client.get("/poll", topic, cursor=cursor, headers=known(tag))
        assert again.status == 304
        assert again.headers.get("ETag") == tag and again.headers.get("Cache-Control") == "private, no-cache"
    # Nothing of a body is left in the connection.
    assert client.get("/poll", topic, cursor=cursor).body == first.body


def test_a_busy_other_topic_does_not_change_the_tag(client, server, topic, cursor):
    first = client.get("/poll", topic, cursor=cursor)
    publish_all(server, f"other-{topic}", TEXTS)
    again = client.get("/poll", topic, cursor=cursor)
    assert again.headers.get("ETag") == first.headers.get("ETag") and again.body == first.body
    assert client.get("/poll", topic, cursor=cursor, headers=known(first.headers.get("ETag"))).status == 304


def test_a_busy_other_topic_does_not_change_the_tag_of_an_empty_one(client, server, topic):
    first = client.get("/poll", topic)
    publish_all(server, f"other-{topic}", TEXTS)
    assert client.get("/poll", topic, headers=known(first.headers.get("ETag"))).status == 304


def test_a_new_publication_changes_the_tag(client, server, topic, cursor):
    tag = client.get("/poll", topic, cursor=cursor).headers.get("ETag")
    publish(server, topic, data="new")
    changed = client.get("/poll", topic, cursor=cursor, headers=known(tag))
    assert changed.status == 200 and data_of(answer(changed))[-1] == "new"
    assert changed.headers.get("ETag") != tag


def test_the_same_data_again_is_something_new(client, server, topic):
    publish(server, topic, data="same")
    tag = client.get("/poll", topic).headers.get("ETag")
    publish(server, topic, data="same")
    assert client.get("/poll", topic, headers=known(tag)).status == 200


@pytest.mark.parametrize("form", ["W/{}", '"x", {}', '{}, "x"', '"x" , W/{} ,"y"', "*"])
def test_forms_of_if_none_match(client, server, topic, form):
    publish(server, topic, data="x")
    tag = client.get("/poll", topic).headers.get("ETag")
    assert client.get("/poll", topic, headers=known(form.format(tag))).status == 304


@pytest.mark.parametrize("form", ['"{}-gzip"', 'W/"{}-gzip"', '"x", W/"{}-gzip"', '"{}-br"'])
def test_what_a_compressing_proxy_makes_of_a_tag(client, server, topic, form):
    publish(server, topic, data="x")
    tag = client.get("/poll", topic).headers.get("ETag")
    again = client.get("/poll", topic, headers=known(form.format(tag.strip('"'))))
    assert (again.status, again.headers.get("ETag")) == (304, tag)


@pytest.mark.parametrize("form", ['"x"', "{0}x", "x", '"', ""])
def test_other_tags_bring_the_answer(client, server, topic, form):
    publish(server, topic, data="x")
    tag = client.get("/poll", topic).headers.get("ETag")
    assert data_of(answer(client.get("/poll", topic, headers=known(form.format(tag))))) == ["x"]


def test_each_query_has_a_tag_of_its_own(client, server, topics):
    publish(server, *topics[:2], data="x")
    queries = [(topics[:1], {}), (topics[1:2], {}), (topics[:2], {}), (topics[:1], {"callback": "f"})]
    tags = [client.get("/poll", *names, **query).headers.get("ETag") for names, query in queries]
    assert len(set(tags)) == len(queries)


def test_head_is_get_without_a_body(client, server, topic):
    publish(server, topic, data="x")
    full = client.get("/poll", topic)
    head = client.http.request("HEAD", target("/poll", topic=topic))
    assert (head.status, head.headers.get("ETag")) == (200, full.headers.get("ETag"))
    assert head.headers.get("Content-Length") == str(len(full.body))


def test_polls_may_be_pipelined(server, topic):
    ids = publish_all(server, topic, TEXTS)
    with PollClient(server.port) as client:
        client.http.connection.send(
            b"".join(encode_request("GET", target("/poll", topic=topic, cursor=id), server.port) for id in ids * 4)
        )
        for index in range(20):
            assert data_of(answer(client.response())) == TEXTS[index % 5 + 1 :]


def test_http_1_0(server, topic):
    publish(server, topic, data="x")
    with HTTPClient(server.port) as client:
        response = client.request("GET", target("/poll", topic=topic), version="1.0")
        assert data_of(answer(response)) == ["x"]
        assert not response.headers.has("Transfer-Encoding") and client.closed()


def test_a_gap_is_told_and_what_is_held_comes(start_server, topic):
    server = start_server("--rule", "default count=2")
    ids = publish_all(server, topic, TEXTS)
    document = poll(server, topic, cursor=ids[0])
    assert document["gap"] == {"topics": [topic], "after": ids[0], "reason": "evicted"}
    assert data_of(document) == ["4", "5"]
    assert "gap" not in poll(server, topic, cursor=document["cursor"])
    assert "gap" not in poll(server, topic, cursor=ids[2])
    assert "gap" not in poll(server, topic) and "gap" not in poll(server, topic, cursor="earliest")
