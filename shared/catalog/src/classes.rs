//! The data classes: groups of personal data. A subscriber is granted a class as a whole or not at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::Class;

/// Declares a class. All its fields are optional strings.
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
    /// How to reach a person, for subscribers that send messages or make calls.
    Contact = "contact" {
        /// The e-mail address, unchanged from the row.
        email,
        /// The e-mail address before the change. Only the event of that change has it.
        previous_email,
        /// The telephone number, unchanged from the row. Not necessarily in E.164 format.
        phone_number,
        /// The telephone number before the change. Only the event of that change has it.
        previous_phone_number,
    }
}

class! {
    /// Who a person is, for subscribers that address people by name or need their age.
    Identity = "identity" {
        /// The given name.
        first_name,
        /// The family name.
        last_name,
        /// The name shown to others.
        display_name,
        /// The date of birth, an RFC 3339 full-date such as `1990-12-10`. Not validated.
        date_of_birth,
        /// The URL of the person's picture.
        avatar_url,
    }
}

class! {
    /// A postal address, for shipping and invoicing.
    Address = "address" {
        /// The user's own name for the address.
        label,
        /// The recipient of deliveries to the address.
        recipient_name,
        /// The first line, such as street and number.
        line1,
        /// The second line, such as a flat or floor.
        line2,
        /// The town or city.
        city,
        /// The state, province or region.
        region,
        /// The postal code, a string because it may begin with zeros.
        postal_code,
        /// The telephone number for deliveries.
        phone_number,
    }
}

class! {
    /// The network origin of a login, for fraud detection.
    Network = "network" {
        /// The IP address, version 4 or 6.
        ip_address,
        /// The browser or app, as it identifies itself.
        user_agent,
        /// The device's ID in the User Service.
        device_id,
    }
}
