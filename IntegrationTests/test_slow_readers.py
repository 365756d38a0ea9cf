"""A client that stops reading while much is published, under each policy."""

import contextlib

import pytest

from clients.connection import EndOfStream
from clients.deadline import Deadline
from clients.http import HTTPClient
from clients.publishing import Publisher, publish
from clients.slow import SlowSSE, SlowWebSocket, assert_gaps_are_where_numbers_are_missing, payload
from clients.sse import subscribe
from clients.ws import WebSocketClient

COUNT = 600
"""9 MiB, many times what the kernel takes for a connection that does not read."""
STALLED = 300
"""Until here the kernel may have taken some more now and then, so that there can be more than one gap; not after it."""

pytestmark = pytest.mark.timeout(120)
both = pytest.mark.parametrize("Client", [SlowSSE, SlowWebSocket], ids=["SSE", "WebSocket"])


@pytest.fixture(scope="module")
def patient(start_module_server):
    """One thread, so that what one subscriber has got was given to the others too."""
    ample = "count=100000 bytes=64MiB budget=128MiB"
    rules = [f"{slow}: slow={slow} {ample}" for slow in ["rewind", "disconnect", "skip", "latest"]]
    rules.append("short: slow=rewind count=20 bytes=64MiB budget=128MiB")
    # Who does not read answers no pings either.
    quiet = ["--ping-interval", "600"]
    options = [word for rule in rules for word in ("--rule", rule)]
    return start_module_server("--threads", "1", "--send-limit", "64KiB", "--history-memory", "1GiB", *quiet, *options)


def publish_numbers(server, topic: str, numbers):
    """A witness that reads makes sure that each publication has reached the subscribers before the next one."""
    with subscribe(server, topic) as witness, Publisher(server.port) as publisher:
        for number in numbers:
            publisher.publish(topic, data=payload(number))
            assert witness.next_event().data.startswith(f"{number:06d}")


@contextlib.contextmanager
def reader_that_stopped(Client, server, topic: str):  # noqa: N803
    client = Client(server, topic)
    publish_numbers(server, topic, range(COUNT))
    yield client
    client.close()


def read_on(client, server, topic: str, last: int) -> list[int | str]:
    """Reads up to the publication `last`; where nothing comes, something new is published."""
    items, following, deadline = [], COUNT, Deadline(60)
    while last not in items:
        assert not deadline.passed, items[-5:]
        try:
            items.append(client.next(timeout=1))
        except TimeoutError:
            publish(server, topic, data=payload(following))
            following += 1
    return items


def after_the_stall(items: list[int | str], reason: str) -> list[int]:
    """What came after the one gap that stands for the time in which nothing could be written."""
    assert_gaps_are_where_numbers_are_missing(items)
    reasons = [item for item in items if isinstance(item, str)]
    assert set(reasons) == {reason}
    last = len(items) - 1 - items[::-1].index(reason)
    assert items[last - 1] < STALLED
    return items[last + 1 :]


@both
def test_rewind_gives_everything_in_order_and_once(patient, topic, Client):  # noqa: N803
    topic = f"rewind:{topic}"
    with reader_that_stopped(Client, patient, topic) as client:
        assert [client.next() for _ in range(COUNT)] == list(range(COUNT))
        publish(patient, topic, data=payload(COUNT))
        assert client.next() == COUNT


def test_rewind_goes_on_after_several_stops(patient, topic):
    topic = f"rewind:{topic}"
    client, got = SlowSSE(patient, topic), []
    for start in range(0, 600, 150):
        publish_numbers(patient, topic, range(start, start + 150))
        got += [client.next() for _ in range(100)]
    got += [client.next() for _ in range(200)]
    client.close()
    assert got == list(range(600))


@both
def test_rewind_tells_one_gap_where_the_history_was_too_short(patient, topic, Client):  # noqa: N803
    topic = f"short:{topic}"
    with reader_that_stopped(Client, patient, topic) as client:
        items = read_on(client, patient, topic, COUNT)
    assert after_the_stall(items, "evicted") == list(range(COUNT - 20, COUNT + 1))


@both
def test_disconnect_ends_the_connection_and_the_client_comes_back(patient, topic, Client):  # noqa: N803
    topic = f"disconnect:{topic}"
    with reader_that_stopped(Client, patient, topic) as client:
        got = []
        with contextlib.suppress(EndOfStream):
            while True:
                got.append(client.next())
        cursor = client.cursor
    assert len(got) < COUNT
    client = Client(patient, topic, cursor=cursor)
    got += [client.next() for _ in range(COUNT - len(got))]
    client.close()
    assert got == list(range(COUNT))


@both
def test_skip_leaves_out_tells_it_and_goes_on_live(patient, topic, Client):  # noqa: N803
    topic = f"skip:{topic}"
    with reader_that_stopped(Client, patient, topic) as client:
        items = read_on(client, patient, topic, COUNT + 1)
    # The gap may be told before the next publication or with it.
    assert after_the_stall(items, "skipped") in ([COUNT, COUNT + 1], [COUNT + 1])


@both
def test_latest_gives_the_newest_after_a_gap(patient, topic, Client):  # noqa: N803
    topic = f"latest:{topic}"
    with reader_that_stopped(Client, patient, topic) as client:
        items = read_on(client, patient, topic, COUNT)
    assert after_the_stall(items, "skipped") == [COUNT - 1, COUNT]


def test_the_strictest_rule_of_several_topics_holds(patient, topic):
    skipping, rewinding = f"skip:{topic}", f"rewind:{topic}"
    client = SlowSSE(patient, skipping, rewinding)
    publish_numbers(patient, skipping, range(COUNT))
    assert [client.next() for _ in range(COUNT)] == list(range(COUNT))
    client.close()


def test_memory_stays_bounded_whatever_slow_readers_leave(start_server, topic):
    server = start_server("--send-limit", "64KiB", "--rule", "default bytes=1MiB")
    piece = b"x" * (256 * 1024)
    with contextlib.ExitStack() as stack, Publisher(server.port) as publisher:
        for _ in range(20):
            http = HTTPClient(server.port, receive_buffer=4096)
            stack.enter_context(WebSocketClient(server.port, topic, format="raw", http=http))
        for _ in range(20):
            publisher.publish(topic, data=piece, content_type="application/octet-stream")
        before = server.resident_bytes
        for _ in range(380):
            publisher.publish(topic, data=piece, content_type="application/octet-stream")
        grown = server.resident_bytes - before
    # 95 MiB went through. The log holds one of them, and each reader may have one message and its limit waiting.
    assert grown < 48 << 20, f"{grown >> 20} MiB"
