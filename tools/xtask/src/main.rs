//! The `xtask` command. Its code is in the library beside it.

fn main() -> std::process::ExitCode {
    xtask::run()
}
