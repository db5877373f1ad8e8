// The npm package `ws`. What a server has to do is told in ../client/src/server.rs.
"use strict";
const http = require("node:http");
const https = require("node:https");
const fs = require("node:fs");
const { WebSocketServer } = require("ws");
const { each, end_with_input, read_settings, say } = require("./contract.cjs");

const NAMES = {
  server_no_context_takeover: "serverNoContextTakeover",
  client_no_context_takeover: "clientNoContextTakeover",
  server_max_window_bits: "serverMaxWindowBits",
  client_max_window_bits: "clientMaxWindowBits",
  threshold: "threshold",
};

function compression(settings) {
  if (settings.off) return false;
  const options = {};
  for (const [name, option] of Object.entries(NAMES)) {
    if (name in settings) options[option] = settings[name];
  }
  if (settings.level) options.zlibDeflateOptions = { level: settings.level };
  return options;
}

function listener(settings) {
  if (!settings.certificate) return http.createServer();
  return https.createServer({
    cert: fs.readFileSync(settings.certificate),
    key: fs.readFileSync(settings.key),
  });
}

function check(info, done) {
  const refused = info.req.url.match(/^\/refuse\/(\d+)/);
  if (!refused) return done(true);
  const status = Number(refused[1]);
  done(false, status, `refused with ${status}`, { "X-Why": "a test" });
}

function serve(socket) {
  socket.on("message", (data, binary) => {
    const text = binary ? "" : data.toString();
    const [command, ...words] = text.split(" ");
    if (command === "!fragments") {
      words.forEach((word, at) => socket.send(word, { fin: at === words.length - 1 }));
    } else if (command === "!ping") {
      socket.ping(words[0]);
    } else if (command === "!close") {
      if (words.length === 0) socket.close();
      else socket.close(Number(words[0]), words.slice(1).join(" "));
    } else {
      socket.send(data, { binary });
    }
  });
  socket.on("pong", (data) => socket.send(`pong ${data}`));
  socket.on("close", (code, reason) => say("CLOSED", code, reason.toString()));
  socket.on("error", (error) => console.error(error));
}

each((text, ready) => {
  const settings = read_settings(text);
  const server = listener(settings);
  new WebSocketServer({
    server,
    perMessageDeflate: compression(settings),
    verifyClient: check,
    handleProtocols: (offered) => (offered.has("chat") ? "chat" : false),
  }).on("connection", serve);
  server.listen(0, "127.0.0.1", () => ready(server.address().port));
});
end_with_input();
