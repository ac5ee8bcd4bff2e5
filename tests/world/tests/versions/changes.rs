//! Changes made by hand to real schemas of the catalog, each with the verdict of the gate.

use serde_json::{Map, Value, json};

/// A change to one schema.
pub(super) struct Change {
    /// The description of the change, for the table.
    pub(super) what: &'static str,
    /// The schema's path under `schemas/`.
    pub(super) schema: &'static str,
    /// The change itself.
    pub(super) make: fn(&mut Value),
    /// The path that breaks; `None` if no reader breaks.
    pub(super) breaks: Option<&'static str>,
}

const CONSENT: &str = "profile/UserConsentChangedEventV1.json";
const EMAIL: &str = "account/UserEmailChangedEventV1.json";
const ENVELOPE: &str = "envelope.json";
const FAILED: &str = "authentication/UserLoginFailedEventV1.json";
const PROFILE: &str = "profile/UserProfileUpdatedEventV1.json";

const fn breaking(
    what: &'static str,
    schema: &'static str,
    path: &'static str,
    make: fn(&mut Value),
) -> Change {
    Change {
        what,
        schema,
        make,
        breaks: Some(path),
    }
}

const fn safe(what: &'static str, schema: &'static str, make: fn(&mut Value)) -> Change {
    Change {
        what,
        schema,
        make,
        breaks: None,
    }
}

