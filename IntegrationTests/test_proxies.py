"""nginx and HAProxy in front, with the settings that docs/deploy.md shows: everything is delivered at once."""

import contextlib
import time
import zlib

import pytest

from clients.deadline import PATIENCE, Deadline, wait_until
from clients.http import HTTPClient, get, target
from clients.iframe import IframeClient
from clients.multipart import PartClient
from clients.polling import PollClient, answer, await_subscribers, data_of
from clients.publishing import publish, publish_all
from clients.reverse_proxy import FILES, binary, reverse_proxy, shown
from clients.server import REPOSITORY
from clients.sse import SSEClient, subscribe
from clients.streaming import LineClient, StreamingBody, greeted
from clients.ws import Opcode, WebSocketClient, ping_round_trip

AT_ONCE = 1.0
ANY_HOST = "push.example"


def need(name: str):
    if binary(name) is None:
        pytest.skip(f"{name} is not installed (apt-get install {name})")


@pytest.fixture(scope="module")
def halley(start_module_server):
    return start_module_server("--demo", "--allow-host", ANY_HOST)


@pytest.fixture(scope="module", params=FILES)
def proxy(request, halley, tmp_path_factory):
    need(request.param)
    with reverse_proxy(request.param, halley.port, tmp_path_factory.mktemp("proxy")) as proxy:
        wait_until(lambda: get(proxy, "/readyz").status == 200, "the way through", timeout=15)
        yield proxy


STREAMS = {
    "lines": LineClient,
    "mixed": PartClient,
    "x-mixed-replace": lambda *arguments: PartClient(*arguments, multipart="x-mixed-replace"),
    "iframe": IframeClient,
}


@pytest.mark.parametrize("kind", STREAMS)
def test_streams(proxy, halley, topic, kind):
    with greeted(STREAMS[kind](proxy.port, topic)) as client:
        for number in range(10):
            publish(halley, topic, data=str(number))
            assert client.next_event(timeout=AT_ONCE)["data"] == str(number)


def test_raw_parts(proxy, halley, topic):
    with PartClient(proxy.port, topic, format="raw", hello="1") as client:
        assert client.next_part(timeout=AT_ONCE).notice == "hello"
        for number in range(10):
            publish(halley, topic, data=str(number))
            assert client.next_part(timeout=AT_ONCE).text == str(number)


def test_server_sent_events(proxy, halley, topic):
    with SSEClient(proxy.port, topic) as client:
        first = client.next_block(timeout=AT_ONCE)
        for number in range(10):
            publish(halley, topic, data=str(number))
            assert client.next_event(timeout=AT_ONCE).data == str(number)
    with SSEClient(proxy.port, topic, last_event_id=first.id) as client:
        assert client.texts(10) == [str(number) for number in range(10)]


def test_websocket(proxy, halley, topic):
    with WebSocketClient(proxy.port, topic) as client:
        for number in range(10):
            publish(halley, topic, data=str(number))
            assert client.json(timeout=AT_ONCE)["data"] == str(number)
        ping_round_trip(client)
        client.send_close(1000)
        assert client.await_opcode(Opcode.CLOSE).code == 1000 and client.ended()


def test_long_polling_on_one_connection(proxy, halley, topic):
    cursor = publish(halley, topic, data="before")
    with PollClient(proxy.port) as client:
        for number in range(10):
            client.send("/longpoll", topic, cursor=cursor)
            await_subscribers(halley, topic, 1)
            started = time.monotonic()
            publish(halley, topic, data=str(number))
            document = answer(client.response())
            assert time.monotonic() - started < AT_ONCE * PATIENCE
            assert data_of(document) == [str(number)]
            cursor = document["cursor"]


def test_timed_polling(proxy, halley, topic):
    ids = publish_all(halley, topic, ["1", "2"])
    with PollClient(proxy.port) as client:
        first = client.get("/poll", topic, cursor=ids[0])
        assert data_of(answer(first)) == ["2"]
        tag = first.headers.get("ETag")
        assert tag and not tag.startswith("W/")
        assert client.get("/poll", topic, cursor=ids[0], headers={"If-None-Match": tag}).status == 304


def test_publishing(proxy, halley, topic):
    with subscribe(halley, topic) as client:
        publish(proxy, topic, data="x" * 200_000)
        assert client.next_event().data == "x" * 200_000


def test_a_client_that_leaves_the_proxy_is_noticed_behind_it(proxy, halley, topic):
    cursor = publish(halley, topic, data="before")
    with greeted(LineClient(proxy.port, topic)), PollClient(proxy.port) as poll:
        poll.send("/longpoll", topic, cursor=cursor)
        await_subscribers(halley, topic, 2)
    await_subscribers(halley, topic, 0)


def test_the_host_that_the_client_names_arrives(proxy, topic):
    for host, status in [(ANY_HOST, 200), ("evil.example", 421)]:
        assert get(proxy, target("/poll", topic=topic), headers={"Host": host}).status == status


