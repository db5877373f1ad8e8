//! The commands of the project: `cargo xtask COMMAND`.

mod autobahn;
mod browser;
mod fuzz;
mod install;
mod process;
mod step;
mod test;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  test [--native] [STEP...]   everything that a change must pass; with STEPs only those whose names begin so
       --native               leave browsers and servers' JavaScript out
  autobahn                    the reference protocol suite against the crate
       --quick                without the big messages of section 9
       --standard             with them (this is the default)
       --cases LIST           these alone, by commas: 6.4.1,7.*
       --slack FACTOR         stretch the suite's time limits; for a busy machine
  browser [PLACE...] [TEST]   the scenarios in chromium, firefox, node and deno, or in some of them
  fuzz [SECONDS] [TARGET]     every fuzz target, or one, for that long (60)
       --coverage             instead, the lines of the engine that the inputs found so far reach
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test", rest @ ..] => test::main(rest),
        ["autobahn", rest @ ..] => autobahn::main(rest),
        ["browser", rest @ ..] => browser::main(rest),
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