/// Changes that break a reader.
pub(super) const BREAKING: &[Change] = &[
    breaking("a required field is removed", EMAIL, "$.changedAt", |schema| {
        remove_field(schema, "changedAt");
    }),
    breaking("an optional field is removed", EMAIL, "$.verified", |schema| {
        remove_field(schema, "verified");
    }),
    breaking("a field is renamed", CONSENT, "$.granted", |schema| {
        let field = remove_field(schema, "granted");
        add(schema, "isGranted", field);
        require(schema, "isGranted");
    }),
    breaking(
        "a field is moved into an object",
        CONSENT,
        "$.changedAt",
        |schema| {
            let field = remove_field(schema, "changedAt");
            add(
                schema,
                "times",
                json!({ "type": "object", "properties": { "changedAt": field } }),
            );
        },
    ),
    breaking("a boolean becomes a string", CONSENT, "$.granted", |schema| {
        field(schema, "granted").insert("type".into(), json!("string"));
    }),
    breaking(
        "a whole number becomes any number",
        FAILED,
        "$.consecutiveFailures",
        |schema| {
            field(schema, "consecutiveFailures").insert("type".into(), json!("number"));
        },
    ),
    breaking(
        "a number becomes a string",
        FAILED,
        "$.consecutiveFailures",
        |schema| {
            *place(schema, "/properties/consecutiveFailures") = json!({ "type": "string" });
        },
    ),
    breaking(
        "a string may be a number, too",
        CONSENT,
        "$.policyVersion",
        |schema| {
            *place(schema, "/properties/policyVersion") =
                json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] });
        },
    ),
    breaking("a string may be null", CONSENT, "$.source", |schema| {
        field(schema, "source").insert("type".into(), json!(["string", "null"]));
    }),
    breaking("one value becomes a list", CONSENT, "$.purpose", |schema| {
        *place(schema, "/properties/purpose") = json!({ "type": "array", "items": { "type": "string" } });
    }),
    breaking(
        "a list becomes one string",
        PROFILE,
        "$.changedFields",
        |schema| {
            *place(schema, "/properties/changedFields") = json!({ "type": "string" });
        },
    ),
    breaking(
        "a list's items become objects",
        PROFILE,
        "$.changedFields[*]",
        |schema| {
            *place(schema, "/properties/changedFields/items") = json!({ "type": "object" });
        },
    ),
    breaking(
        "a list may be of one item only",
        PROFILE,
        "$.changedFields",
        |schema| {
            field(schema, "changedFields").insert("maxItems".into(), json!(1));
        },
    ),
    breaking(
        "an optional field becomes required",
        CONSENT,
        "$.policyVersion",
        |schema| {
            require(schema, "policyVersion");
        },
    ),
    breaking(
        "a required field becomes optional",
        CONSENT,
        "$.purpose",
        |schema| {
            unrequire(schema, "purpose");
        },
    ),
    breaking(
        "no field is required any more",
        FAILED,
        "$.failureReason",
        |schema| {
            object(schema).remove("required");
        },
    ),
    breaking("a new field is required", CONSENT, "$.channel", |schema| {
        add(schema, "channel", json!({ "type": "string" }));
        require(schema, "channel");
    }),
    breaking(
        "a value of an enumeration is removed",
        FAILED,
        "$.failureReason",
        |schema| {
            values(schema).retain(|value| value["const"] != "RATE_LIMITED");
        },
    ),
    breaking(
        "a value of an enumeration is renamed",
        FAILED,
        "$.failureReason",
        |schema| {
            for value in values(schema) {
                if value["const"] == "RATE_LIMITED" {
                    value["const"] = json!("TOO_MANY_ATTEMPTS");
                }
            }
        },
    ),
    breaking(
        "an enumeration becomes any string",
        FAILED,
        "$.failureReason",
        |schema| {
            *place(schema, "/properties/failureReason") = json!({ "type": "string" });
        },
    ),
    breaking(
        "any string becomes an enumeration",
        CONSENT,
        "$.purpose",
        |schema| {
            field(schema, "purpose").insert("enum".into(), json!(["newsletter", "profiling"]));
        },
    ),
    breaking("a constant is another one", ENVELOPE, "$.specversion", |schema| {
        field(schema, "specversion").insert("const".into(), json!("2.0"));
    }),
    breaking("a format is removed", CONSENT, "$.changedAt", |schema| {
        field(schema, "changedAt").remove("format");
    }),
    breaking("a format is another one", CONSENT, "$.changedAt", |schema| {
        field(schema, "changedAt").insert("format".into(), json!("date"));
    }),
    breaking("a string gets a format", CONSENT, "$.policyVersion", |schema| {
        field(schema, "policyVersion").insert("format".into(), json!("uuid"));
    }),
    breaking("a string gets a pattern", CONSENT, "$.userId", |schema| {
        field(schema, "userId").insert("pattern".into(), json!("^user-[0-9]+$"));
    }),
    breaking("a pattern is another one", ENVELOPE, "$.sequence", |schema| {
        field(schema, "sequence").insert("pattern".into(), json!("^[0-9]{40}$"));
    }),
    breaking("a string may be longer", ENVELOPE, "$.partitionkey", |schema| {
        field(schema, "partitionkey").insert("maxLength".into(), json!(256));
    }),
    breaking(
        "a string may not be as long",
        ENVELOPE,
        "$.partitionkey",
        |schema| {
            field(schema, "partitionkey").insert("maxLength".into(), json!(64));
        },
    ),
    breaking(
        "a number is of 64 bits instead of 32",
        FAILED,
        "$.consecutiveFailures",
        |schema| {
            field(schema, "consecutiveFailures").insert("format".into(), json!("uint64"));
        },
    ),
    breaking(
        "a number may be negative",
        FAILED,
        "$.consecutiveFailures",
        |schema| {
            let field = field(schema, "consecutiveFailures");
            field.insert("format".into(), json!("int64"));
            field.remove("minimum");
        },
    ),
    breaking("a number is limited", FAILED, "$.consecutiveFailures", |schema| {
        field(schema, "consecutiveFailures").insert("maximum".into(), json!(10));
    }),
    breaking("unknown fields are forbidden", CONSENT, "$", |schema| {
        object(schema).insert("additionalProperties".into(), json!(false));
    }),
    breaking(
        "a class is no longer in the event",
        EMAIL,
        "$.contact",
        |schema| {
            remove_field(schema, "contact");
        },
    ),
    breaking(
        "a field of a class is removed",
        EMAIL,
        "$.contact.sealed→email",
        |schema| {
            class(schema, "Contact").shift_remove("email");
        },
    ),
    breaking(
        "a field of a class is a list",
        FAILED,
        "$.network.sealed→ipAddress",
        |schema| {
            class(schema, "Network").insert("ipAddress".into(), json!({ "type": "array" }));
        },
    ),
    breaking(
        "a field of a class is required",
        EMAIL,
        "$.contact.sealed→email",
        |schema| {
            object(place(schema, "/$defs/Contact")).insert("required".into(), json!(["email"]));
        },
    ),
    breaking(
        "a class is published unsealed",
        EMAIL,
        "$.contact.sealed",
        |schema| {
            *place(schema, "/properties/contact") = json!({ "$ref": "#/$defs/Contact" });
        },
    ),
    breaking("a plain field is sealed", CONSENT, "$.source", |schema| {
        *place(schema, "/properties/source") = sealed();
    }),
    breaking(
        "what is sealed is in another format",
        EMAIL,
        "$.contact.sealed",
        |schema| {
            sealed_text(schema).insert("contentMediaType".into(), json!("application/cose"));
        },
    ),
    breaking(
        "what is sealed is no longer described",
        EMAIL,
        "$.contact.sealed",
        |schema| {
            sealed_text(schema).remove("contentSchema");
        },
    ),
    breaking(
        "a data key is encoded in another way",
        EMAIL,
        "$.contact.dataKey",
        |schema| {
            *place(schema, "/properties/contact/properties/dataKey/contentEncoding") = json!("base16");
        },
    ),
];

