"""One logical client that goes on with its cursor by any technique. A visit is one connection: it gives one thing after
the other that has arrived whole, and ends where the connection is cut."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from clients.connection import Connection, EndOfStream
from clients.http import HTTPClient
from clients.iframe import IframeClient
from clients.jsonp import answer_of
from clients.multipart import PartClient
from clients.polling import PollClient, answer
from clients.sse import SSEClient
from clients.streaming import LineClient, ObjectClient, cursor_of
from clients.ws import WebSocketClient


@dataclass(frozen=True)
class Arrival:
    """Something that moves the cursor on; `data` is `None` where it is no publication."""

    cursor: str
    data: str | None = None


@dataclass
class Visit:
    """How the client comes: where, with what cursor, and after how many bytes it is cut."""

    port: int
    topics: list[str]
    cursor: str
    allowance: int | None
    by_header: bool
    """The cursor comes as `Last-Event-ID`."""
    limit: int
    """For answers that have one."""
    is_raw: bool
    """For those that have a choice and need no envelope."""
    connection: Connection | None = None

    @property
    def http(self) -> HTTPClient:
        http = HTTPClient(self.port, allowance=self.allowance)
        self.connection = http.connection
        return http

    @property
    def headers(self) -> dict:
        return {"Last-Event-ID": self.cursor} if self.by_header else {}

    @property
    def query(self) -> dict:
        return {} if self.by_header else {"cursor": self.cursor}


def _from_document(document: dict) -> Arrival | None:
    assert "gap" not in document, f"a gap where nothing is missing: {document}"
    if "end" in document:
        raise AssertionError(f"the server ended the stream: {document}")
    cursor = cursor_of(document)
    return Arrival(cursor, document.get("data")) if cursor else None


def _answers(path: str, callback: str | None = None):
    def arrivals(visit: Visit) -> Iterator[Arrival]:
        poll = PollClient(visit.port, http=visit.http)
        query = visit.query | {"limit": visit.limit, "callback": callback}
        if path == "/longpoll":
            query["timeout"] = 2
        response = poll.get(path, *visit.topics, headers=visit.headers, **query)
        document = answer_of(response, callback) if callback else answer(response)
        assert "gap" not in document, document
        for message in document["messages"]:
            yield Arrival(message["id"], message["data"])
        yield Arrival(document["cursor"])

    return arrivals


def _objects(client_type: type[ObjectClient], **items):
    def arrivals(visit: Visit) -> Iterator[Arrival]:
        client = client_type(visit.port, *visit.topics, headers=visit.headers, http=visit.http, **visit.query, **items)
        while True:
            if arrival := _from_document(client.next_object()):
                yield arrival

    return arrivals


def _parts(kind: str):
    def arrivals(visit: Visit) -> Iterator[Arrival]:
        if not visit.is_raw:
            yield from _objects(PartClient, multipart=kind)(visit)
        items = {"multipart": kind, "format": "raw", "hello": "1"}
        client = PartClient(visit.port, *visit.topics, headers=visit.headers, http=visit.http, **visit.query, **items)
        while True:
            part = client.next_part()
            yield Arrival(part.id, part.text) if part.notice is None else _from_document(part.json())

    return arrivals


def _events(visit: Visit) -> Iterator[Arrival]:
    client = SSEClient(
        visit.port, *visit.topics, headers=visit.headers, http=visit.http, **visit.query,
        format="raw" if visit.is_raw else "envelope",
    )  # fmt: skip
    while True:
        block = client.next_block()
        assert block.event == "message", block
        data = block.data if visit.is_raw or block.data is None else block.json()["data"]
        yield Arrival(client.last_event_id, data)


def _messages(visit: Visit) -> Iterator[Arrival]:
    client = WebSocketClient(
        visit.port, *visit.topics, headers=visit.headers, http=visit.http, **visit.query, hello="1"
    )
    while True:
        if arrival := _from_document(client.json()):
            yield arrival


TECHNIQUES: dict[str, Callable[[Visit], Iterator[Arrival]]] = {
    "poll": _answers("/poll"),
    "longpoll": _answers("/longpoll"),
    "stream": _objects(LineClient),
    "multipart mixed": _parts("mixed"),
    "multipart x-mixed-replace": _parts("x-mixed-replace"),
    "iframe": _objects(IframeClient),
    "JSONP poll": _answers("/poll", "comet.took"),
    "JSONP long poll": _answers("/longpoll", "comet.took"),
    "SSE": _events,
    "WebSocket": _messages,
}


def visit(technique: str, where: Visit) -> Iterator[Arrival]:
    """Ends where the connection was cut, or its one answer was read."""
    try:
        yield from TECHNIQUES[technique](where)
    except EndOfStream:
        return
