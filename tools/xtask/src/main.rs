//! The `xtask` command; everything it does is in the library beside it.

fn main() -> std::process::ExitCode {
    xtask::run()
}
