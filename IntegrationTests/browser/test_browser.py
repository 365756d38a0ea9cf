"""The transports as the objects of a browser see them."""

import json

from clients.deadline import wait_until
from clients.http import target
from clients.proxy import CuttableProxy
from clients.publishing import Publisher, publish

OPEN_EVENT_SOURCE = """
([address, names]) => {
    window.got = [];
    window.source = new EventSource(address);
    for (const name of names)
        source.addEventListener(name, event => got.push([name, event.data, event.lastEventId]));
    return new Promise(resolve => source.addEventListener("open", resolve, {once: true})).then(() => true);
}
"""

OPEN_WEBSOCKET = """
address => {
    window.got = [];
    window.socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onmessage = event =>
        got.push(typeof event.data === "string" ? event.data : [...new Uint8Array(event.data)]);
    socket.onclose = event => { window.ending = [event.code, event.wasClean]; };
    return new Promise(resolve => { socket.onopen = () => resolve(true); });
}
"""


def listen(page, port: int, topic: str, *names: str, **query):
    address = f"http://127.0.0.1:{port}" + target("/sse", topic=topic, **query)
    assert page.evaluate(OPEN_EVENT_SOURCE, [address, ["message", "halley:gap", *names]])


def got(page, count: int) -> list:
    page.wait_for_function("count => got.length >= count", arg=count, timeout=20_000)
    return page.evaluate("got")


def test_an_event_source_gets_events(server, page, topic):
    listen(page, server.port, topic, "goal")
    ids = [publish(server, topic, data="grün\n🦅"), publish(server, topic, data="2:1", event="goal")]
    assert got(page, 2) == [["message", "grün\n🦅", ids[0]], ["goal", "2:1", ids[1]]]


def test_with_hello_scripts_see_the_cursor(server, page, topic):
    listen(page, server.port, topic, "halley:hello", hello="1")
    name, cursor, last_event_id = got(page, 1)[0]
    assert name == "halley:hello" and cursor and last_event_id in ("", cursor)


def test_an_event_source_is_told_of_the_gap_when_the_server_was_killed(start_server, page, topic):
    options = ["--demo", "--retry", "200"]
    server = start_server(*options)
    listen(page, server.port, topic)
    before = publish(server, topic, data="before")
    got(page, 1)
    server.kill()
    server = start_server(*options, port=server.port)
    publish(server, topic, data="after")
    _, (name, data, _), (_, after, _) = got(page, 3)
    assert name == "halley:gap" and after == "after"
    assert json.loads(data) == {"topics": [topic], "after": before, "reason": "epoch"}


def test_an_event_source_that_got_nothing_yet_is_told_of_the_gap_too(start_server, page, topic):
    options = ["--demo", "--retry", "200"]
    server = start_server(*options)
    listen(page, server.port, topic)
    server.kill()
    start_server(*options, port=server.port)
    ((name, data, _),) = got(page, 1)
    assert name == "halley:gap" and json.loads(data)["reason"] == "epoch"


def test_an_event_source_comes_back_from_a_drain(start_server, page, topic):
    options = ["--demo", "--retry", "200", "--drain", "1"]
    server = start_server(*options)
    listen(page, server.port, topic)
    server.stop()
    server = start_server(*options, port=server.port)
    publish(server, topic, data="after")
    assert [name for name, _, _ in got(page, 2)] == ["halley:gap", "message"]


def test_cuts_lose_and_double_nothing(start_server, page, topic):
    server = start_server("--demo", "--retry", "50")
    with CuttableProxy(server.port) as proxy, Publisher(server.port) as publisher:
        listen(page, proxy.port, topic)
        cuts = 0
        for number in range(200):
            if number % 40 == 20:
                # The page may not have noticed the last cut yet: it is back when the proxy has a new connection too.
                wait_until(lambda cuts=cuts: proxy.accepted > cuts, "the page to come back", timeout=20)
                page.wait_for_function("source.readyState === EventSource.OPEN", timeout=20_000)
                proxy.cut()
                cuts += 1
            publisher.publish(topic, data=str(number))
        texts = [data for _, data, _ in got(page, 200)]
        assert texts == [str(number) for number in range(200)]
        assert cuts == 5 and proxy.accepted == 6


