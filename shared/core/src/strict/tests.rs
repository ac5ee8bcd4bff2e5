use super::names::FEW;
use super::*;

#[test]
fn an_object_with_each_member_once_is_strict_and_other_texts_are_not() {
    for text in [
        "{}",
        " \r\n\t{\"a\":[1,-2,0.5,1e300,true,false,null,\"\\ud83d\\ude00\"],\"b\":{\"a\":{}}} ",
        "{\"a\":12345678901234567890123}",
    ] {
        assert!(is_strict_object(text), "{text}");
    }
    for text in [
        "",
        "[]",
        "1",
        "\u{feff}{}",
        "{} {}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":1}",
        "{\"a\":[{\"b\":{\"c\":1,\"c\":2}}]}",
        "{\"a\":\"\\ud800\"}",
        "{\"\\udc00\":1}",
        "{\"a\":1e400}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":\"\u{1}\"}",
        "\u{a0}{}",
    ] {
        assert!(!is_strict_object(text), "{text}");
    }
}

#[test]
fn nesting_is_allowed_up_to_the_limit_and_not_beyond() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(is_strict_object(&nested(MAX_DEPTH)));
    assert!(!is_strict_object(&nested(MAX_DEPTH + 1)));
    assert!(!is_strict_object(&nested(100_000)));
}

#[test]
fn a_member_that_comes_twice_is_found_among_many() {
    let members = |last: usize| {
        let members: Vec<_> = (0..1_000).chain([last]).map(|n| format!("\"m{n}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(is_strict_object(&members(1_000)));
    for twice in [0, FEW - 1, FEW, 999] {
        assert!(!is_strict_object(&members(twice)), "{twice}");
    }
}
