//! The classes of personal data: what a subscriber is granted as a whole, or not at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::Class;

/// Declares a class whose fields are all optional texts.
macro_rules! class {
    (
        $(#[$class_meta:meta])*
        $class:ident = $name:literal { $( $(#[$field_meta:meta])* $field:ident ),+ $(,)? }
    ) => {
        $(#[$class_meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $class {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<String>,
            )+
        }

        impl Class for $class {
            const NAME: &'static str = $name;

            fn is_empty(&self) -> bool {
                $( self.$field.is_none() )&&+
            }
        }
    };
}

class! {
    /// How a person can be reached.
    Contact = "contact" {
        /// The e-mail address.
        email,
        /// The e-mail address before the change.
        previous_email,
        /// The telephone number.
        phone_number,
        /// The telephone number before the change.
        previous_phone_number,
    }
}

class! {
    /// Who a person is.
    Identity = "identity" {
        /// The given name.
        first_name,
        /// The family name.
        last_name,
        /// The name shown to others.
        display_name,
        /// The date of birth.
        date_of_birth,
        /// Where the person's picture is.
        avatar_url,
    }
}

class! {
    /// Where a person is to be found.
    Address = "address" {
        /// The person's own name for the address.
        label,
        /// Who receives what is sent there.
        recipient_name,
        /// The first line.
        line1,
        /// The second line.
        line2,
        /// The town.
        city,
        /// The state, province or region.
        region,
        /// The postal code.
        postal_code,
        /// The telephone number for deliveries.
        phone_number,
    }
}

class! {
    /// Where a person logs in from.
    Network = "network" {
        /// The IP address.
        ip_address,
        /// The browser or app, as it names itself.
        user_agent,
        /// The device.
        device_id,
    }
}
