//! The commands of the project: `cargo xtask COMMAND`.

mod autobahn;
mod bench;
mod browser;
mod drive;
mod fuzz;
mod install;
mod interop;
mod kept;
mod process;
mod serve;
mod size;
mod step;
mod test;
mod wasm;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  test [--native] [STEP...]   everything that a change must pass; with STEPs only those whose names begin so
       --native               leave browsers and servers' JavaScript out
  autobahn                    the reference protocol suite against the crate: all 517 cases
       --quick                247 of them: without big messages (section 9) and compression (12 and 13)
       --standard             373 of them: of compression only the short messages
       --cases LIST           these alone, by commas: 6.4.1,7.*
       --slack FACTOR         stretch the suite's time limits; for a busy machine
  interop [SERVER...]         the crate against servers that people run: ws, websockets, aiohttp, tornado, bun, websocket
  bench [ROW...]              the crate beside its peers and raw TCP; without ROWs everything, into benches/results
       --rounds N             how often (15)
       --quick                once and with fewer messages: a trial
       memory|growth|syscalls|instructions|sizes|latency   one part alone
  bench page [BROWSER...] [ROW...]   the crate in chromium and firefox, beside other peers, web-sys and plain JavaScript
       --rounds N             how often (31)
  browser [PLACE...] [TEST]   the scenarios in chromium, firefox, node and deno, and with shared memory in
                              chromium-atomics, or in some of them
  console [PLACE...] [TEST]   the WebSocket console, driven in chromium and firefox, or in one of them
       --screenshots FOLDER   keep pictures of it
  chat [PLACE...] [TEST]      the chat in Leptos, likewise
  serve [PAGE] [--port PORT]  builds the console or the chat, and serves it with an echo server (8080)
  size [--items]              what the crate weighs in wasm32, beside web-sys alone; fails over budget
       --items                and every item that weighs
  fuzz [SECONDS] [TARGET]     every fuzz target, or one, for that long (60)
       --coverage             instead, the lines of the engine that the inputs found so far reach
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test", rest @ ..] => test::main(rest),
        ["autobahn", rest @ ..] => autobahn::main(rest),
        ["interop", rest @ ..] => interop::main(rest),
        ["bench", rest @ ..] => bench::main(rest),
        ["browser", rest @ ..] => browser::main(rest),
        ["console", rest @ ..] => drive::main(&serve::CONSOLE, rest),
        ["chat", rest @ ..] => drive::main(&serve::CHAT, rest),
        ["size", rest @ ..] => size::main(rest),
        ["serve", rest @ ..] => serve::main(rest),
        ["fuzz", rest @ ..] => fuzz::main(rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        [other, ..] => Err(format!("there is no command `{other}`\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
