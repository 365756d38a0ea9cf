"""A subscriber by Server-Sent Events that reads only when it is asked to, so that it can be slow on purpose."""

from clients.chunked import ChunkedDecoder
from clients.connection import EndOfStream
from clients.deadline import Deadline
from clients.event_stream import Block, EventStreamParser
from clients.http import HTTPClient, target


class SSEClient:
    def __init__(
        self, port: int, *topics: str, last_event_id=None, headers=None, version="1.1", receive_buffer=None,
        http: HTTPClient | None = None, **query,
    ):  # fmt: skip
        self.http = http or HTTPClient(port, receive_buffer=receive_buffer)
        fields = dict(headers or {}) | ({"Last-Event-ID": last_event_id} if last_event_id is not None else {})
        self.http.send("GET", target("/sse", topic=list(topics), **query), headers=fields, version=version)
        response = self.http.head()
        self.status, self.headers = response.status, response.headers
        assert self.status == 200, f"{self.status}: {self.http.body(self.headers)!r}"
        self._chunks = ChunkedDecoder() if self.headers.has("Transfer-Encoding") else None
        self._parser = EventStreamParser()
        self._blocks: list[Block] = []
        self.first: Block | None = None
        # Of the last block that was taken, not of one that is still unread.
        self.last_event_id = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def ended_cleanly(self) -> bool:
        """By the last chunk, not by a cut."""
        return self._chunks.finished if self._chunks else self.http.connection.ended

    def next_block(self, timeout: float = 15.0) -> Block:
        deadline = Deadline(timeout)
        while not self._blocks:
            self._feed(self.http.connection.take_available())
            if not self._blocks:
                if self._chunks and self._chunks.finished:
                    raise EndOfStream("the stream ended")
                self.http.connection.fill(deadline)
        block = self._blocks.pop(0)
        self.last_event_id = block.last_event_id
        return block

    def _feed(self, data: bytes):
        self._blocks += self._parser.feed(self._chunks.feed(data) if self._chunks else data)

    def next_event(self, timeout: float = 15.0) -> Block:
        """The next block that a script would see."""
        deadline = Deadline(timeout)
        while True:
            block = self.next_block(deadline.left)
            if block.data is not None:
                return block

    def take(self, count: int) -> list[Block]:
        return [self.next_event() for _ in range(count)]

    def texts(self, count: int) -> list[str]:
        return [event.data for event in self.take(count)]

    def rest(self, timeout: float = 15.0) -> list[Block]:
        """Every block up to the end of the stream."""
        deadline, blocks = Deadline(timeout), []
        while True:
            try:
                blocks.append(self.next_block(deadline.left))
            except EndOfStream:
                return blocks

    def close(self):
        self.http.connection.close()


def subscribe(server, *topics: str, **options) -> SSEClient:
    """Returns when the server has taken the subscription: its first block has come."""
    client = SSEClient(server.port, *topics, **options)
    client.first = client.next_block()
    return client
