// The browser's WebSocket in plain JavaScript; the same as the clients of the Rust program do.

const BYTES = new Uint8Array(64).fill(121);
const TEXT = "y".repeat(64);

export async function measurePlain(url, task, count) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";

  let left = task === "ping" || task === "receive" ? count : 1;
  let received = 0;
  let tell;
  const end = new Promise((resolve) => (tell = resolve));
  socket.onmessage = ({ data }) => {
    received += typeof data === "string" ? data.length : new Uint8Array(data).length;
    left -= 1;
    if (left > 0) {
      if (task === "ping") socket.send(BYTES);
    } else {
      tell(performance.now());
    }
  };
  await new Promise((resolve) => (socket.onopen = resolve));

  const begun = performance.now();
  switch (task) {
    case "ping":
      socket.send(BYTES);
      break;
    case "receive":
      socket.send(TEXT);
      break;
    case "send text":
      for (let i = 0; i < count; i += 1) socket.send(TEXT);
      break;
    default:
      for (let i = 0; i < count; i += 1) socket.send(BYTES);
  }
  const called = performance.now();
  const ended = await end;
  socket.close();
  return (task === "call" ? called : ended) - begun;
}
