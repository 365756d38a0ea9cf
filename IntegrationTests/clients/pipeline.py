"""Many requests on one connection: sent while their answers are read, or without reading anything."""

import contextlib
import re
import threading

from clients.connection import Connection
from clients.http import HTTPClient, encode_request, raw, target


def question(server, name: str) -> bytes:
    """A request whose answer names what was asked for, so that answers which change places are told apart."""
    return encode_request("GET", target("/presence", topic=name), server.port)


def answered(client: HTTPClient) -> str:
    """The name that the next answer is about."""
    response = client.response()
    assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
    return response.json()["topic"]


# A whole answer to a question, so that nothing can stand between two of them.
_ANSWER = re.compile(rb'HTTP/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)+\r\n\{"topic":"([^"]+)","count":0,"members":\[\]\}\n')


def all_answered(client: HTTPClient, count: int) -> list[str]:
    """The names of so many answers in a row: for thousands of them faster than one by one."""
    names, buffer = [], client.connection.buffer
    while len(names) < count:
        end = 0
        while len(names) < count and (match := _ANSWER.match(buffer, end)):
            names.append(match.group(1).decode())
            end = match.end()
        del buffer[:end]
        assert len(buffer) < 1000 or end, f"no answer, behind {names[-1:]}: {bytes(buffer[:300])!r}"
        if len(names) < count:
            client.connection.fill()
    return names


def assert_lives(client: HTTPClient, name: str = "still-there"):
    """The connection is good for one more request, and nothing else comes before its answer."""
    client.send("GET", target("/presence", topic=name))
    assert answered(client) == name


@contextlib.contextmanager
def sent_meanwhile(connection: Connection, data: bytes):
    """Sends by a thread of its own; all must have been taken when the block ends."""
    failures = []

    def send():
        try:
            # The time that a connection may take is one for each piece.
            for start in range(0, len(data), 16_384):
                connection.send(data[start : start + 16_384])
        except OSError as failure:
            failures.append(failure)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    yield
    sender.join(15)
    assert not failures and not sender.is_alive(), failures or "not all was taken"


def flood(connection: Connection, piece: bytes, total: int, patience: float = 0.7) -> int:
    """Sends the piece again and again, until nothing is taken any more or the server ends the connection.

    Gives how many bytes were taken, `total` or more where nothing held them up.
    """
    connection.timeout = patience
    sent = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        while sent < total:
            connection.send(piece)
            sent += len(piece)
    return sent


def statuses(server, data: bytes) -> list[int]:
    """The statuses of all answers to `data`, up to the end of the connection; bodies are passed over."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", raw(server, data))]
