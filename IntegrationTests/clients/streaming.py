"""Subscribers to answers that never end. They read only when they are asked to."""

import json

from clients.chunked import ChunkedDecoder
from clients.connection import EndOfStream
from clients.deadline import Deadline
from clients.http import HTTPClient, target


class StreamingBody:
    """The body of an answer, without its chunks, as far as it has come."""

    def __init__(
        self, port: int, address: str, *, headers=None, version="1.1", receive_buffer=None,
        http: HTTPClient | None = None,
    ):  # fmt: skip
        self.http = http or HTTPClient(port, receive_buffer=receive_buffer)
        self.http.send("GET", address, headers=headers, version=version)
        response = self.http.head()
        self.status, self.headers = response.status, response.headers
        assert self.status == 200, f"{self.status}: {self.http.body(self.headers)!r}"
        self._chunks = ChunkedDecoder() if self.headers.has("Transfer-Encoding") else None
        self._data = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def ended_cleanly(self) -> bool:
        """By the last chunk, not by a cut."""
        return self._chunks.finished if self._chunks else self.http.connection.ended

    @property
    def available(self) -> int:
        """How many bytes can be taken at once."""
        return len(self._data)

    def fill(self, deadline: Deadline):
        """At least one byte more; raises `EndOfStream` where there is none."""
        before = len(self._data)
        while True:
            self._feed(self.http.connection.take_available())
            if len(self._data) > before:
                return
            if self._chunks and self._chunks.finished:
                raise EndOfStream(f"the answer ended; unread: {bytes(self._data[-300:])!r}")
            self.http.connection.fill(deadline)

    def _feed(self, data: bytes):
        self._data += self._chunks.feed(data) if self._chunks else data

    def take(self, count: int, deadline: Deadline | None = None) -> bytes:
        deadline = deadline or Deadline(15)
        while len(self._data) < count:
            self.fill(deadline)
        data = bytes(self._data[:count])
        del self._data[:count]
        return data

    def take_through(self, mark: bytes, deadline: Deadline | None = None) -> bytes:
        deadline, searched = deadline or Deadline(15), 0
        while (index := self._data.find(mark, searched)) < 0:
            searched = max(0, len(self._data) - len(mark))
            self.fill(deadline)
        return self.take(index + len(mark))

    def take_rest(self, timeout: float = 15.0) -> bytes:
        """Everything up to the end of the answer."""
        deadline = Deadline(timeout)
        try:
            while True:
                self.fill(deadline)
        except EndOfStream:
            return self.take(len(self._data))

    def close(self):
        self.http.connection.close()


class ObjectClient:
    """A subscriber that gets one JSON object after the other. Each dialect says how it reads the next one."""

    path = ""
    query: dict = {}

    def __init__(self, port: int, *topics: str, headers=None, version="1.1", receive_buffer=None, http=None, **query):
        address = target(self.path, topic=list(topics), **(self.query | query))
        self.body = StreamingBody(
            port, address, headers=headers, version=version, receive_buffer=receive_buffer, http=http
        )
        self.cursor: str | None = None
        """Where a client that comes back would begin."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def headers(self):
        return self.body.headers

    @property
    def ended_cleanly(self) -> bool:
        return self.body.ended_cleanly

    def read_object(self, deadline: Deadline) -> dict:
        raise NotImplementedError

    def next_object(self, timeout: float = 15.0) -> dict:
        """A publication or a notice."""
        document = self.read_object(Deadline(timeout))
        self.cursor = cursor_of(document) or self.cursor
        return document

    def next_event(self, timeout: float = 15.0) -> dict:
        """A publication, a gap or the end."""
        deadline = Deadline(timeout)
        while True:
            document = self.next_object(deadline.left)
            if not is_quiet(document):
                return document

    def take(self, count: int) -> list[dict]:
        return [self.next_event() for _ in range(count)]

    def texts(self, count: int) -> list:
        return [event["data"] for event in self.take(count)]

    def rest(self, timeout: float = 15.0) -> list[dict]:
        """Every object up to the end of the stream."""
        deadline, objects = Deadline(timeout), []
        while True:
            try:
                objects.append(self.next_object(deadline.left))
            except EndOfStream:
                return objects

    def close(self):
        self.body.close()


def is_quiet(document: dict) -> bool:
    """Hello or a heartbeat: they only move the cursor on."""
    return list(document) in (["hello"], ["cursor"])


def cursor_of(document: dict) -> str | None:
    if "hello" in document:
        return document["hello"]["cursor"]
    return document.get("cursor") or document.get("id")


class LineClient(ObjectClient):
    """`/stream`: a JSON object a line."""

    path = "/stream"

    def read_object(self, deadline: Deadline) -> dict:
        line = self.body.take_through(b"\n", deadline)
        document = json.loads(line)
        assert isinstance(document, dict), line
        return document


def greeted(client: ObjectClient) -> ObjectClient:
    """Returns when the server has taken the subscription: its hello has come."""
    client.first = client.next_object()
    assert "hello" in client.first, client.first
    return client
