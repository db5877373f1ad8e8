//! The clients that bring zlib in C; the benchmark starts them in this program.

fn main() -> std::process::ExitCode {
    onesocket_bench::run()
}