/// Changes that break no reader.
pub(super) const SAFE: &[Change] = &[
    safe("a new optional field", CONSENT, |schema| {
        add(schema, "channel", json!({ "type": "string", "format": "uri" }));
    }),
    safe("a new optional object", CONSENT, |schema| {
        let inside = json!({ "name": { "type": "string" } });
        add(
            schema,
            "form",
            json!({ "type": "object", "properties": inside, "required": ["name"] }),
        );
    }),
    safe("a new optional list", CONSENT, |schema| {
        add(
            schema,
            "channels",
            json!({ "type": "array", "items": { "type": "string" } }),
        );
    }),
    safe("a new optional enumeration", CONSENT, |schema| {
        add(
            schema,
            "channel",
            json!({ "type": "string", "enum": ["WEB", "APP"] }),
        );
    }),
    safe("a new class", CONSENT, |schema| {
        add(schema, "contact", sealed());
    }),
    safe("a new field of a class", EMAIL, |schema| {
        class(schema, "Contact").insert("messenger".into(), json!({ "type": "string" }));
    }),
    safe("a new attribute of the envelope", ENVELOPE, |schema| {
        add(schema, "tenant", json!({ "type": "string", "minLength": 1 }));
    }),
    safe("a new value of an enumeration", FAILED, |schema| {
        values(schema).push(json!({ "type": "string", "const": "PASSKEY_UNKNOWN", "description": "New." }));
    }),
    safe("a new value of the envelope's enumeration", ENVELOPE, |schema| {
        list(schema, "/properties/initiatortype/enum").push(json!("PARTNER"));
    }),
    safe("a new value and a new field at once", FAILED, |schema| {
        values(schema).push(json!({ "type": "string", "const": "PASSKEY_UNKNOWN" }));
        add(schema, "country", json!({ "type": "string" }));
    }),
    safe(
        "the values of an enumeration in another order",
        FAILED,
        |schema| {
            values(schema).reverse();
        },
    ),
    safe(
        "an enumeration without descriptions of its values",
        FAILED,
        |schema| {
            let names: Vec<_> = values(schema)
                .iter()
                .filter_map(|value| value.get("const").cloned())
                .collect();
            *place(schema, "/properties/failureReason") = json!({ "type": "string", "enum": names });
        },
    ),
    safe("another description", CONSENT, |schema| {
        object(schema).insert("description".into(), json!("In other words."));
        field(schema, "granted").insert("description".into(), json!("In other words."));
    }),
    safe("a comment", CONSENT, |schema| {
        object(schema).insert("$comment".into(), json!("Printed."));
    }),
    safe("other examples", CONSENT, |schema| {
        object(schema).insert("examples".into(), json!([{ "userId": "user-2" }]));
    }),
    safe("a default", CONSENT, |schema| {
        field(schema, "source").insert("default".into(), json!("web"));
    }),
    safe(
        "an event is deprecated, with its sunset and successor",
        CONSENT,
        |schema| {
            object(schema).insert("deprecated".into(), json!(true));
            object(schema).insert("x-sunset".into(), json!("2027-06-30"));
            object(schema).insert("x-successor".into(), json!("UserConsentChangedEventV2"));
        },
    ),
    safe("a field is deprecated", CONSENT, |schema| {
        field(schema, "source").insert("deprecated".into(), json!(true));
    }),
    safe("an annotation of our own", CONSENT, |schema| {
        field(schema, "source").insert("x-public".into(), json!("names no person"));
    }),
    safe("the fields in another order", CONSENT, |schema| {
        let fields = place(schema, "/properties").as_object().unwrap().clone();
        *place(schema, "/properties") = fields.into_iter().rev().collect();
    }),
    safe("the required fields in another order", CONSENT, |schema| {
        list(schema, "/required").reverse();
    }),
    safe("a definition under another name", EMAIL, |schema| {
        let contact = object(place(schema, "/$defs")).shift_remove("Contact").unwrap();
        object(place(schema, "/$defs")).insert("HowToReach".into(), contact);
        sealed_text(schema).insert("contentSchema".into(), json!({ "$ref": "#/$defs/HowToReach" }));
    }),
    safe("a definition written where it is used", EMAIL, |schema| {
        let contact = object(schema).remove("$defs").unwrap()["Contact"].clone();
        sealed_text(schema).insert("contentSchema".into(), contact);
    }),
    safe("a field's schema as a definition", CONSENT, |schema| {
        let time = place(schema, "/properties/changedAt").clone();
        object(schema).insert("$defs".into(), json!({ "Time": time }));
        *place(schema, "/properties/changedAt") = json!({ "$ref": "#/$defs/Time", "description": "When." });
    }),
    safe("the range of a number's format as its bounds", FAILED, |schema| {
        *place(schema, "/properties/consecutiveFailures") =
            json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    }),
    safe("a type as a list of one", CONSENT, |schema| {
        field(schema, "source").insert("type".into(), json!(["string"]));
    }),
    safe("that objects are open is written out", CONSENT, |schema| {
        object(schema).insert("additionalProperties".into(), json!(true));
    }),
    safe("a constant as an enumeration of one", ENVELOPE, |schema| {
        *place(schema, "/properties/specversion") = json!({ "type": "string", "enum": ["1.0"] });
    }),
    safe("another base of the schemas' identifiers", CONSENT, |schema| {
        object(schema).insert("$id".into(), json!("https://schemas.example.com/consent.json"));
    }),
];

