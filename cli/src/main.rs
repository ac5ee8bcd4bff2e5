//! The `user-events` command. The library beside it does the work.

fn main() -> std::process::ExitCode {
    user_events::run()
}
