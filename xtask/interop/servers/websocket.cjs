// The npm package `websocket`, which does not compress. What a server has to do is told in ../client/src/server.rs.
"use strict";
const http = require("node:http");
const { server: WebSocketServer } = require("websocket");
const { each, end_with_input, say } = require("./contract.cjs");

function serve(request) {
  const refused = request.resource.match(/^\/refuse\/(\d+)/);
  if (refused) {
    // It has no way to send a body.
    return request.reject(Number(refused[1]), undefined, { "X-Why": "a test" });
  }
  const protocol = request.requestedProtocols.includes("chat") ? "chat" : null;
  const socket = request.accept(protocol, request.origin);
  socket.on("message", (message) => {
    if (message.type === "binary") return socket.sendBytes(message.binaryData);
    const [command, ...words] = message.utf8Data.split(" ");
    if (command === "!ping") {
      socket.ping(words[0]);
    } else if (command === "!close") {
      if (words.length === 0) socket.close();
      else socket.close(Number(words[0]), words.slice(1).join(" "));
    } else {
      socket.sendUTF(message.utf8Data);
    }
  });
  socket.on("pong", (data) => socket.sendUTF(`pong ${data}`));
  socket.on("close", (code, reason) => say("CLOSED", code, reason));
  socket.on("error", (error) => console.error(error));
}

each((_settings, ready) => {
  const httpServer = http.createServer();
  // Longer messages leave in fragments of 16 KiB, its default.
  const limits = { maxReceivedFrameSize: 4 << 20, maxReceivedMessageSize: 4 << 20 };
  new WebSocketServer({ httpServer, keepalive: false, ...limits }).on("request", serve);
  httpServer.listen(0, "127.0.0.1", () => ready(httpServer.address().port));
});
end_with_input();
