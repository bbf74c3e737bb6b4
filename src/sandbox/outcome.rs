//! One [`Outcome`] from all that can be seen of how a call ended.

use wasmtime::Trap;

use super::guest::{End, Guest};
use super::wasi::GuestResult;
use crate::function::{ErrorDocument, Fuel, FunctionConfig, Outcome, Timeout};
use crate::protocol::FrameKind;

/// The outcome of a call that ended this way, with what came out of the result pipe and whether memory was refused.
pub(super) fn outcome_of(
    guest: &mut Guest,
    end: End,
    answer: Option<GuestResult>,
    config: &FunctionConfig,
    (timeout, fuel): (Timeout, Option<Fuel>),
) -> Outcome {
    let refused = guest.data().meter.refused();
    let out_of_memory = Outcome::OutOfMemory(config.memory_size);
    match end {
        End::TimedOut => Outcome::TimedOut(timeout),
        End::OutOfFuel => fuel.map_or_else(|| Outcome::Trapped("out of fuel".into()), Outcome::OutOfFuel),
        // The guest's C half ends a process that died of MemoryError with this status, as a shell shows SIGKILL.
        End::Exited(137) if refused => out_of_memory,
        End::Exited(status) => Outcome::Exited(status),
        // CPython aborts when it cannot even make an exception; a trap for another reason is not memory's fault.
        End::Trapped(Trap::UnreachableCodeReached) if refused => out_of_memory,
        End::Trapped(trap) => Outcome::Trapped(trap.to_string()),
        End::Returned => match answer {
            Some(GuestResult::TooLarge(bytes)) => Outcome::ResultTooLarge(bytes),
            Some(GuestResult::Answer { kind: FrameKind::Returned, body }) => Outcome::Returned(body),
            Some(GuestResult::Answer { kind: kind @ (FrameKind::Raised | FrameKind::InitFailed), body }) => {
                match ErrorDocument::from_guest(&body) {
                    Some(document) if died_of_memory(&document, refused) => out_of_memory,
                    Some(document) if kind == FrameKind::Raised => Outcome::Raised(document),
                    Some(document) => Outcome::InitFailed(document),
                    None => Outcome::Trapped("the runtime inside the sandbox sent a malformed error document".into()),
                }
            }
            Some(GuestResult::Answer { .. }) | None => Outcome::Trapped("the runtime inside the sandbox did not answer".into()),
        },
    }
}

/// Whether an exception that nobody caught means that the guest had no memory left. One that user code raises itself,
/// with words of its own, is an exception like any other.
fn died_of_memory(document: &ErrorDocument, refused: bool) -> bool {
    match document.error_type.as_str() {
        // Without words it is the interpreter's: memory was refused, or more was asked for than 32 bits can count.
        "MemoryError" => refused || document.message.is_empty(),
        // The runtime's words for an exception in the result's way to JSON, and none of the exception itself.
        "Runtime.MarshalError" => refused && document.message.ends_with(": "),
        // What CPython 3.13 makes of a frame for which there is no memory.
        "SystemError" => refused && document.message == "error return without exception set",
        _ => false,
    }
}
