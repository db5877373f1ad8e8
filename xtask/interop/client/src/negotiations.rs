//! What comes of a handshake about permessage-deflate, with each server: what it is made to insist on, what our builder is
//! told, and what `extensions()` is then or why the handshake fails.

/// One handshake about permessage-deflate.
pub(crate) struct Negotiation {
    /// What the server is made to insist on.
    pub(crate) settings: &'static str,
    /// What our builder is told, in the same words.
    pub(crate) demands: &'static str,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `extensions()` is this.
    Agreed(&'static str),
    /// The handshake fails, and the cause has these words.
    Fails(&'static str),
}

/// Reads a table.
pub(crate) fn negotiations(table: &'static str) -> Vec<Negotiation> {
    table.trim().lines().map(negotiation).collect()
}

fn negotiation(line: &'static str) -> Negotiation {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [settings, demands, outcome] = cells[..] else {
        panic!("not three cells: {line}");
    };
    Negotiation {
        settings,
        demands,
        outcome: match outcome.strip_prefix("fails: ") {
            Some(cause) => Outcome::Fails(cause),
            None => Outcome::Agreed(outcome),
        },
    }
}

/// It can be made to insist on everything. What it cannot agree to it refuses, where others only decline the extension.
pub(crate) const WS: &str = "
                              |                              | permessage-deflate
off                           |                              |
                              | off                          |
threshold=0; level=1          | level=1                      | permessage-deflate
threshold=0; level=9          | level=9                      | permessage-deflate
server_no_context_takeover    |                              | permessage-deflate; server_no_context_takeover
client_no_context_takeover    |                              | permessage-deflate; client_no_context_takeover
server_no_context_takeover; client_no_context_takeover; threshold=0 | | permessage-deflate; server_no_context_takeover; client_no_context_takeover
server_max_window_bits=8      |                              | permessage-deflate; server_max_window_bits=8
server_max_window_bits=9      |                              | permessage-deflate; server_max_window_bits=9
server_max_window_bits=10     |                              | permessage-deflate; server_max_window_bits=10
server_max_window_bits=11     |                              | permessage-deflate; server_max_window_bits=11
server_max_window_bits=12     |                              | permessage-deflate; server_max_window_bits=12
server_max_window_bits=13     |                              | permessage-deflate; server_max_window_bits=13
server_max_window_bits=14     |                              | permessage-deflate; server_max_window_bits=14
server_max_window_bits=15     |                              | permessage-deflate; server_max_window_bits=15
client_max_window_bits=8      |                              | permessage-deflate; client_max_window_bits=8
client_max_window_bits=9      |                              | permessage-deflate; client_max_window_bits=9
client_max_window_bits=10     |                              | permessage-deflate; client_max_window_bits=10
client_max_window_bits=11     |                              | permessage-deflate; client_max_window_bits=11
client_max_window_bits=12     |                              | permessage-deflate; client_max_window_bits=12
client_max_window_bits=13     |                              | permessage-deflate; client_max_window_bits=13
client_max_window_bits=14     |                              | permessage-deflate; client_max_window_bits=14
client_max_window_bits=15     |                              | permessage-deflate; client_max_window_bits=15
client_max_window_bits=9; server_max_window_bits=9; server_no_context_takeover; client_no_context_takeover | | permessage-deflate; client_max_window_bits=9; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9
                              | server_no_context_takeover   | permessage-deflate; server_no_context_takeover
                              | client_no_context_takeover   | permessage-deflate; client_no_context_takeover
                              | server_max_window_bits=8     | permessage-deflate; server_max_window_bits=8
                              | server_max_window_bits=9     | permessage-deflate; server_max_window_bits=9
                              | server_max_window_bits=10    | permessage-deflate; server_max_window_bits=10
                              | client_max_window_bits=8     | permessage-deflate; client_max_window_bits=8
                              | client_max_window_bits=10    | permessage-deflate; client_max_window_bits=10
                              | client_max_window_bits=none  | permessage-deflate
server_max_window_bits=9      | server_max_window_bits=10    | permessage-deflate; server_max_window_bits=9
server_max_window_bits=12     | server_max_window_bits=10    | fails: 400
client_max_window_bits=10     | client_max_window_bits=none  | fails: 400
";

/// By itself it asks for windows of 4 KiB on both sides.
pub(crate) const WEBSOCKETS: &str = "
                              |                              | permessage-deflate; server_max_window_bits=12; client_max_window_bits=12
off                           |                              |
server_no_context_takeover    |                              | permessage-deflate; server_no_context_takeover
client_no_context_takeover    |                              | permessage-deflate; client_no_context_takeover
server_max_window_bits=9      |                              | permessage-deflate; server_max_window_bits=9
server_max_window_bits=15     |                              | permessage-deflate; server_max_window_bits=15
client_max_window_bits=9      |                              | permessage-deflate; client_max_window_bits=9
client_max_window_bits=15     |                              | permessage-deflate; client_max_window_bits=15
client_max_window_bits=9      | client_max_window_bits=none  | permessage-deflate
                              | server_no_context_takeover   | permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12
                              | client_no_context_takeover   | permessage-deflate; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12
                              | server_max_window_bits=8     |
                              | server_max_window_bits=10    | permessage-deflate; server_max_window_bits=10; client_max_window_bits=12
                              | client_max_window_bits=10    | permessage-deflate; server_max_window_bits=12; client_max_window_bits=10
                              | client_max_window_bits=none  | permessage-deflate; server_max_window_bits=12
";

pub(crate) const AIOHTTP: &str = "
                              |                              | permessage-deflate
off                           |                              |
                              | server_no_context_takeover   | permessage-deflate; server_no_context_takeover
                              | client_no_context_takeover   | permessage-deflate
                              | server_max_window_bits=8     |
                              | server_max_window_bits=10    | permessage-deflate; server_max_window_bits=10
                              | client_max_window_bits=10    | permessage-deflate
                              | client_max_window_bits=none  | permessage-deflate
";

/// It overlooks parameters without a value, and breaks at windows of 256 bytes.
pub(crate) const TORNADO: &str = "
                              |                              | permessage-deflate
off                           |                              |
level=9                       |                              | permessage-deflate
                              | server_no_context_takeover   | fails: the server ignored the demand for server_no_context_takeover
                              | client_no_context_takeover   | permessage-deflate
                              | server_max_window_bits=8     | fails: 500
                              | server_max_window_bits=10    | permessage-deflate; server_max_window_bits=10
                              | client_max_window_bits=10    | permessage-deflate; client_max_window_bits=10
                              | client_max_window_bits=none  | permessage-deflate
";

/// By itself neither side refers back.
pub(crate) const BUN: &str = "
                              |                              | permessage-deflate; client_no_context_takeover; server_no_context_takeover
off                           |                              |
compress=dedicated; decompress=dedicated |                   | permessage-deflate
compress=4KB; decompress=4KB  |                              | permessage-deflate; client_max_window_bits=12; server_max_window_bits=9
                              | server_no_context_takeover   | permessage-deflate; client_no_context_takeover; server_no_context_takeover
                              | server_max_window_bits=10    |
                              | client_max_window_bits=10    | permessage-deflate; client_no_context_takeover; server_no_context_takeover
                              | client_max_window_bits=none  | permessage-deflate; client_no_context_takeover; server_no_context_takeover
compress=dedicated; decompress=dedicated | server_no_context_takeover | permessage-deflate; server_no_context_takeover
compress=dedicated; decompress=dedicated | client_no_context_takeover | permessage-deflate; client_no_context_takeover
";

/// It does not know the extension.
pub(crate) const WEBSOCKET: &str = "
                              |                              |
                              | server_no_context_takeover   |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_settings_demands_and_what_comes_of_them() {
        let table = negotiations("\na=1; b | | x; a=1\n | c | fails: no c\n||\n");
        let cells = |at: usize| (table[at].settings, table[at].demands, table[at].outcome);
        assert_eq!(cells(0), ("a=1; b", "", Outcome::Agreed("x; a=1")));
        assert_eq!(cells(1), ("", "c", Outcome::Fails("no c")));
        assert_eq!(cells(2), ("", "", Outcome::Agreed("")));
        assert_eq!(table.len(), 3);
    }

    #[test]
    fn every_table_can_be_read() {
        for table in [WS, WEBSOCKETS, AIOHTTP, TORNADO, BUN, WEBSOCKET] {
            assert!(negotiations(table).len() > 1);
        }
    }
}
