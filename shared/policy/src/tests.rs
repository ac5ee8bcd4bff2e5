//! Tests the examples of the Developer Guide, and the policies that SNS refuses.

use super::*;

fn policy(text: &str, scope: Scope) -> FilterPolicy {
    FilterPolicy::parse(text, scope).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether a policy with that rule list lets an attribute through.
fn lets_attribute(rules: &str, data_type: &str, value: &str) -> bool {
    let message = Message::new([("key", data_type, value)], "{}");
    policy(&format!(r#"{{"key":{rules}}}"#), Scope::Attributes).judge(&message) == Verdict::Through
}

fn lets_body(text: &str, body: &str) -> bool {
    policy(text, Scope::Body).judge(&Message::new([], body)) == Verdict::Through
}

#[test]
fn attributes_are_matched_as_the_developer_guide_says() {
    for (rules, data_type, value, through) in [
        (r#"["rugby","tennis"]"#, "String", "rugby", true),
        (r#"["rugby","tennis"]"#, "String", "Rugby", false),
        (r#"["rugby","tennis"]"#, "String", "baseball", false),
        (
            r#"["rugby","tennis"]"#,
            "String.Array",
            r#"["baseball","tennis"]"#,
            true,
        ),
        (r#"["rugby","tennis"]"#, "String.Array", r#"["baseball"]"#, false),
        (r#"["rugby"]"#, "String.Array", "[]", false),
        (r#"["rugby"]"#, "Binary", "rugby", false),
        (
            r#"[{"anything-but":["rugby","tennis"]}]"#,
            "String",
            "football",
            true,
        ),
        (
            r#"[{"anything-but":["rugby","tennis"]}]"#,
            "String",
            "rugby",
            false,
        ),
        (
            r#"[{"anything-but":["rugby","tennis"]}]"#,
            "String.Array",
            r#"["rugby","baseball"]"#,
            true,
        ),
        (
            r#"[{"anything-but":["rugby","tennis"]}]"#,
            "String.Array",
            r#"["rugby"]"#,
            false,
        ),
        (r#"[{"anything-but":"rugby"}]"#, "String", "rugby", false),
        (
            r#"[{"anything-but":{"prefix":"order-"}}]"#,
            "String",
            "data-entry",
            true,
        ),
        (
            r#"[{"anything-but":{"prefix":"order-"}}]"#,
            "String",
            "order-number",
            false,
        ),
        (r#"[{"equals-ignore-case":"tennis"}]"#, "String", "Tennis", true),
        (
            r#"[{"equals-ignore-case":"tennis"}]"#,
            "String",
            "table tennis",
            false,
        ),
        (r#"[{"prefix":"bas"}]"#, "String", "baseball", true),
        (r#"[{"prefix":"bas"}]"#, "String", "rugby", false),
        (r#"[{"suffix":"ball"}]"#, "String", "baseball", true),
        (r#"[{"suffix":"ball"}]"#, "String", "rugby", false),
        (r#"[{"cidr":"192.0.2.0/24"}]"#, "String", "192.0.2.255", true),
        (r#"[{"cidr":"192.0.2.0/24"}]"#, "String", "192.0.3.0", false),
        (
            r#"[{"cidr":"2001:db8::/32"}]"#,
            "String",
            "2001:db8:ffff::1",
            true,
        ),
        (r#"[{"cidr":"2001:db8::/32"}]"#, "String", "192.0.2.1", false),
        (r#"[{"cidr":"0.0.0.0/0"}]"#, "String", "198.51.100.7", true),
        (r#"[{"cidr":"192.0.2.7/32"}]"#, "String", "192.0.2.6", false),
        (r#"[{"numeric":["=",301.5]}]"#, "Number", "3.015e2", true),
        (r#"[{"numeric":["=",301.5]}]"#, "Number", "301.50001", false),
        (r#"[{"numeric":["=",301.5]}]"#, "Number", "301.500001", true),
        (r#"[{"numeric":["=",301.5]}]"#, "String", "301.5", false),
        (r#"[{"anything-but":[100,500]}]"#, "Number", "100.1", true),
        (r#"[{"anything-but":[100,500]}]"#, "Number", "100", false),
        (r#"[{"numeric":["<",0]}]"#, "Number", "-1", true),
        (r#"[{"numeric":["<",0]}]"#, "Number", "0", false),
        (r#"[{"numeric":[">",0,"<=",150]}]"#, "Number", "150", true),
        (r#"[{"numeric":[">",0,"<=",150]}]"#, "Number", "150.1", false),
        (r#"[{"numeric":[">",0,"<=",150]}]"#, "Number", "0", false),
        (r#"[{"exists":true}]"#, "String", "", true),
        (r#"[{"exists":false}]"#, "String", "", false),
        (
            r#"[{"anything-but":["rugby"]},{"exists":false}]"#,
            "String",
            "rugby",
            false,
        ),
        (r#"["rugby",{"prefix":"bas"}]"#, "String", "baseball", true),
    ] {
        assert_eq!(
            lets_attribute(rules, data_type, value),
            through,
            "{rules} of {data_type} {value}"
        );
    }
}

#[test]
fn an_absent_attribute_matches_only_a_rule_for_absence() {
    let nothing = Message::new([], "{}");
    for (rules, through) in [
        (r#"[{"exists":false}]"#, true),
        (r#"[{"anything-but":["rugby"]},{"exists":false}]"#, true),
        (r#"[{"anything-but":["rugby"]}]"#, false),
        (r#"[null]"#, false),
        (r#"[{"exists":true}]"#, false),
    ] {
        let verdict = policy(&format!(r#"{{"key":{rules}}}"#), Scope::Attributes).judge(&nothing);
        assert_eq!(verdict == Verdict::Through, through, "{rules}");
    }
}

#[test]
fn bodies_are_matched_by_their_leaves_and_types() {
    for (text, body, through) in [
        (r#"{"a":{"b":["x"]}}"#, r#"{"a":{"b":"x"}}"#, true),
        (r#"{"a":{"b":["x"]}}"#, r#"{"a":{"b":["y","x"]}}"#, true),
        (r#"{"a":{"b":["x"]}}"#, r#"{"a":"x"}"#, false),
        (r#"{"a":{"b":[{"exists":false}]}}"#, r#"{"c":1}"#, true),
        (r#"{"a":[{"exists":true}]}"#, r#"{"a":{"b":"x"}}"#, false),
        (r#"{"a":[1]}"#, r#"{"a":1.0}"#, true),
        (r#"{"a":["1"]}"#, r#"{"a":1}"#, false),
        (r#"{"a":[true]}"#, r#"{"a":true}"#, true),
        (r#"{"a":[null]}"#, r#"{"a":null}"#, true),
        (r#"{"a":["x"]}"#, "[1]", false),
        ("{}", r#"{"a":1}"#, true),
    ] {
        assert_eq!(lets_body(text, body), through, "{text} of {body}");
    }
}

#[test]
fn keys_must_all_hold_and_alternatives_only_one_and_the_keys_that_refuse_are_named() {
    let text = r#"{"source":["a"],"$or":[{"metric":["cpu"]},{"space":["disk","net"]}]}"#;
    let refused = |attributes: &[(&str, &str, &str)]| match policy(text, Scope::Attributes)
        .judge(&Message::new(attributes.iter().copied(), "{}"))
    {
        Verdict::Through => Vec::new(),
        Verdict::Refused(keys) => keys.into_iter().collect(),
    };
    let (source, metric, space) = (
        ("source", "String", "a"),
        ("metric", "String", "cpu"),
        ("space", "String", "net"),
    );
    assert!(refused(&[source, metric]).is_empty());
    assert!(refused(&[source, space]).is_empty());
    assert_eq!(refused(&[source]), ["metric", "space"]);
    assert_eq!(refused(&[metric]), ["source"]);
    assert_eq!(refused(&[]), ["metric", "source", "space"]);
}

#[test]
fn an_or_that_does_not_meet_the_conditions_is_a_key_like_any_other() {
    // A single object; an operator as a key.
    for text in [
        r#"{"$or":[{"a":["b"]}]}"#,
        r#"{"$or":[{"numeric":["=",1]},{"a":["b"]}]}"#,
    ] {
        let error = FilterPolicy::parse(text, Scope::Attributes)
            .unwrap_err()
            .to_string();
        assert!(error.contains("`$or`: "), "{error}");
    }
    let message = Message::new([("$or", "String", "x")], "{}");
    assert_eq!(
        policy(r#"{"$or":["x"]}"#, Scope::Attributes).judge(&message),
        Verdict::Through
    );
}

#[test]
fn a_policy_that_sns_refuses_is_refused_with_the_key_and_no_value() {
    for (text, parts) in [
        ("nothing", &["not JSON"][..]),
        ("[]", &["not a JSON object"]),
        (r#"{"key":"secret"}"#, &["`key`", "list of rules"]),
        (r#"{"key":[]}"#, &["`key`", "empty"]),
        (r#"{"key":[["secret"]]}"#, &["`key`", "list inside"]),
        (r#"{"key":{"inner":["secret"]}}"#, &["`key`", "--scope body"]),
        (r#"{"key":[{"wildcard":"secret*"}]}"#, &["`key`", "EventBridge"]),
        (
            r#"{"key":[{"starts-with":"secret"}]}"#,
            &["`key`", "no operator has that name"],
        ),
        (
            r#"{"key":[{"prefix":"secret","suffix":"secret"}]}"#,
            &["`key`", "exactly one operator"],
        ),
        (r#"{"key":[{"prefix":1}]}"#, &["`key`", "`prefix` takes a string"]),
        (r#"{"key":[{"exists":"secret"}]}"#, &["`key`", "true or false"]),
        (
            r#"{"key":[{"anything-but":{"suffix":"secret"}}]}"#,
            &["`key`", "`anything-but`"],
        ),
        (
            r#"{"key":[{"anything-but":{"wildcard":"secret"}}]}"#,
            &["`key`", "`anything-but`"],
        ),
        (r#"{"key":[{"anything-but":[]}]}"#, &["`key`", "empty list"]),
        (r#"{"key":[{"numeric":[]}]}"#, &["`key`", "`numeric` takes"]),
        (r#"{"key":[{"numeric":["!=",1]}]}"#, &["`key`", "=, <"]),
        (r#"{"key":[{"numeric":["="]}]}"#, &["`key`", "without a number"]),
        (
            r#"{"key":[{"numeric":["<",1,">",0]}]}"#,
            &["`key`", "lower bound comes before"],
        ),
        (r#"{"key":[{"numeric":[">",1,"<",1]}]}"#, &["`key`", "not below"]),
        (r#"{"key":[{"numeric":["=",1000000001]}]}"#, &["`key`", "10^9"]),
        (r#"{"key":[{"cidr":"192.0.2.0"}]}"#, &["`key`", "network"]),
        (r#"{"key":[{"cidr":"192.0.2.0/33"}]}"#, &["`key`", "32 bits"]),
        (r#"{"key":[{"cidr":"secret/8"}]}"#, &["`key`", "network"]),
    ] {
        let error = FilterPolicy::parse(text, Scope::Attributes)
            .unwrap_err()
            .to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let error = FilterPolicy::parse(r#"{"a":{"b":{"c":[{"x":1}]}}}"#, Scope::Body).unwrap_err();
    assert!(error.to_string().contains("`a.b.c`"), "{error}");
}

#[test]
fn a_policy_has_five_keys_and_not_six() {
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count).map(|key| format!(r#""k{key}":["x"]"#)).collect();
        FilterPolicy::parse(&format!("{{{}}}", keys.join(",")), Scope::Attributes)
    };
    assert!(keys(5).is_ok());
    let error = keys(6).unwrap_err().to_string();
    assert!(error.contains("6 keys"), "{error}");
    // Keys inside others are not counted.
    let nested = r#"{"a":{"1":["x"],"2":["x"],"3":["x"],"4":["x"],"5":["x"],"6":["x"]}}"#;
    assert!(FilterPolicy::parse(nested, Scope::Body).is_ok());
}

#[test]
fn a_policy_has_150_combinations_and_not_more() {
    let list = |length: usize| format!("[{}]", vec![r#""x""#; length].join(","));
    let attributes = |a: usize, b: usize| {
        FilterPolicy::parse(
            &format!(r#"{{"a":{},"b":{}}}"#, list(a), list(b)),
            Scope::Attributes,
        )
    };
    assert!(attributes(15, 10).is_ok());
    let error = attributes(151, 1).unwrap_err().to_string();
    assert!(error.contains("151 combinations"), "{error}");
    // The Developer Guide's example: 3 levels of 4 values, times 2 levels of 3 values.
    let nested = |c: usize| {
        let text = format!(r#"{{"a":{{"b":{{"c":{}}}}},"d":{{"e":{}}}}}"#, list(c), list(3));
        FilterPolicy::parse(&text, Scope::Body)
    };
    assert!(nested(4).is_ok() && nested(8).is_ok());
    let error = nested(9).unwrap_err().to_string();
    assert!(error.contains("162 combinations"), "{error}");
    let or = |length: usize| {
        let text = format!(r#"{{"$or":[{{"a":{}}},{{"b":{}}}]}}"#, list(length), list(75));
        FilterPolicy::parse(&text, Scope::Attributes)
    };
    assert!(or(75).is_ok() && or(76).is_err());
}
