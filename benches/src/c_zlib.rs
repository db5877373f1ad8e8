//! The clients that bring zlib in C; the benchmark starts them in this program.

fn main() -> onesocket_bench::Outcome<()> {
    onesocket_bench::run()
}
