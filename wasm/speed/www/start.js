// Gives the page its one function, `measure`, once all clients are there.

import start, { measure } from "./onesocket_speed.js";
import { measurePlain } from "./plain.js";

start().then(() => {
  globalThis.measure = (client, ...rest) =>
    client === "JavaScript" ? measurePlain(...rest) : measure(client, ...rest);
});
