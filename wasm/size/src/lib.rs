//! The programs are the examples: each connects, sends a text, takes the echo, closes, and reports the close.
