"""Parser of `text/event-stream` by the rules of WHATWG HTML, “Parsing an event stream”. It hides nothing: each block is
given as it was written, also those that an `EventSource` would not show."""

import codecs
import json
import re
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True)
class Block:
    """What stood before a blank line."""

    fields: tuple[tuple[str, str], ...]
    """Names and values in their order; a comment has an empty name."""
    last_event_id: str
    """What an `EventSource` would send as `Last-Event-ID` after it."""

    def _values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]

    @property
    def id(self) -> str | None:
        values = [value for value in self._values("id") if "\0" not in value]
        return values[-1] if values else None

    @property
    def retry(self) -> int | None:
        values = [int(value) for value in self._values("retry") if re.fullmatch("[0-9]+", value)]
        return values[-1] if values else None

    @property
    def data(self) -> str | None:
        """`None` where no event is dispatched."""
        values = self._values("data")
        return "\n".join(values) if values else None

    @property
    def event(self) -> str:
        values = self._values("event")
        return (values[-1] if values else "") or "message"

    def json(self):
        return json.loads(self.data)


class EventStreamParser:
    def __init__(self):
        self.last_event_id = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = ""
        self._fields: list[tuple[str, str]] = []
        self._at_start = True
        self._after_cr = False

    def feed(self, data: bytes) -> list[Block]:
        text = self._decode(data)
        if text and self._at_start:
            self._at_start = False
            text = text.removeprefix("\ufeff")
        return [block for line in self._lines(text) if (block := self._line(line))]

    def _lines(self, text: str):
        if self._after_cr and text:
            # The CR has ended its line already; an LF that comes in a later piece belongs to it.
            text = text.removeprefix("\n")
            self._after_cr = False
        self._pending += text
        start = 0
        for match in _LINE_END.finditer(self._pending):
            yield self._pending[start : match.start()]
            start = match.end()
            self._after_cr = match.group() == "\r" and start == len(self._pending)
        self._pending = self._pending[start:]

    def _line(self, line: str) -> Block | None:
        if line == "":
            return self._dispatch()
        name, colon, value = line.partition(":")
        value = value.removeprefix(" ")
        self._fields.append((name, value))
        return None

    def _dispatch(self) -> Block | None:
        if not self._fields:
            return None
        block = Block(tuple(self._fields), "")
        if block.id is not None:
            self.last_event_id = block.id
        self._fields = []
        return Block(block.fields, self.last_event_id)
