// What the servers written in JavaScript share: settings from the command line, and what is said to whoever started them.
"use strict";

/** Prints a line for the program that started this one. */
function say(...words) {
  process.stdout.write(`${words.join(" ")}\n`);
}

/** `server_max_window_bits=10; off` as an object of numbers, words and `true`. */
function read_settings(text) {
  const settings = {};
  for (const part of text.split(";").filter((part) => part.trim())) {
    const [name, value] = part.trim().split("=");
    settings[name] = value === undefined ? true : Number.isNaN(Number(value)) ? value : Number(value);
  }
  return settings;
}

/** Starts a server for each argument, one after the other, so that the ports are told in their order. */
async function each(start) {
  for (const settings of process.argv.slice(2)) {
    say("PORT", await new Promise((ready) => start(settings, ready)));
  }
}

/** The servers live as long as the input, which ends also when the program that holds it is killed. */
function end_with_input() {
  process.stdin.resume();
  process.stdin.on("end", () => process.exit());
}

module.exports = { each, end_with_input, read_settings, say };
