"""A client that sends or reads slowly, at a pace of its own."""

import time

from clients.http import HTTPClient


class Pace:
    """So many bytes a second, counted from the first on."""

    def __init__(self, rate: float):
        self._rate, self._started, self._count = rate, time.monotonic(), 0

    def __call__(self, count: int):
        """Waits until so many more bytes are due."""
        self._count += count
        ahead = self._count / self._rate - (time.monotonic() - self._started)
        if ahead > 0:
            time.sleep(ahead)


def read_slowly(client: HTTPClient, length: int, seconds: float) -> bytes:
    """So much of a body, spread over the time."""
    pace, parts, left = Pace(length / seconds), [], length
    while left > 0:
        pace(min(16_384, left))
        parts.append(client.connection.take(min(16_384, left)))
        left -= len(parts[-1])
    return b"".join(parts)


def send_slowly(client: HTTPClient, data: bytes, seconds: float):
    """In twenty pieces, spread over the time."""
    pace, size = Pace(len(data) / seconds), len(data) // 20 + 1
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        pace(len(piece))
        client.connection.send(piece)
