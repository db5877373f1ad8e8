//! At a terminal: what a user types, and what the screen shows then.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use onesocket_test_support::{Script, Server};
use pty_process::Size;
use pty_process::blocking::{Command, Pty};

use crate::PROGRAM;

/// Nothing takes as long; a test that waits for so long has failed.
const LIMIT: Duration = Duration::from_secs(20);

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";

/// A program at a terminal of 24 lines with 80 columns.
struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    output: Arc<(Mutex<vt100::Parser>, Condvar)>,
}

impl Terminal {
    /// The program, when its prompt is there: what is typed before, the system edits.
    fn start(arguments: &[&str]) -> Terminal {
        let terminal = Terminal::of(Command::new(PROGRAM).args(arguments));
        terminal.is_at("> ", 2);
        terminal
    }

    fn of(command: Command) -> Terminal {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(Size::new(24, 80)).expect("a size");
        let command = command.env("TERM", "xterm").env_remove("NO_COLOR");
        let child = command.spawn(pts).expect("the program starts");
        let pty = Arc::new(pty);
        let output = Arc::new((Mutex::new(vt100::Parser::new(24, 80, 0)), Condvar::new()));
        let (from, to) = (pty.clone(), output.clone());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end of a terminal is an error.
            while let Ok(1..) = from.as_ref().read(&mut bytes).inspect(|&length| {
                to.0.lock().unwrap().process(&bytes[..length]);
                to.1.notify_all();
            }) {}
        });
        Terminal { pty, child, output }
    }

    fn types(&self, keys: &str) -> &Self {
        self.pty
            .as_ref()
            .write_all(keys.as_bytes())
            .expect("a terminal takes keys");
        self
    }

    /// Waits until these lines stand on the screen one below the other; a line may begin so.
    fn shows(&self, lines: &[&str]) -> &Self {
        self.wait(&format!("{lines:?}"), |screen| {
            let contents = screen.contents();
            let shown: Vec<&str> = contents.lines().collect();
            shown.windows(lines.len()).any(|window| {
                let mut pairs = window.iter().zip(lines);
                pairs.all(|(shown, line)| shown.starts_with(line))
            })
        })
    }

    /// Waits until the last line of the screen is exactly this, with the cursor in this column.
    fn is_at(&self, line: &str, column: u16) -> &Self {
        self.wait(
            &format!("{line:?} with the cursor in column {column}"),
            |screen| {
                let (row, at) = screen.cursor_position();
                let shown = screen.contents_between(row, 0, row, 80);
                at == column && shown.trim_end() == line.trim_end()
            },
        )
    }

    fn wait(&self, what: &str, mut pleases: impl FnMut(&vt100::Screen) -> bool) -> &Self {
        let (parser, news) = &*self.output;
        let parser = parser.lock().unwrap();
        let (parser, waited) = news
            .wait_timeout_while(parser, LIMIT, |parser| !pleases(parser.screen()))
            .unwrap();
        let screen = parser.screen().contents();
        assert!(!waited.timed_out(), "no {what} on the screen:\n{screen}");
        self
    }

    fn exits_with(&mut self, status: i32) {
        let exit = self.child.wait().expect("the program ends");
        assert_eq!(exit.code(), Some(status));
    }
}

#[test]
fn what_is_typed_is_sent_and_stays_and_the_answer_stands_below() {
    let server = Server::start();
    let mut terminal = Terminal::start(&[&server.url("/echo")]);
    terminal.shows(&["= open: ws://", "> "]);
    terminal
        .types("grüße\r")
        .shows(&["> grüße", "< grüße", ">"]);
    terminal
        .types("//slash\r")
        .shows(&["> //slash", "< /slash", ">"]);
    terminal.types("/binary 00 48 69\r").shows(&[
        "> /binary 00 48 69",
        "< binary, 3 bytes: 00 48 69 |.Hi|",
        ">",
    ]);
    terminal.types(CTRL_D).shows(&[
        "= closed: 1000 (normal closure), clean, after",
        "= received 3 messages (16 bytes), sent 3 messages (16 bytes)",
    ]);
    terminal.exits_with(0);
}

#[test]
fn a_message_that_comes_while_somebody_types_leaves_the_line_as_it_is() {
    let server = Server::start();
    let script = Script::new().id("type").open().pause().text("hello");
    let script = script.text_of_size(100).text("done").echo_until_close();
    let mut terminal = Terminal::start(&[&server.url(script.close(1000, "").end())]);
    terminal
        .types("half a line")
        .types(LEFT)
        .types(LEFT)
        .is_at("> half a line", 11);

    server.go("type", 1);
    terminal
        .shows(&["< hello", "< abcdefg", "< done", "> half a line"])
        .is_at("> half a line", 11);
    terminal.types("X").is_at("> half a liXne", 12);
    terminal
        .types("\r")
        .shows(&["> half a liXne", "< half a liXne", ">"]);
    terminal.types(CTRL_C);
    terminal.exits_with(0);
}

#[test]
fn earlier_lines_come_back() {
    let server = Server::start();
    let mut terminal = Terminal::start(&[&server.url("/echo")]);
    terminal.types("first\r").shows(&["< first", ">"]);
    terminal.types("second\r").shows(&["< second", ">"]);
    terminal
        .types(UP)
        .is_at("> second", 8)
        .types(UP)
        .is_at("> first", 7);
    terminal.types("!\r").shows(&["> first!", "< first!", ">"]);
    terminal.types(CTRL_D);
    terminal.exits_with(0);
}

