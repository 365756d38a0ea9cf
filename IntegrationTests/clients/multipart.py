"""Multipart bodies (RFC 2046 §5.1), read part by part, and as a whole by Python's parser of mail."""

import email.message
import email.parser
import email.policy
import json
import re
from dataclasses import dataclass
from urllib.parse import unquote

from clients.deadline import Deadline
from clients.http import Headers
from clients.streaming import ObjectClient

_BOUNDARY = re.compile(r"""multipart/(mixed|x-mixed-replace); ?boundary="?([0-9A-Za-z'()+_,./:=?-]{1,70})"?""")


@dataclass(frozen=True)
class Part:
    headers: Headers
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def notice(self) -> str | None:
        return self.headers.get("Halley-Notice")

    @property
    def id(self) -> str | None:
        return self.headers.get("Halley-Id")

    @property
    def topic(self) -> str:
        return unquote(self.headers.get("Halley-Topic"), errors="strict")

    @property
    def event(self) -> str:
        return unquote(self.headers.get("Halley-Event"), errors="strict")

    def json(self) -> dict:
        return json.loads(self.content)


class PartClient(ObjectClient):
    """`/stream?multipart=…`. A part counts when the boundary that ends it has come."""

    path = "/stream"
    query = {"multipart": "mixed"}

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        match = _BOUNDARY.fullmatch(self.headers.get("Content-Type"))
        assert match, self.headers.get("Content-Type")
        self.kind, self.boundary = match.group(1), match.group(2)
        self._begun = False

    @property
    def delimiter(self) -> bytes:
        return b"--" + self.boundary.encode()

    def next_part(self, timeout: float = 15.0) -> Part:
        """Strictly by its length, after which nothing but a boundary may come."""
        deadline = Deadline(timeout)
        if not self._begun:
            # The line end before the first boundary is left out: nothing comes before it.
            line = self.body.take_through(b"\r\n", deadline)
            assert line == self.delimiter + b"\r\n", line
            self._begun = True
        head = self.body.take_through(b"\r\n\r\n", deadline).decode("ascii")
        pairs = [line.split(": ", 1) for line in head.split("\r\n") if line]
        headers = Headers((name, value) for name, value in pairs)
        content = self.body.take(int(headers.get("Content-Length")), deadline)
        line = self.body.take_through(b"\r\n", deadline) + self.body.take_through(b"\r\n", deadline)
        assert line in (b"\r\n" + self.delimiter + b"\r\n", b"\r\n" + self.delimiter + b"--\r\n"), line
        return Part(headers, content)

    def next_publication(self, timeout: float = 15.0) -> Part:
        """With `format=raw`: the next part that is no notice."""
        deadline = Deadline(timeout)
        while True:
            part = self.next_part(deadline.left)
            if part.notice is None:
                return part

    def read_object(self, deadline: Deadline) -> dict:
        part = self.next_part(deadline.left)
        assert part.headers.get("Content-Type") == "application/json", part.headers
        return part.json()


def parse_as_mail(content_type: str, body: bytes) -> list[email.message.EmailMessage]:
    """The parts of a whole body; every defect that the parser finds fails."""
    head = f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    assert message.is_multipart() and not message.defects, message.defects
    parts = message.get_payload()
    for part in parts:
        assert not part.defects, part.defects
    return parts
