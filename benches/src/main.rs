//! The benchmark; see the library.

fn main() -> std::process::ExitCode {
    onesocket_bench::run()
}
