//! The binary: everything is in the library, so that tests and benches use
//! what the user runs.

fn main() -> std::process::ExitCode {
    analyze::cli::main()
}
