"""websockets with uvloop: what one client sends goes to all the others, by the library's own broadcast()."""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import broadcast, serve

clients = set()


async def serve_client(connection):
    clients.add(connection)
    try:
        async for message in connection:
            broadcast(clients - {connection}, message)
    finally:
        clients.discard(connection)


async def main():
    async with serve(
        serve_client, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None, backlog=4096
    ):
        await asyncio.Future()


uvloop.run(main())
