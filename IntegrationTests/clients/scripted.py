"""Servers that misbehave, for the program's own client."""

import base64
import contextlib
import hashlib
import socket
import socketserver
import threading

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class ScriptedServer:
    """Does `script(server, socket)` to each connection, and counts them."""

    def __init__(self, script):
        self.connections = 0

        class Handler(socketserver.BaseRequestHandler):
            def handle(_self):  # noqa: N805
                self.connections += 1
                with contextlib.suppress(ConnectionError):
                    script(_self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def request(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(1 << 16)
        if not data:
            raise ConnectionError("no request")
        head += data
    return head


def await_end(connection: socket.socket):
    while connection.recv(1 << 16):
        pass


def begin_events(connection: socket.socket):
    """The beginning of an event stream."""
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 0\nid: e-1\n\n")


def upgrade(connection: socket.socket):
    """The opening handshake of a WebSocket."""
    lines = request(connection).split(b"\r\n")
    key = next(line.split(b": ")[1] for line in lines if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def close(connection: socket.socket, code: int, reason: str):
    payload = code.to_bytes(2, "big") + reason.encode()
    connection.sendall(bytes([0x88, len(payload)]) + payload)


def refuse(connection: socket.socket, body: bytes):
    request(connection)
    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
