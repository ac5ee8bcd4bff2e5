//! Whether the process was started without a standard output.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Looks before `main`: Rust's start-up opens `/dev/null` in the place of a closed descriptor, and everything written is lost
/// without an error.
#[ctor::ctor(unsafe)]
fn look() {
    let stdout = rustix::stdio::stdout();
    CLOSED.store(rustix::io::fcntl_getfd(stdout).is_err(), Ordering::Relaxed);
}

/// Whether the standard output was closed when the process started (`>&-`).
pub(crate) fn stdout_was_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}
