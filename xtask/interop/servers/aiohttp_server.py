"""The server of the package `aiohttp`. What a server has to do is told in ../client/src/server.rs."""
from aiohttp import WSMsgType, web

import contract


async def refuse(request):
    status = int(request.match_info["status"])
    return web.Response(status=status, text=f"refused with {status}", headers={"X-Why": "a test"})


def handler(compress):
    async def handle(request):
        # It tells of pongs only when it does not answer pings by itself.
        socket = web.WebSocketResponse(protocols=["chat"], autoping=False, autoclose=False, compress=compress)
        await socket.prepare(request)
        await serve(socket)
        return socket

    return handle


async def serve(socket):
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
        elif message.type is WSMsgType.TEXT:
            command, *words = message.data.split(" ")
            if command == "!ping":
                await socket.ping(words[0].encode())
            elif command == "!close" and words:
                await socket.close(code=int(words[0]), message=" ".join(words[1:]).encode())
            elif command == "!close":
                await socket.close()
            else:
                await socket.send_str(message.data)
        elif message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is WSMsgType.PONG:
            await socket.send_str(f"pong {bytes(message.data).decode()}")
        else:
            if message.type is WSMsgType.CLOSE:
                contract.closed(message.data, message.extra)
                await socket.close()
            return


async def start(settings):
    app = web.Application()
    app.add_routes([
        web.get("/", handler(compress="off" not in settings)),
        web.get("/refuse/{status}", refuse),
    ])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner.addresses[0][1]


contract.run(start)
