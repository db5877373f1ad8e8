"""The server of the package `tornado`. What a server has to do is told in ../client/src/server.rs."""
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

import contract


class Refuse(RequestHandler):
    def get(self, status):
        self.set_status(int(status))
        self.set_header("X-Why", "a test")
        self.finish(f"refused with {status}")


class Echo(WebSocketHandler):
    def initialize(self, settings):
        self.compression = settings

    def get_compression_options(self):
        if "off" in self.compression:
            return None
        return {"compression_level": self.compression["level"]} if self.compression else {}

    def select_subprotocol(self, offered):
        return "chat" if "chat" in offered else None

    async def on_message(self, message):
        command, *words = message.split(" ") if isinstance(message, str) else [None]
        if command == "!ping":
            self.ping(words[0].encode())
        elif command == "!close" and words:
            self.close(int(words[0]), " ".join(words[1:]))
        elif command == "!close":
            self.close()
        else:
            await self.write_message(message, binary=isinstance(message, bytes))

    def on_pong(self, data):
        self.write_message(f"pong {data.decode()}")

    def on_close(self):
        contract.closed(self.close_code, self.close_reason)


async def start(settings):
    app = Application([("/", Echo, {"settings": settings}), (r"/refuse/(\d+)", Refuse)])
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(app).add_sockets(sockets)
    return sockets[0].getsockname()[1]


contract.run(start)