def test_a_page_of_the_proxys_origin_is_of_the_same_origin(start_server, tmp_path, topic):
    """Only with the client's own `Host` can it be seen."""
    server = start_server("--allow-host", ANY_HOST)
    for name in [name for name in FILES if binary(name)]:
        directory = tmp_path / name
        directory.mkdir()
        with reverse_proxy(name, server.port, directory) as proxy:
            wait_until(lambda proxy=proxy: get(proxy, "/readyz").status == 200, "the way through", timeout=15)
            for host in [f"127.0.0.1:{proxy.port}", ANY_HOST]:
                headers = {"Host": host, "Origin": f"https://{host}"}
                with WebSocketClient(proxy.port, topic, headers=headers) as client:
                    publish(server, topic, data="x")
                    assert client.json()["data"] == "x"


def test_a_drain_arrives(start_server, tmp_path, topic):
    for name in [name for name in FILES if binary(name)]:
        server = start_server("--drain", "3", "--allow-origin", "*")
        directory = tmp_path / name
        directory.mkdir()
        with reverse_proxy(name, server.port, directory) as proxy:
            wait_until(lambda proxy=proxy: get(proxy, "/readyz").status == 200, "the way through", timeout=15)
            cursor = publish(server, topic, data="before")
            with (
                greeted(LineClient(proxy.port, topic)) as lines, subscribe(proxy, topic) as events,
                WebSocketClient(proxy.port, topic) as socket, PollClient(proxy.port) as poll,
            ):  # fmt: skip
                poll.send("/longpoll", topic, cursor=cursor, timeout=60)
                await_subscribers(server, topic, 4)
                server.signal()
                assert lines.rest()[-1]["end"]["code"] == 4001 and lines.ended_cleanly
                assert events.rest()[-1].retry > 0 and events.ended_cleanly
                frame = socket.await_opcode(Opcode.CLOSE)
                assert frame.code == 1001 and frame.reason.startswith("retry=")
                socket.send_close(1001)
                assert answer(poll.response())["messages"] == []
                assert server.await_exit(5) == 0


VERSION = "proxy_http_version 1.1;"
DEAF = "proxy_ignore_headers X-Accel-Buffering;"


@pytest.fixture
def changed_nginx(halley, tmp_path):
    """`changed_nginx(lines)` has those in place of the one that asks for HTTP/1.1."""
    need("nginx")
    with contextlib.ExitStack() as stack:
        yield lambda lines: stack.enter_context(
            reverse_proxy("nginx", halley.port, tmp_path, change=lambda text: text.replace(VERSION, lines))
        )


@pytest.mark.parametrize("lines", ["", VERSION + DEAF], ids=["HTTP/1.0", "deaf to X-Accel-Buffering"])
def test_nginx_may_ask_by_http_1_0_or_ignore_that_we_want_no_buffering(changed_nginx, halley, topic, lines):
    proxy = changed_nginx(lines)
    with greeted(LineClient(proxy.port, topic)) as client:
        for number in range(10):
            publish(halley, topic, data=str(number))
            assert client.next_event(timeout=AT_ONCE)["data"] == str(number)


def test_both_together_hold_streams_back_but_no_long_poll(changed_nginx, halley, topic):
    """So `X-Accel-Buffering: no` is what lets streams pass where nginx asks by HTTP/1.0, as it does by default."""
    proxy = changed_nginx(DEAF)
    cursor = publish(halley, topic, data="before")
    with HTTPClient(proxy.port) as client:
        client.send("GET", target("/stream", topic=topic))
        await_subscribers(halley, topic, 1)
        publish(halley, topic, data="held back")
        with pytest.raises(TimeoutError):
            client.connection.take(1, Deadline(0.5))
    await_subscribers(halley, topic, 0)
    with PollClient(proxy.port) as client:
        client.send("/longpoll", topic, cursor=cursor)
        assert data_of(answer(client.response())) == ["held back"]


def test_compression_holds_nothing_back(changed_nginx, halley, topic):
    proxy = changed_nginx(VERSION + "gzip on; gzip_types *; gzip_min_length 1;")
    accepting = {"Accept-Encoding": "gzip"}
    with StreamingBody(proxy.port, target("/iframe", topic=topic, callback="f"), headers=accepting) as body:
        assert body.headers.get("Content-Encoding") == "gzip"
        inflate, text = zlib.decompressobj(31), b""
        for word in [b"hello", *[b"#%d#" % number for number in range(10)]]:
            if word != b"hello":
                publish(halley, topic, data=word.decode())
            deadline = Deadline(AT_ONCE)
            while word not in text:
                body.fill(deadline)
                text += inflate.decompress(body.take(body.available))
    with PollClient(proxy.port) as client:
        tag = client.get("/poll", topic, headers=accepting).headers.get("ETag")
        assert client.get("/poll", topic, headers=accepting | {"If-None-Match": tag}).status == 304


@pytest.mark.parametrize("name", FILES)
def test_the_documentation_shows_these_settings(name):
    document = (REPOSITORY / "docs" / "deploy.md").read_text()
    listen = {"nginx": "80", "haproxy": ":80"}[name]
    assert shown(name, listen=listen, halley="127.0.0.1:8080") in document