def test_a_cut_before_the_first_event_loses_nothing(start_server, page, topic):
    server = start_server("--demo", "--retry", "50", "--heartbeat", "0.1")
    with CuttableProxy(server.port) as proxy:
        listen(page, proxy.port, topic)
        # Scripts don't see the bare id; after some heartbeats the browser has certainly read the first.
        wait_until(lambda: proxy.passed_down(b"id: ") >= 5, "some heartbeats")
        proxy.cut()
        publish(server, topic, data="meanwhile")
        assert [data for _, data, _ in got(page, 1)] == ["meanwhile"]


def test_a_websocket_gets_envelopes(server, page, topic):
    assert page.evaluate(OPEN_WEBSOCKET, f"ws://127.0.0.1:{server.port}/ws?topic={topic}")
    id = publish(server, topic, data="grün 🦅")
    envelope = json.loads(got(page, 1)[0])
    assert (envelope["id"], envelope["data"]) == (id, "grün 🦅")


def test_a_websocket_gets_raw_text_and_bytes(server, page, topic):
    assert page.evaluate(OPEN_WEBSOCKET, f"ws://127.0.0.1:{server.port}/ws?topic={topic}&format=raw")
    publish(server, topic, data="text")
    publish(server, topic, data=b"\x00\xff", content_type="application/octet-stream")
    assert got(page, 2) == ["text", [0, 255]]


def test_a_websocket_closes_cleanly_from_either_side(start_server, page, topic):
    server = start_server("--demo", "--drain", "1")
    address = f"ws://127.0.0.1:{server.port}/ws?topic={topic}"
    assert page.evaluate(OPEN_WEBSOCKET, address)
    page.evaluate("socket.close(3001, 'bye')")
    page.wait_for_function("window.ending")
    assert page.evaluate("ending") == [3001, True]
    page.evaluate("window.ending = undefined")
    assert page.evaluate(OPEN_WEBSOCKET, address)
    server.stop()
    page.wait_for_function("window.ending")
    assert page.evaluate("ending") == [1001, True]


def test_a_page_can_publish_to_demo_topics(server, page, topic):
    listen(page, server.port, f"demo:{topic}")
    address = f"{server.url}/publish?topic=demo:{topic}"
    status = page.evaluate("address => fetch(address, {method: 'POST', body: 'x'}).then(r => r.status)", address)
    assert status == 200
    assert [data for _, data, _ in got(page, 1)] == ["x"]


def test_a_page_with_a_key_may_publish_to_any_topic(server, page, topic):
    """The header makes the browser ask first (a preflight)."""
    listen(page, server.port, topic)
    script = """address => fetch(address, {
        method: "POST", body: '{"a":1}',
        headers: {"Authorization": "Bearer test-key", "Content-Type": "application/json", "Idempotency-Key": "k"},
    }).then(response => response.json())"""
    id = page.evaluate(script, f"{server.url}/publish?topic={topic}")["id"]
    assert got(page, 1) == [["message", '{"a":1}', id]]


def test_a_page_of_a_foreign_origin_reads_nothing(start_server, page, topic):
    server = start_server()
    script = """address => new Promise(resolve => {
        const source = new EventSource(address);
        source.onopen = () => resolve("open");
        source.onerror = () => resolve(source.readyState === EventSource.CLOSED ? "refused" : "retrying");
    })"""
    assert page.evaluate(script, f"{server.url}/sse?topic={topic}") == "refused"
    script = """address => new Promise(resolve => {
        const socket = new WebSocket(address);
        socket.onopen = () => resolve("open");
        socket.onclose = () => resolve("refused");
    })"""
    assert page.evaluate(script, f"ws://127.0.0.1:{server.port}/ws?topic={topic}") == "refused"
