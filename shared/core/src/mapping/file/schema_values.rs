//! The definitions of the JSON Schema that do not depend on the kinds of rows: values, conditions, identifiers.

use serde_json::{Map, Value, json};

/// What does not depend on the kinds.
pub(super) fn common() -> Map<String, Value> {
    let reference = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    let one = |name: &str, schema: Value| {
        let properties = Value::Object([(name.to_owned(), schema)].into_iter().collect());
        json!({ "type": "object", "required": [name], "additionalProperties": false, "properties": properties })
    };
    let source = || reference("source");
    let plain = || {
        vec![
            reference("path"),
            one("path", reference("path")),
            one("element", reference("path")),
            one("capture", json!({ "type": "string" })),
        ]
    };
    let value = |name: &str, constant: Value, own: Vec<Value>| {
        let translated = json!({
            "type": "object", "required": ["map", "values"], "additionalProperties": false,
            "properties": {
                "map": source(),
                "values": { "type": "object", "additionalProperties": constant },
                "otherwise": constant,
            },
        });
        let rule = json!({
            "type": "object", "additionalProperties": false,
            "properties": { "when": reference("conditions"), "value": constant, "from": reference(name) },
            "oneOf": [{ "required": ["value"] }, { "required": ["from"] }],
        });
        let mut forms = plain();
        forms.extend([
            json!({ "type": "array", "minItems": 1, "items": rule }),
            one(
                "first",
                json!({ "type": "array", "minItems": 1, "items": reference(name) }),
            ),
            one("value", constant.clone()),
            translated,
        ]);
        forms.extend(own);
        (name.to_owned(), json!({ "anyOf": forms }))
    };
    let texts = json!({ "type": ["string", "number"] });
    let moment = |name: &str| {
        let names = ["iso", "isoUtc", "epochSeconds", "epochMillis"];
        let members = [
            (name, json!({ "const": "recorded" })),
            ("time", json!({ "enum": names })),
        ];
        let members: Map<_, _> = members
            .map(|(name, schema)| (name.to_owned(), schema))
            .into_iter()
            .collect();
        json!({ "type": "object", "required": [name], "additionalProperties": false, "properties": members })
    };
    let times = ["iso", "isoUtc", "epochSeconds", "epochMillis"].map(|name| one(name, source()));
    let mut definitions: Map<_, _> = [
        value("text", texts, Vec::new()),
        value(
            "flag",
            json!({ "type": "boolean" }),
            vec![one("present", source())],
        ),
        value(
            "count",
            json!({ "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32 }),
            Vec::new(),
        ),
        value(
            "time",
            json!({ "type": "string", "format": "date-time" }),
            times
                .into_iter()
                .chain([one("changed", reference("path"))])
                .collect(),
        ),
    ]
    .into_iter()
    .collect();
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let rest = json!({
        "template": { "type": "string", "minLength": 1,
            "description": "Literals, and captures in braces: `USER#{userId}`. `{x}` takes no `#`; `{x+}` takes any text." },
        "path": {
            "description": "The name of an attribute, with dots to go into maps; or a list of names.",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
            ],
        },
        "source": { "anyOf": plain() },
        "identifier": {
            "description": "A template of captures, a path, an element, or the digest of one of them.",
            "anyOf": [
                reference("template"), one("path", reference("path")), one("element", reference("path")),
                one("capture", json!({ "type": "string" })), one("digest", reference("identifier")),
            ],
        },
        "conditions": { "type": "object", "additionalProperties": reference("condition") },
        "condition": {
            "description": "A value, a list of values, or a map with a test.",
            "anyOf": [
                scalar,
                { "type": "array", "minItems": 1, "items": scalar },
                one("exists", json!({ "type": "boolean" })),
                one("not", reference("condition")),
                moment("after"),
                moment("before"),
            ],
        },
        "each": {
            "description": "One row for each element.",
            "anyOf": [
                one("set", reference("path")),
                one("map", reference("path")),
                { "type": "object", "required": ["list", "id"], "additionalProperties": false,
                    "properties": { "list": reference("path"), "id": reference("path") } },
                { "type": "object", "required": ["split", "by"], "additionalProperties": false,
                    "properties": { "split": reference("path"), "by": { "type": "string", "minLength": 1 } } },
            ],
        },
    });
    if let Value::Object(rest) = rest {
        definitions.extend(rest);
    }
    definitions
}
