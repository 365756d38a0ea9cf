"""Subscribers that can stop reading, by each transport, seen in one way: a number is a publication, a string the reason
of a gap."""

from clients.sse import SSEClient
from clients.ws import WebSocketClient

SIZE = 16 * 1024
# Small enough that most of what is published stays in the server.
RECEIVE_BUFFER = 16 * 1024


def payload(number: int) -> str:
    """Text that begins with its number."""
    return f"{number:06d} ".ljust(SIZE, "x")


class SlowSSE:
    def __init__(self, server, *topics: str, cursor: str | None = None):
        self._client = SSEClient(server.port, *topics, last_event_id=cursor, receive_buffer=RECEIVE_BUFFER)
        self.cursor = self._client.next_block().id

    def next(self, timeout: float = 15.0) -> int | str:
        event = self._client.next_event(timeout)
        self.cursor = event.last_event_id
        return event.json()["reason"] if event.event == "halley:gap" else int(event.data[:6])

    def close(self):
        self._client.close()


class SlowWebSocket:
    def __init__(self, server, *topics: str, cursor: str | None = None):
        self._client = WebSocketClient(server.port, *topics, cursor=cursor, hello="1", receive_buffer=RECEIVE_BUFFER)
        self.cursor = self._client.json()["hello"]["cursor"]

    def next(self, timeout: float = 15.0) -> int | str:
        message = self._client.json(timeout)
        while "cursor" in message:
            message = self._client.json(timeout)
        self.cursor = message["id"]
        return message["gap"]["reason"] if "gap" in message else int(message["data"][:6])

    def close(self):
        self._client.http.connection.close()


def assert_gaps_are_where_numbers_are_missing(items: list[int | str]):
    """From 0 on, each number once and in order, and a gap exactly where some are left out."""
    expected, gap = 0, None
    for item in items:
        if isinstance(item, str):
            assert gap is None, f"two gaps in a row before {expected}"
            gap = item
            continue
        assert item >= expected, f"{item} after {expected - 1}"
        assert (item > expected) == (gap is not None), f"{item} after {expected - 1}, gap: {gap}"
        expected, gap = item + 1, None