#[test]
fn commands_answer_above_the_line() {
    let server = Server::start();
    let mut terminal = Terminal::start(&["-s", "chat", &server.url("/echo?id=commands")]);
    terminal.types("/status\r").shows(&[
        "= OPEN since",
        "= bufferedAmount: 0",
        "= subprotocol: chat",
        "= extensions: ",
        "= received 0 messages (0 bytes), sent 0 messages (0 bytes)",
    ]);
    terminal
        .types("/help\r")
        .shows(&["= /close [CODE] [REASON]"]);
    terminal
        .types("/ping\r")
        .shows(&["= there is no command /ping"]);
    terminal
        .types("/close 1001\r")
        .shows(&["= the close code 1001 is neither"]);
    terminal
        .types("/close 4000 so long\r")
        .shows(&["= closed: 4000 (an application's code) \"so long\""]);
    terminal.exits_with(0);
    assert_eq!(
        server.seen("commands").close(),
        Some((Some(4000), "so long".to_owned()))
    );
}

#[test]
fn a_file_is_sent_in_parts_while_the_line_stays_free() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("part.bin");
    std::fs::write(&path, vec![7; 150_000]).unwrap();
    let server = Server::start();
    let mut terminal = Terminal::start(&[&server.url("/sink")]);
    terminal
        .types(&format!("/file {}\r", path.display()))
        .shows(&["= sent /"]);
    terminal
        .types("report\r")
        .shows(&["< messages=3 bytes=150000"]);
    terminal
        .types("/file /no/such/file\r")
        .shows(&["= /no/such/file: No such file"]);
    terminal.types(CTRL_D);
    terminal.exits_with(0);
}

#[test]
fn a_close_of_the_peer_ends_the_program_in_the_middle_of_a_line() {
    let server = Server::start();
    let script = Script::new()
        .id("peer")
        .open()
        .pause()
        .text("bye")
        .close(1001, "restart");
    let mut terminal = Terminal::start(&[&server.url(script.expect_close())]);
    terminal.types("half a line").is_at("> half a line", 13);
    server.go("peer", 1);
    terminal.shows(&[
        "< bye",
        "= closed: 1001 (going away) \"restart\", clean, after",
        "= received 1 message (3 bytes), sent 0 messages (0 bytes)",
        "wscat: the peer closed with 1001 (going away) \"restart\"",
    ]);
    terminal.exits_with(4);
}

#[test]
fn ctrl_c_waits_for_the_peer_and_a_second_one_does_not() {
    let server = Server::start();
    let script = Script::new().id("stuck").open().hang();
    let mut terminal = Terminal::start(&[&server.url(script)]);
    terminal.types("gone").is_at("> gone", 6);
    terminal
        .types(CTRL_C)
        .shows(&["= closing; once more leaves without waiting"]);
    let seen = server.seen_when("stuck", |seen| seen.close().is_some());
    assert_eq!(seen.close(), Some((Some(1000), String::new())));
    terminal
        .types("late\r")
        .shows(&["= not sent: the connection is closing"]);
    terminal.types(CTRL_C);
    terminal.exits_with(130);
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let server = Server::start();
    let script = "\"$0\" \"$1\"; stty -a | grep -o '.icanon'";
    let url = server.url("/close?code=1000");
    let command = Command::new("sh").args(["-c", script, PROGRAM, &url]);
    let mut terminal = Terminal::of(command);
    // With a minus before it, it would be off.
    terminal.shows(&["= received 0 messages", " icanon"]);
    terminal.exits_with(0);
}

#[test]
fn sigterm_closes_as_ctrl_c_does() {
    let server = Server::start();
    let mut terminal = Terminal::start(&[&server.url("/echo?id=term")]);
    let id = terminal.child.id().to_string();
    let sent = std::process::Command::new("kill").arg(id).status();
    assert!(sent.expect("a kill command").success());
    terminal.shows(&["= closed: 1000 (normal closure), clean"]);
    terminal.exits_with(0);
    assert_eq!(
        server.seen("term").close(),
        Some((Some(1000), String::new()))
    );
}

#[test]
fn a_peer_cannot_draw_on_the_screen() {
    let server = Server::start();
    let script = Script::new().open().text("a\x1b[2Jb\nc").close(1000, "");
    let url = server.url(script.expect_close());
    let mut terminal = Terminal::of(Command::new(PROGRAM).arg(&url));
    terminal.shows(&["= open", "< a\\u{1b}[2Jb", "  c", "= closed"]);
    terminal.exits_with(0);
}

#[test]
fn timings_and_colours_are_for_terminals() {
    let server = Server::start();
    let mut terminal = Terminal::start(&["-t", "-x", "ping", &server.url("/echo")]);
    terminal.shows(&["= open after ", "< ["]);
    terminal.wait("coloured <", |screen| {
        let mut cells = (0..24).filter_map(|row| screen.cell(row, 0));
        cells.any(|cell| cell.contents() == "<" && cell.fgcolor() != vt100::Color::Default)
    });
    terminal.types(CTRL_D);
    terminal.exits_with(0);
}
