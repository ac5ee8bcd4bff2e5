//! The `user-events` command; everything it does is in the library beside it.

fn main() -> std::process::ExitCode {
    user_events::run()
}