fn place<'a>(schema: &'a mut Value, pointer: &str) -> &'a mut Value {
    schema.pointer_mut(pointer).expect(pointer)
}

fn object(schema: &mut Value) -> &mut Map<String, Value> {
    schema.as_object_mut().expect("an object")
}

fn list<'a>(schema: &'a mut Value, pointer: &str) -> &'a mut Vec<Value> {
    place(schema, pointer).as_array_mut().expect(pointer)
}

fn field<'a>(schema: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    object(place(schema, &format!("/properties/{name}")))
}

fn class<'a>(schema: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    object(place(schema, &format!("/$defs/{name}/properties")))
}

fn values(schema: &mut Value) -> &mut Vec<Value> {
    list(schema, "/properties/failureReason/anyOf")
}

fn sealed_text(schema: &mut Value) -> &mut Map<String, Value> {
    object(place(schema, "/properties/contact/properties/sealed"))
}

fn add(schema: &mut Value, name: &str, field: Value) {
    object(place(schema, "/properties")).insert(name.to_owned(), field);
}

fn remove_field(schema: &mut Value, name: &str) -> Value {
    unrequire(schema, name);
    object(place(schema, "/properties"))
        .shift_remove(name)
        .expect(name)
}

fn require(schema: &mut Value, name: &str) {
    list(schema, "/required").push(json!(name));
}

fn unrequire(schema: &mut Value, name: &str) {
    list(schema, "/required").retain(|required| required != name);
}

fn sealed() -> Value {
    let text = json!({ "type": "string" });
    let class = json!({ "type": "object", "properties": { "email": text } });
    let sealed = json!({ "type": "string", "contentMediaType": "application/jose", "contentSchema": class });
    json!({
        "type": "object",
        "properties": { "sealed": sealed, "dataKey": text, "keyArn": text },
        "required": ["sealed", "dataKey", "keyArn"],
    })
}
