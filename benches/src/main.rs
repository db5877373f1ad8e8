//! The benchmark; see the library.

fn main() -> onesocket_bench::Outcome<()> {
    onesocket_bench::run()
}
