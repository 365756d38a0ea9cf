"""python-socketio under uvicorn: every body that is posted is emitted to everyone."""

import sys

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi", ping_interval=600, ping_timeout=600, http_compression=False)


async def application(scope, receive, send):
    if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/publish":
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await server.emit("message", body.decode())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
    else:
        await sockets(scope, receive, send)


sockets = socketio.ASGIApp(server)

if __name__ == "__main__":
    uvicorn.run(
        application, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", ws=sys.argv[2],
        log_level="warning", access_log=False, backlog=4096, ws_per_message_deflate=False, ws_ping_interval=None,
        timeout_keep_alive=600,
    )
