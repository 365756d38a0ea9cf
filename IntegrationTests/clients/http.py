"""HTTP/1.x on a bare socket, so that requests can also be malformed, pipelined, half sent or out of date."""

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from clients.chunked import ChunkedDecoder
from clients.connection import Connection

KEY = "test-key"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


def target(path: str, **query) -> str:
    """`path` with a query; a list repeats its item, `None` leaves it out."""
    items = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(items, doseq=True, quote_via=quote, safe='')}" if items else path


class Headers(list):
    """Pairs in their order; names regardless of case."""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self if key.lower() == name.lower()]

    def get(self, name: str, default: str | None = None) -> str | None:
        values = self.all(name)
        return ", ".join(values) if values else default

    def has(self, name: str) -> bool:
        return bool(self.all(name))


@dataclass
class Response:
    version: str
    status: int
    headers: Headers
    body: bytes = b""

    def json(self):
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """Without the line end that makes it readable on a terminal."""
        return self.body.decode().removesuffix("\n")


def _pairs(headers) -> list[tuple[str, str | None]]:
    return list(headers.items()) if isinstance(headers, dict) else list(headers or [])


def encode_request(
    method: str, target: str, port: int, headers=None, body: bytes | str | None = None, version: str = "1.1"
) -> bytes:
    """A header with the value `None` is left out, also where it would be added."""
    body = body.encode() if isinstance(body, str) else body
    pairs = _pairs(headers)
    names = {name.lower() for name, _ in pairs}
    if "host" not in names:
        pairs.insert(0, ("Host", f"127.0.0.1:{port}"))
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} HTTP/{version}"] + [f"{name}: {value}" for name, value in pairs if value is not None]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def encode_chunked(*parts: bytes, trailer: bytes = b"") -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return chunks + b"0\r\n" + trailer + b"\r\n"


class HTTPClient:
    """One connection."""

    def __init__(self, port: int, **options):
        self.port = port
        self.connection = Connection(port, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def request(self, method: str, target: str, *, headers=None, body=None, version: str = "1.1") -> Response:
        self.send(method, target, headers=headers, body=body, version=version)
        return self.response(head_only=method == "HEAD")

    def send(self, method: str, target: str, *, headers=None, body=None, version: str = "1.1"):
        self.connection.send(encode_request(method, target, self.port, headers, body, version))

    def response(self, *, head_only: bool = False) -> Response:
        """The next final answer; `interim` shows the others."""
        response = self.head()
        while response.status in range(100, 200) and response.status != 101:
            response = self.head()
        if not head_only and response.status not in (101, 204, 304):
            response.body = self.body(response.headers)
        return response

    def head(self) -> Response:
        lines = self.connection.take_through(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        pairs = [line.split(":", 1) for line in lines[1:] if line]
        return Response(version, int(status), Headers((name, value.strip()) for name, value in pairs))

    def closed(self, timeout: float = 15.0) -> bool:
        """Whether the server closes without saying anything more."""
        return self.connection.take_rest(timeout) == b""

    def body(self, headers: Headers) -> bytes:
        if (headers.get("Transfer-Encoding") or "").lower() == "chunked":
            return self._chunked_body()
        if headers.has("Content-Length"):
            return self.connection.take(int(headers.get("Content-Length")))
        return self.connection.take_rest()

    def _chunked_body(self) -> bytes:
        decoder, body = ChunkedDecoder(), b""
        while True:
            body += decoder.feed(self.connection.take_available())
            if decoder.finished:
                self.connection.buffer += decoder.surplus
                return body
            self.connection.fill()


def request(server, method: str, target: str, *, headers=None, body=None, version: str = "1.1") -> Response:
    """One request on a connection of its own."""
    with HTTPClient(server.port) as client:
        return client.request(method, target, headers=headers, body=body, version=version)


def get(server, target: str, **options) -> Response:
    return request(server, "GET", target, **options)


def raw(server, data: bytes, timeout: float = 15.0) -> bytes:
    """What the server says to `data` until it closes."""
    with Connection(server.port, timeout=timeout) as connection:
        connection.send(data)
        return connection.take_rest()
