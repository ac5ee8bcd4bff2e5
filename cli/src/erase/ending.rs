//! The exit status of a result.

use std::process::ExitCode;

/// The exit status if something remains, was not seen or could not be proved.
const INCOMPLETE: u8 = 3;

/// The exit status of a result that is complete or not.
pub(super) fn exit(complete: bool) -> ExitCode {
    if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    }
}
