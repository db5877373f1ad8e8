//! Carries out the steps of a [`Script`](crate::Script).

use std::io;
use std::str::FromStr;

use super::frame::{Frame, opcode};
use super::handshake::{Answer, RequestHead};
use super::link::Link;
use super::paths::{alphabet, check, chosen_protocol};
use super::target::{Step, misuse, steps};

/// Carries out the script in the request's query.
pub(crate) fn script(link: &mut Link, head: &RequestHead) -> io::Result<()> {
    let mut draft = Draft::default();
    let steps = steps(&head.target);
    for step in &steps {
        match perform(link, head, &mut draft, step)? {
            Next::Step => {}
            Next::Over => return Ok(()),
            Next::ClientGone => return link.end(),
        }
    }
    let has_read_close = |step: &Step| matches!(&*step.name, "expect_close" | "echo_until_close");
    let last = steps.iter().rfind(|step| step.name != "flush");
    if last.is_some_and(|step| step.name == "close") && !steps.iter().any(has_read_close) {
        // A client may take it amiss when TCP ends before its own Close is through.
        link.wait_for(opcode::CLOSE)?;
    }
    link.end()
}

/// What the answer that follows shall have, or lack.
#[derive(Default)]
struct Draft {
    without: Vec<String>,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

enum Next {
    Step,
    Over,
    ClientGone,
}

fn perform(
    link: &mut Link,
    head: &RequestHead,
    draft: &mut Draft,
    step: &Step,
) -> io::Result<Next> {
    let whole = |link: &mut Link, opcode| link.send(opcode, step.bytes(0));
    let next = |outcome: io::Result<()>| outcome.map(|()| Next::Step);
    let over = |outcome: io::Result<()>| outcome.map(|()| Next::Over);

    match step.name.as_str() {
        "id" => Ok(Next::Step),
        "one_byte_per_write" => {
            link.one_byte_per_write();
            Ok(Next::Step)
        }
        "hold" => {
            link.hold();
            Ok(Next::Step)
        }
        "flush" => next(link.flush()),
        "receive_buffer" => next(link.wire().set_receive_buffer(step.parse(0)?)),

        "field" => {
            draft.fields.push((step.text(0), step.text(1)));
            Ok(Next::Step)
        }
        "without" => {
            draft.without.push(step.text(0));
            Ok(Next::Step)
        }
        "body" => {
            draft.body = step.bytes(0);
            Ok(Next::Step)
        }
        "open" => {
            check(head)?;
            let answer = Answer::open(head, chosen_protocol(head).as_deref());
            next(link.answer(&std::mem::take(draft).apply(answer).to_bytes()))
        }
        "answer" => {
            let mut draft = std::mem::take(draft);
            let answer = Answer::closing(step.parse(0)?, std::mem::take(&mut draft.body));
            next(link.answer(&draft.apply(answer).to_bytes()))
        }
        "head" => {
            let text = step.text(0).replace("{accept}", &head.accept());
            next(link.answer(text.as_bytes()))
        }

        "text" => next(whole(link, opcode::TEXT)),
        "binary" => next(whole(link, opcode::BINARY)),
        "text_of_size" => next(link.send(opcode::TEXT, alphabet(step.parse(0)?))),
        "binary_of_size" => next(link.send(opcode::BINARY, alphabet(step.parse(0)?))),
        "fill" => next(fill(link, step.parse(0)?)),
        "fragments" => next(fragments(link, opcode::TEXT, &step.arguments)),
        "binary_fragments" => next(fragments(link, opcode::BINARY, &step.arguments)),
        "ping" => next(whole(link, opcode::PING)),
        "pong" => next(whole(link, opcode::PONG)),
        "close" if step.bytes(0).is_empty() => next(link.send(opcode::CLOSE, "")),
        "close" => next(link.send_close(step.parse(0)?, &step.bytes(1))),
        "frame" => {
            let fin = step.parse::<u8>(0)? != 0;
            let frame = Frame::new(fin, step.parse(1)?, step.parse(2)?, step.bytes(3));
            next(link.send_raw(&frame.to_bytes()))
        }
        "raw" => next(link.send_raw(&step.bytes(0))),

        "expect_message" => Ok(go_on_if(link.read_message(false)?.is_some())),
        "expect_ping" => Ok(go_on_if(link.wait_for(opcode::PING)?.is_some())),
        "expect_pong" => Ok(go_on_if(link.wait_for(opcode::PONG)?.is_some())),
        "expect_close" => Ok(go_on_if(link.wait_for(opcode::CLOSE)?.is_some())),
        "echo" => echo(link, step.parse(0)?),
        "echo_until_close" => echo(link, u64::MAX),
        "pause" => next(link.record().wait_for_go()),
        "never_read" => loop {
            link.record().wait_for_go()?;
        },
        "slow_reader" => {
            let record = link.record().clone();
            link.wire().slow_down(step.parse(0)?, record);
            Ok(Next::Step)
        }

        "end" => over(link.end()),
        "cut" => over(link.cut()),
        "reset" => over(link.reset()),
        "hang" => over(link.flush().and_then(|()| link.read_to_end())),
        unknown => Err(misuse(&format!("no such step: {unknown}"))),
    }
}

/// Writes for ever, as long as the client reads, and notes it.
fn fill(link: &mut Link, size: usize) -> io::Result<()> {
    let frame = Frame::new(true, 0, opcode::BINARY, alphabet(size)).to_bytes();
    while !link.record().may_go() {
        link.send_raw(&frame)?;
        link.record().note_written(frame.len());
    }
    Ok(())
}

fn fragments(link: &mut Link, opcode: u8, payloads: &[Vec<u8>]) -> io::Result<()> {
    for (index, payload) in payloads.iter().enumerate() {
        let fin = index + 1 == payloads.len();
        let opcode = if index == 0 {
            opcode
        } else {
            opcode::CONTINUATION
        };
        link.send_raw(&Frame::new(fin, 0, opcode, payload.as_slice()).to_bytes())?;
    }
    Ok(())
}

/// A Close ends the echo early.
fn echo(link: &mut Link, messages: u64) -> io::Result<Next> {
    for _ in 0..messages {
        match link.read_message(true)? {
            None => return Ok(Next::ClientGone),
            Some(message) if message.opcode == opcode::CLOSE => break,
            Some(message) => link.send(message.opcode, message.payload)?,
        }
    }
    Ok(Next::Step)
}

fn go_on_if(found: bool) -> Next {
    if found { Next::Step } else { Next::ClientGone }
}

impl Draft {
    fn apply(self, mut answer: Answer) -> Answer {
        for name in &self.without {
            answer = answer.without(name);
        }
        for (name, value) in &self.fields {
            answer = answer.field(name, value);
        }
        answer
    }
}

impl Step {
    fn bytes(&self, index: usize) -> Vec<u8> {
        self.arguments.get(index).cloned().unwrap_or_default()
    }

    fn text(&self, index: usize) -> String {
        String::from_utf8_lossy(&self.bytes(index)).into_owned()
    }

    fn parse<T: FromStr>(&self, index: usize) -> io::Result<T> {
        let text = self.text(index);
        text.parse()
            .map_err(|_| misuse(&format!("{}: {text:?} is not a number", self.name)))
    }
}
