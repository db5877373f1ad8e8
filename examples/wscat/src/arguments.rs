//! The command line, as plain data.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};

use crate::values;

/// What `--help` shows.
pub(crate) const HELP: &str = include_str!("help.txt");

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
    /// Connect.
    Connect(Box<Arguments>),
}

/// Everything that may be said about a connection; `--help` describes each.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) subprotocols: Vec<String>,
    pub(crate) origin: Option<String>,
    pub(crate) basic: Option<String>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) resolve: Vec<(String, IpAddr)>,
    pub(crate) block_ports: bool,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) close_timeout: Option<Duration>,
    pub(crate) max_message: Option<usize>,
    pub(crate) execute: Vec<String>,
    pub(crate) binary: bool,
    pub(crate) chunk: Option<usize>,
    pub(crate) count: Option<u64>,
    pub(crate) wait: Option<Duration>,
    pub(crate) wait_messages: Option<u64>,
    pub(crate) timings: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) color: Color,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

impl Arguments {
    fn new(url: String) -> Self {
        Arguments {
            url,
            headers: Vec::new(),
            subprotocols: Vec::new(),
            origin: None,
            basic: None,
            ca: None,
            resolve: Vec::new(),
            block_ports: true,
            connect_timeout: None,
            close_timeout: None,
            max_message: None,
            execute: Vec::new(),
            binary: false,
            chunk: None,
            count: None,
            wait: None,
            wait_messages: None,
            timings: false,
            quiet: false,
            verbose: false,
            color: Color::Auto,
        }
    }
}

/// Reads the command line, without the program's name. An error says what to do about it.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Request, String> {
    let mut parser = Parser::from_args(arguments);
    let mut found = Arguments::new(String::new());
    let mut url = None;
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Request::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Request::Version),
            Arg::Value(value) if url.is_none() => url = Some(utf8(value)?),
            Arg::Value(value) => {
                return Err(format!(
                    "{value:?} is one argument too many: there is one URL, and a value with spaces needs quotes"
                ));
            }
            Arg::Short(letter) => option(&mut found, &mut parser, &format!("-{letter}"))?,
            Arg::Long(name) => {
                let name = format!("--{name}");
                option(&mut found, &mut parser, &name)?;
            }
        }
    }
    found.url = url.ok_or("the URL is missing, such as wss://example.com/chat")?;
    if found.quiet && found.verbose {
        return Err("-q and -v contradict each other: leave one out".to_owned());
    }
    Ok(Request::Connect(Box::new(found)))
}

fn option(found: &mut Arguments, parser: &mut Parser, name: &str) -> Result<(), String> {
    let mut text = || -> Result<String, String> {
        utf8(
            parser
                .value()
                .map_err(|_| format!("{name} needs a value"))?,
        )
    };
    let about = |what: String| format!("{name}: {what}");
    match name {
        "-H" | "--header" => found.headers.push(values::header(&text()?).map_err(about)?),
        "-s" | "--subprotocol" => found.subprotocols.push(text()?),
        "-o" | "--origin" => found.origin = Some(text()?),
        "--basic" => {
            let pair = text()?;
            if !pair.contains(':') {
                return Err("--basic: write USER:PASSWORD".to_owned());
            }
            found.basic = Some(pair);
        }
        "--ca" => found.ca = Some(parser.value().map_err(|error| error.to_string())?.into()),
        "--resolve" => found
            .resolve
            .push(values::resolved(&text()?).map_err(about)?),
        "--no-block-ports" => found.block_ports = false,
        "--connect-timeout" => {
            found.connect_timeout = Some(values::seconds(&text()?).map_err(about)?);
        }
        "--close-timeout" => found.close_timeout = Some(values::seconds(&text()?).map_err(about)?),
        "--max-message" => found.max_message = Some(values::bytes(&text()?).map_err(about)?),
        "-x" | "--execute" => found.execute.push(text()?),
        "-b" | "--binary" => found.binary = true,
        "--chunk" => found.chunk = Some(values::bytes(&text()?).map_err(about)?),
        "-n" | "--count" => found.count = Some(values::count(&text()?).map_err(about)?),
        "--wait" => found.wait = Some(values::seconds(&text()?).map_err(about)?),
        "--wait-messages" => found.wait_messages = Some(values::count(&text()?).map_err(about)?),
        "-t" | "--timings" => found.timings = true,
        "-q" | "--quiet" => found.quiet = true,
        "-v" | "--verbose" => found.verbose = true,
        "--color" => {
            found.color = match text()?.as_str() {
                "auto" => Color::Auto,
                "always" => Color::Always,
                "never" => Color::Never,
                other => {
                    return Err(format!("--color: {other:?} is not auto, always or never"));
                }
            };
        }
        _ => return Err(format!("there is no option {name}")),
    }
    Ok(())
}

fn utf8(value: OsString) -> Result<String, String> {
    value
        .string()
        .map_err(|_| "an argument is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(line: &str) -> Arguments {
        match parse(line.split(' ')) {
            Ok(Request::Connect(arguments)) => *arguments,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn options_stand_anywhere_and_in_both_spellings() {
        let short = connect("-sa -s b -n 3 ws://h/ -o http://o -qtb -xhi");
        let long = connect(
            "--subprotocol=a --subprotocol b --count 3 --origin http://o ws://h/ --quiet --timings --binary --execute=hi",
        );
        assert_eq!(short, long);
        assert_eq!(short.url, "ws://h/");
        assert_eq!(short.subprotocols, ["a", "b"]);
        assert_eq!(short.count, Some(3));
    }

    #[test]
    fn nothing_said_leaves_the_defaults() {
        assert_eq!(connect("ws://h/"), Arguments::new("ws://h/".to_owned()));
    }

    #[test]
    fn every_option_of_the_help_exists() {
        let names = HELP.lines().filter_map(|line| {
            let line = line.trim_start();
            line.starts_with('-').then(|| line.split("  ").next())?
        });
        let mut seen = 0;
        for name in names.flat_map(|names| names.split(", ")) {
            let name = name.split(' ').next().unwrap();
            for value in ["1", "a:1", "a:127.0.0.1", "auto"] {
                if let Err(error) = parse([name, value, "ws://h/"]) {
                    assert!(!error.contains("no option"), "{error}");
                }
            }
            seen += 1;
        }
        assert_eq!(seen, 33, "options in the help");
    }

    #[test]
    fn a_mistake_is_told_with_what_to_do() {
        for (line, message) in [
            ("-q", "the URL is missing"),
            ("ws://a/ ws://b/", "one argument too many"),
            ("--nope ws://h/", "there is no option --nope"),
            ("ws://h/ -H", "-H needs a value"),
            ("-H nonsense ws://h/", "write 'Name: value'"),
            ("--basic me ws://h/", "USER:PASSWORD"),
            ("--color red ws://h/", "auto, always or never"),
            ("--quiet=1 ws://h/", "unexpected argument for option"),
            ("-q -v ws://h/", "contradict"),
        ] {
            let error = parse(line.split(' ')).unwrap_err();
            assert!(error.contains(message), "{line}: {error}");
        }
    }

    #[test]
    fn help_and_version_need_no_url() {
        assert_eq!(parse(["--help"]), Ok(Request::Help));
        assert_eq!(parse(["-V"]), Ok(Request::Version));
    }
}
