"""The package `websockets`. What a server has to do is told in ../client/src/server.rs."""
import http
import re

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosedError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

import contract


def refuse(connection, request):
    refused = re.match(r"/refuse/(\d+)", request.path)
    if not refused:
        return None
    response = connection.respond(http.HTTPStatus(int(refused[1])), f"refused with {refused[1]}")
    response.headers["X-Why"] = "a test"
    return response


def choose(_connection, offered):
    return "chat" if "chat" in offered else None


async def handle(connection):
    try:
        async for message in connection:
            await answer(connection, message)
    except ConnectionClosedError:
        # Its word for every code but 1000 and 1001, and for a connection that just ends.
        pass
    contract.closed(connection.close_code, connection.close_reason)


async def answer(connection, message):
    command, *words = message.split(" ") if isinstance(message, str) else [None]
    if command == "!fragments":
        await connection.send(words)
    elif command == "!ping":
        await (await connection.ping(words[0]))
        await connection.send(f"pong {words[0]}")
    elif command == "!close" and words:
        await connection.close(int(words[0]), " ".join(words[1:]))
    elif command == "!close":
        await connection.close()
    else:
        await connection.send(message)


async def start(settings):
    options = {"max_size": 4 << 20, "select_subprotocol": choose, "process_request": refuse}
    if settings.pop("off", False):
        options["compression"] = None
    elif settings:
        options["extensions"] = [ServerPerMessageDeflateFactory(**settings)]
    server = await serve(handle, "127.0.0.1", 0, **options)
    return server.sockets[0].getsockname()[1]


contract.run(start)
