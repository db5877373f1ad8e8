// The server that Bun has built in. What a server has to do is told in ../client/src/server.rs.
"use strict";
const { each, end_with_input, read_settings, say } = require("./contract.cjs");

function answer(request, server) {
  const refused = new URL(request.url).pathname.match(/^\/refuse\/(\d+)/);
  if (refused) {
    const status = Number(refused[1]);
    return new Response(`refused with ${status}`, { status, headers: { "X-Why": "a test" } });
  }
  const offered = (request.headers.get("Sec-WebSocket-Protocol") ?? "").split(/, */);
  const headers = offered.includes("chat") ? { "Sec-WebSocket-Protocol": "chat" } : {};
  return server.upgrade(request, { headers }) ? undefined : new Response("no", { status: 400 });
}

function message(socket, data) {
  const [command, ...words] = typeof data === "string" ? data.split(" ") : [];
  if (command === "!ping") {
    socket.ping(words[0]);
  } else if (command === "!close") {
    if (words.length === 0) socket.close();
    else socket.close(Number(words[0]), words.slice(1).join(" "));
  } else {
    socket.send(data, true);
  }
}

each((text, ready) => {
  const settings = read_settings(text);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: answer,
    websocket: {
      perMessageDeflate: !settings.off && { compress: settings.compress ?? "shared", decompress: settings.decompress ?? "shared" },
      maxPayloadLength: 4 << 20,
      message,
      pong: (socket, data) => void socket.send(`pong ${data}`),
      close: (_socket, code, reason) => say("CLOSED", code, reason),
    },
  });
  ready(server.port);
});
end_with_input();
