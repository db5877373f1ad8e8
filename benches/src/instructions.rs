//! User instructions per message, counted by valgrind: the load of the machine does not matter to them.

use std::env;
use std::process::Command;

use crate::Outcome;
use crate::comparison::Choice;
use crate::process::Server;
use crate::rows::Row;

/// The rows that are counted if none are named.
const ROWS: [&str; 3] = ["rx64", "tx64b", "ping64s"];

pub(crate) fn run(words: &[&str]) -> Outcome<()> {
    let names_rows = Choice::parse(words)?.rows.len() < crate::rows::ROWS.len();
    let words = [words, if names_rows { &[] } else { &ROWS[..] }].concat();
    let choice = Choice::parse(&words)?;
    let server = Server::start()?;
    println!(
        "| user instructions per message | {} |",
        choice.clients.join(" | ")
    );
    println!("|---|{}", "--:|".repeat(choice.clients.len()));
    for row in &choice.rows {
        print!("| {} |", row.name);
        for client in &choice.clients {
            print!(" {:.0} |", per_message(client, row, &server)?);
        }
        println!();
    }
    Ok(())
}

/// By difference: what does not depend on the number of messages goes out.
fn per_message(client: &str, row: &Row, server: &Server) -> Outcome<f64> {
    let few = (row.count / 8).min(20_000);
    let many = 3 * few;
    let messages = |count| (count + Row::warm_up(count)) as f64;
    let counted = |count| instructions(client, row, count, server);
    Ok((counted(many)? - counted(few)?) / (messages(many) - messages(few)))
}

fn instructions(client: &str, row: &Row, count: u64, server: &Server) -> Outcome<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["client", client, row.name])
        .args([count.to_string(), server.address.to_string()])
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    match collected.filter(|_| output.status.success()) {
        Some((_, number)) => Ok(number.trim().parse()?),
        None => Err(format!("valgrind did not count:\n{told}").into()),
    }
}
