"""A TCP proxy whose connections can be cut, as a lost network does it."""

import contextlib
import socket
import struct
import threading


class CuttableProxy:
    def __init__(self, upstream_port: int):
        self._upstream_port = upstream_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._downstream = bytearray()
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # `shutdown` wakes the thread that is in `accept`; `close` alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self):
        """Resets every connection that is open now; new ones are let through."""
        with self._lock:
            victims, self._open = self._open, set()
        for victim in victims:
            with contextlib.suppress(OSError):
                victim.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                victim.shutdown(socket.SHUT_RD)
                victim.close()

    def passed_down(self, word: bytes) -> int:
        """How often the word has come from the server."""
        return self._downstream.count(word)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                self._join(client)

    def _join(self, client: socket.socket):
        try:
            upstream = socket.create_connection(("127.0.0.1", self._upstream_port), timeout=5)
        except OSError:
            client.close()
            return
        upstream.settimeout(None)
        with self._lock:
            self._open |= {client, upstream}
        for source, sink, seen in ((client, upstream, bytearray()), (upstream, client, self._downstream)):
            threading.Thread(target=self._pump, args=(source, sink, seen), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, seen: bytearray):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                seen += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
