"""A tiny server that says what a test tells it to, so that the clients themselves can be tested without Halley."""

import contextlib
import socket
import socketserver
import threading
from types import SimpleNamespace


@contextlib.contextmanager
def peer(handler):
    """Serves each connection with `handler(socket)`; gives something with a `port`."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(ConnectionError):
                handler(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield SimpleNamespace(port=server.server_address[1])
        server.shutdown()


def saying(*pieces: bytes):
    """Reads a request head, writes the pieces one by one, and closes."""

    def handler(connection: socket.socket):
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1 << 16)
        for piece in pieces:
            connection.sendall(piece)

    return handler


def silent(connection: socket.socket):
    while connection.recv(1 << 16):
        pass


def echo(connection: socket.socket):
    while data := connection.recv(1 << 16):
        connection.sendall(data)
