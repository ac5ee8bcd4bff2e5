//! Why a body is not an event.

/// The most bytes of a body (Amazon SQS Developer Guide, *Amazon SQS message quotas*).
pub(super) const MAX_BYTES: usize = 1_048_576;

/// Why a message body is not an event. No error quotes the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// The body is larger than SQS allows.
    #[error("the message body has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// The body is not strict JSON: one object, in which each member comes once (RFC 7493, section 2.3), nesting is at
    /// most 32 deep, every string is Unicode and every number fits a 64-bit float.
    #[error("the message body is not a JSON object with each member once")]
    NotJson,
    /// The body is a notification of SNS without a text in `Message`.
    #[error("the notification has no text in `Message`")]
    EmptyNotification,
    /// The body is not a CloudEvents 1.0 document: `specversion` is missing or has another value.
    #[error("the message body is not a CloudEvents 1.0 document")]
    NotACloudEvent,
    /// The CloudEvents document lacks this attribute, or the attribute is not in its form.
    #[error("the event has no valid `{0}`")]
    Lacks(&'static str),
    /// `data.userId` is missing or is not the user of `subject`.
    #[error("`data.userId` is not the user of `subject`")]
    OtherUser,
}
