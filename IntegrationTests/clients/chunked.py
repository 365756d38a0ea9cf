"""The chunked transfer coding (RFC 9112 §7.1), read in pieces of any size."""


class ChunkedDecoder:
    def __init__(self):
        self.finished = False
        self._buffer = bytearray()
        self._left = 0
        self._state = "size"

    def feed(self, data: bytes) -> bytes:
        """The payload that has become whole."""
        self._buffer += data
        payload = bytearray()
        while self._step(payload):
            pass
        return bytes(payload)

    @property
    def surplus(self) -> bytes:
        """What followed the last chunk."""
        return bytes(self._buffer) if self.finished else b""

    def _step(self, payload: bytearray) -> bool:
        if self.finished:
            return False
        if self._state == "payload":
            return self._payload(payload)
        line = self._line()
        if line is None:
            return False
        if self._state == "size":
            self._left = int(line.split(b";")[0], 16)
            self._state = "payload" if self._left else "trailer"
        elif self._state == "payload end":
            assert line == b"", f"a chunk is longer than it says: {line!r}"
            self._state = "size"
        elif line == b"":
            self.finished = True
        return True

    def _payload(self, payload: bytearray) -> bool:
        part = self._buffer[: self._left]
        payload += part
        del self._buffer[: len(part)]
        self._left -= len(part)
        if self._left == 0:
            self._state = "payload end"
        return bool(part)

    def _line(self) -> bytes | None:
        index = self._buffer.find(b"\r\n")
        if index < 0:
            return None
        line = bytes(self._buffer[:index])
        del self._buffer[: index + 2]
        return line
