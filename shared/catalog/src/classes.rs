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
    /// How a person can be reached: for those who write to people, or call them.
    Contact = "contact" {
        /// The e-mail address, as it stands in the row.
        email,
        /// The e-mail address before it changed. Only the event of that change has it.
        previous_email,
        /// The telephone number, as it stands in the row. It need not be in E.164.
        phone_number,
        /// The telephone number before it changed. Only the event of that change has it.
        previous_phone_number,
    }
}

class! {
    /// Who a person is: for those who call people by their names, or must know their age.
    Identity = "identity" {
        /// The given name.
        first_name,
        /// The family name.
        last_name,
        /// The name shown to others.
        display_name,
        /// The date of birth, a day such as `1990-12-10` (RFC 3339, full-date). Nobody checked it.
        date_of_birth,
        /// The URL of the person's picture.
        avatar_url,
    }
}

class! {
    /// Where a person is to be found: for those who deliver goods, or make out invoices.
    Address = "address" {
        /// The person's own name for the address.
        label,
        /// Who receives what is sent there.
        recipient_name,
        /// The first line, such as street and number.
        line1,
        /// The second line, such as a flat or a floor.
        line2,
        /// The town.
        city,
        /// The state, province or region.
        region,
        /// The postal code, a text: it may begin with zeros.
        postal_code,
        /// The telephone number for deliveries.
        phone_number,
    }
}

class! {
    /// Where a person logs in from: for those who look for fraud.
    Network = "network" {
        /// The IP address, of version 4 or 6, as text.
        ip_address,
        /// The browser or app, as it names itself.
        user_agent,
        /// The device's identifier, as the User Service knows it.
        device_id,
    }
}
