"""The same bytes get the same answers, wherever the network cuts them."""

import random
import re

import pytest

from clients.http import encode_chunked, encode_request, target
from clients.pieces import converse, cut, single_bytes
from clients.publishing import held
from clients.ws import Opcode, encode_frame, handshake_headers

PLACE = "demo:pieces-000000"
SEED = 20260204
HOST = "Host: localhost\r\n"
# The key of RFC 6455 §1.3, so that the answer to a handshake is always the same.
SHAKEN = handshake_headers(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==")


def ask(method: str, address: str, headers=None, body=None, version="1.1") -> bytes:
    return encode_request(method, address, 0, {"Host": "localhost"} | (headers or {}), body, version)


POST = target("/publish", topic=PLACE)
CHUNKS = {"Transfer-Encoding": "chunked"}
LAST = ask("GET", "/readyz", {"Connection": "close"})

# A conversation, and what the topic holds after it.
WHOLE = {
    "questions": (ask("GET", "/healthz") + ask("HEAD", "/healthz") + ask("OPTIONS", "/publish") + LAST, []),
    "empty lines": (b"\r\n\r\n" + ask("GET", "/healthz") + b"\r\n" + ask("OPTIONS", "*") + LAST, []),
    "a length": (ask("POST", POST, body="grün") + ask("POST", POST, body="") + LAST, ["grün", ""]),
    "chunks": (ask("POST", POST, CHUNKS, encode_chunked(b"he", b"llo")) + LAST, ["hello"]),
    "chunks with all that may be": (
        ask("POST", POST, CHUNKS, b'0005;a="\\"\r\nb";c\r\nhello\r\n'.replace(b"\r\nb", b"b") + b"0;d=e\r\nX: y\r\n\r\n") + LAST,
        ["hello"],
    ),
    "line ends as data": (ask("POST", POST, CHUNKS, encode_chunked(b"\r\n", b"\n\r", b"0\r\n\r\n")) + LAST, ["\r\n\n\r0\r\n\r\n"]),
    "refusals": (ask("POST", "/nope", body="abc") + ask("PUT", POST, CHUNKS, encode_chunked(b"ab")) + LAST, []),
    "no key": (ask("DELETE", target("/history", topic=PLACE), body="abc") + LAST, []),
    "a whole address": (ask("GET", "http://localhost/healthz?a=b") + ask("GET", "http://evil.test/healthz") + LAST, []),
    "HTTP/1.0": (ask("GET", "/healthz", {"Connection": "keep-alive"}, version="1.0") + ask("GET", "/healthz", version="1.0"), []),
    "tabs around values": (ask("GET", "/healthz", {"A": "\t b \t"}) + LAST, []),
}  # fmt: skip
# What is refused ends the connection; what stands behind it counts as little as in one piece.
BEHIND = ask("POST", POST, body="behind")
BROKEN = {
    "a bare LF": f"GET /healthz HTTP/1.1\n{HOST}\r\n", "a bare CR": f"GET /healthz HTTP/1.1\r\n{HOST}A: b\rC: d\r\n\r\n",
    "folded": f"GET /healthz HTTP/1.1\r\n{HOST}A: b\r\n c\r\n\r\n", "two hosts": f"GET /healthz HTTP/1.1\r\n{HOST}{HOST}\r\n",
    "NUL": f"GET /healthz HTTP/1.1\r\n{HOST}A: \0\r\n\r\n", "a space before a colon": f"GET /healthz HTTP/1.1\r\n{HOST}A : b\r\n\r\n",
    "two lengths": f"POST {POST} HTTP/1.1\r\n{HOST}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "a length and chunks": f"POST {POST} HTTP/1.1\r\n{HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding": f"POST {POST} HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a long size": f"POST {POST} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{'0' * 17}\r\n\r\n",
    "a chunk that goes on": f"POST {POST} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
    "an open quote": f'POST {POST} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n1;a="\r\nx\r\n0\r\n\r\n',
}  # fmt: skip
# The WebSocket's messages come with masks, and end with a close frame.
SOCKETS = {
    "frames": encode_frame(Opcode.PING, b"one") + encode_frame(Opcode.TEXT, b"ignored") + encode_frame(Opcode.PING, b"x" * 126),
    "fragments": encode_frame(Opcode.TEXT, b"a", fin=False) + encode_frame(Opcode.PING, b"2") + encode_frame(0, b"b"),
    "a request": ask("GET", "/healthz"),
    "a reserved bit": encode_frame(Opcode.TEXT, b"a", reserved=2),
}
CONVERSATIONS = (
    WHOLE
    | {f"broken: {name}": (ask("GET", "/healthz") + data.encode() + BEHIND, []) for name, data in BROKEN.items()}
    | {
        f"WebSocket: {name}": (
            ask("GET", target("/ws", topic=PLACE), SHAKEN) + frames + encode_frame(Opcode.CLOSE, b"\x03\xe8"), []
        )
        for name, frames in SOCKETS.items()
    }
)  # fmt: skip
each = pytest.mark.parametrize(("data", "kept"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys())


# The answer to a publication: its id is another one each time, and now and then has one more digit.
_ID = re.compile(rb'Content-Length: \d+\r\n((?:[^\r\n]+\r\n)*\r\n)\{"id":"[^"]+"\}')
# So many at once.
BATCH = 50


class Asker:
    """Has the same conversation again and again, each time about a topic of its own."""

    def __init__(self, server, data: bytes, kept: list[str]):
        self._server, self._data, self._kept, self._count = server, data, kept, random.randrange(1 << 23)

    def _named(self) -> tuple[str, bytes]:
        self._count += 1
        name = f"demo:pieces-{self._count:06x}"
        return name, self._data.replace(target("", topic=PLACE)[7:].encode(), target("", topic=name)[7:].encode())

    def answers(self, cutters: list) -> list[bytes]:
        """For each way to cut all that the server says, without what must differ from one conversation to the next."""
        said = []
        for start in range(0, len(cutters), BATCH):
            named = [(*self._named(), cutter) for cutter in cutters[start : start + BATCH]]
            said += converse(self._server.port, [cutter(data) for _, data, cutter in named])
            for name, _, _ in named:
                assert held(self._server, name) == self._kept
        return [_ID.sub(rb"\1{}", one) for one in said]

    def whole(self) -> bytes:
        return self.answers([lambda data: [data]])[0]


@pytest.fixture
def asker(server, data, kept):
    return Asker(server, data, kept)


@each
def test_bytes_that_come_one_by_one_get_the_answers_of_one_piece(asker, data, kept):
    assert asker.answers([single_bytes]) == [asker.whole()]


@each
def test_a_cut_makes_no_difference_wherever_it_is(asker, data, kept):
    # Each third place; the parser itself is tested with all of them.
    places = range(1, len(data), 3)
    whole, answers = asker.whole(), asker.answers([lambda data, place=place: cut(data, place) for place in places])
    assert {place: said for place, said in zip(places, answers, strict=True) if said != whole} == {}


@each
def test_cuts_at_random_make_no_difference(asker, data, kept):
    source = random.Random(SEED)
    places = [source.sample(range(1, len(data)), source.randrange(2, 12)) for _ in range(20)]
    answers = asker.answers([lambda data, some=some: cut(data, *some) for some in places])
    assert answers == [asker.whole()] * 20, f"seed {SEED}"


def test_many_requests_in_pieces_of_any_size_are_each_answered_once(server, topic):
    topic, source = f"demo:{topic}", random.Random(SEED)
    requests = [
        ask("POST", target("/publish", topic=topic), CHUNKS, encode_chunked(*single_bytes(b"%03d" % index)))
        if index % 3
        else ask("POST", target("/publish", topic=topic), body=f"{index:03d}")
        for index in range(200)
    ]
    data = b"".join(requests) + LAST
    places = source.sample(range(1, len(data)), 400)
    (said,) = converse(server.port, [cut(data, *places)])
    assert said.count(b"HTTP/1.1 200 OK\r\n") == 201
    assert held(server, topic) == [f"{index:03d}" for index in range(200)]
