//! Reads whole messages: of Lambda's SQS trigger, and of the SDK.

#[cfg(feature = "lambda")]
mod lambda {
    use aws_lambda_events::sqs::SqsMessage;

    use crate::received::delivery::Delivery;
    use crate::received::error::ReceiveError;
    use crate::received::event::ReceivedEvent;

    impl ReceivedEvent {
        /// Reads a message of Lambda's SQS trigger, raw or wrapped, with its message attributes.
        ///
        /// Fails like [`from_message_body`](Self::from_message_body).
        pub fn from_lambda(message: SqsMessage) -> Result<Self, ReceiveError> {
            let mut event = Self::from_body(message.body.unwrap_or_default().into())?;
            if event.attributes.is_empty() {
                let attributes = message.message_attributes.into_iter();
                event.attributes = attributes
                    .filter_map(|(name, attribute)| Some((name, attribute.string_value?)))
                    .collect();
            }
            let system = &message.attributes;
            event.delivery = Delivery::new(
                message.message_id,
                system.get("ApproximateReceiveCount"),
                system.get("MessageGroupId"),
            );
            Ok(event)
        }
    }

    impl TryFrom<SqsMessage> for ReceivedEvent {
        type Error = ReceiveError;

        fn try_from(message: SqsMessage) -> Result<Self, ReceiveError> {
            Self::from_lambda(message)
        }
    }
}

#[cfg(feature = "worker")]
mod sdk {
    use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};

    use crate::received::delivery::Delivery;
    use crate::received::error::ReceiveError;
    use crate::received::event::ReceivedEvent;

    impl ReceivedEvent {
        /// Reads a message of the SDK's `ReceiveMessage`, raw or wrapped. It has message attributes only if the call
        /// asked for them: `message_attribute_names("All")`.
        ///
        /// Fails like [`from_message_body`](Self::from_message_body).
        pub fn from_sdk(message: Message) -> Result<Self, ReceiveError> {
            let mut event = Self::from_body(message.body.unwrap_or_default().into())?;
            if event.attributes.is_empty() {
                let attributes = message.message_attributes.into_iter().flatten();
                event.attributes = attributes
                    .filter_map(|(name, attribute)| Some((name, attribute.string_value?)))
                    .collect();
            }
            let system = message.attributes.unwrap_or_default();
            event.delivery = Delivery::new(
                message.message_id,
                system.get(&System::ApproximateReceiveCount),
                system.get(&System::MessageGroupId),
            );
            Ok(event)
        }
    }

    impl TryFrom<Message> for ReceivedEvent {
        type Error = ReceiveError;

        fn try_from(message: Message) -> Result<Self, ReceiveError> {
            Self::from_sdk(message)
        }
    }
}

#[cfg(all(test, feature = "lambda", feature = "worker"))]
mod tests {
    use aws_lambda_events::sqs::{SqsMessage, SqsMessageAttribute};
    use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};

    use crate::ReceivedEvent;

    const BODY: &str = r#"{"specversion":"1.0","id":"11111111-1111-5111-8111-111111111111",
        "source":"/s","type":"NewEventV1","subject":"roles/1",
        "sequence":"0000000000000000000000000000000000000001.0000","data":{}}"#;

    #[test]
    fn a_message_of_lambda_and_one_of_the_sdk_give_the_same_event() {
        let mut replay = SqsMessageAttribute::default();
        replay.string_value = Some("true".to_owned());
        let mut lambda = SqsMessage::default();
        lambda.message_id = Some("m-1".to_owned());
        lambda.body = Some(BODY.to_owned());
        lambda.attributes = [("ApproximateReceiveCount", "3"), ("MessageGroupId", "users/1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        lambda.message_attributes = [("replay".to_owned(), replay)].into();

        let replay = MessageAttributeValue::builder()
            .data_type("String")
            .string_value("true");
        let sdk = Message::builder()
            .message_id("m-1")
            .body(BODY)
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "3")
            .attributes(MessageSystemAttributeName::MessageGroupId, "users/1")
            .message_attributes("replay", replay.build().unwrap())
            .build();

        for event in [
            ReceivedEvent::try_from(lambda).unwrap(),
            ReceivedEvent::try_from(sdk).unwrap(),
        ] {
            assert!(event.is_replay());
            assert_eq!(event.delivery().message_id.as_deref(), Some("m-1"));
            assert_eq!(event.delivery().receive_count, Some(3));
            assert_eq!(event.delivery().group.as_deref(), Some("users/1"));
        }
    }
}
