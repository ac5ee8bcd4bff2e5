//! Forged tokens: those that need no key, and those by an owner of the key that must be refused, too.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use user_events_core::{MAX_CONTENT_BYTES, NONCE_BYTES};

use super::making::{Base, data_key, key_of, named, sealed_under, token_of, with_token};

const LAST: usize = usize::MAX;

pub(super) fn refused(base: &Base, other: &Base) -> Result<Vec<Value>> {
    let mut refused = bits(base)?;
    refused.extend(parts(base)?);
    refused.extend(headers(base)?);
    refused.extend(kids(base)?);
    refused.extend(moved(base, other));
    refused.extend(keys(base));
    refused.extend(members(base));
    Ok(refused)
}

/// The vector's token with one bit of a part flipped.
fn flipped(base: &Base, part: usize, byte: usize) -> Result<String> {
    let token = token_of(&base.vector);
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let part = parts.get_mut(part).context("no such part")?;
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&*part)?;
    let byte = byte.min(bytes.len() - 1);
    bytes[byte] ^= 1;
    *part = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Ok(parts.join("."))
}

fn bits(base: &Base) -> Result<Vec<Value>> {
    let header = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(&base.header)?)?;
    let place = |text: &str| header.find(text).context("not in the header");
    let mut vectors = Vec::new();
    for (name, why, part, byte) in [
        ("a bit of the header, which is no JSON then", "header", 0, 0),
        ("a bit of alg", "header", 0, place("dir")?),
        ("a bit of enc", "header", 0, place("A256GCM")?),
        ("a bit of the class in kid", "moved", 0, place("/contact")? + 1),
        ("a bit of the id in kid", "moved", 0, place("/contact")? - 1),
        ("a bit of the nonce", "does-not-open", 2, 0),
        ("the first bit of the ciphertext", "does-not-open", 3, 0),
        ("the last byte of the ciphertext", "does-not-open", 3, LAST),
        ("a bit of the first byte of the tag", "does-not-open", 4, 0),
        ("a bit of the last byte of the tag", "does-not-open", 4, LAST),
    ] {
        vectors.push(base.token(name, why, &flipped(base, part, byte)?));
    }
    Ok(vectors)
}

fn parts(base: &Base) -> Result<Vec<Value>> {
    let Base {
        header,
        nonce,
        ciphertext,
        tag,
        ..
    } = base;
    // 16 bytes are 22 characters with 132 bits. The last four bits are unused and must be zero (RFC 4648, section 3.5).
    let (kept, last) = tag.split_at(tag.len() - 1);
    let loose = char::from(last.as_bytes()[0] + 1);
    let standard = tag.replace('-', "+").replace('_', "/");
    let long = BASE64_URL_SAFE_NO_PAD.encode(vec![0; MAX_CONTENT_BYTES + 1]);
    let zeros = |bytes: usize| BASE64_URL_SAFE_NO_PAD.encode(vec![0; bytes]);
    let cases = [
        (
            "an unused bit of the tag's last character",
            format!("{header}..{nonce}.{ciphertext}.{kept}{loose}"),
        ),
        (
            "the tag with padding",
            format!("{header}..{nonce}.{ciphertext}.{tag}=="),
        ),
        (
            "the header with padding",
            format!("{header}=..{nonce}.{ciphertext}.{tag}"),
        ),
        (
            "the tag in the alphabet of base64",
            format!("{header}..{nonce}.{ciphertext}.+{}", &standard[1..]),
        ),
        (
            "a tag of 12 bytes",
            format!("{header}..{nonce}.{ciphertext}.{}", &tag[..16]),
        ),
        (
            "a tag of 17 bytes",
            format!("{header}..{nonce}.{ciphertext}.{}", zeros(17)),
        ),
        ("no tag", format!("{header}..{nonce}.{ciphertext}.")),
        (
            "a nonce of 9 bytes",
            format!("{header}..{}.{ciphertext}.{tag}", &nonce[..12]),
        ),
        (
            "a nonce of 16 bytes",
            format!("{header}..{}.{ciphertext}.{tag}", zeros(16)),
        ),
        ("no nonce", format!("{header}...{ciphertext}.{tag}")),
        ("four parts", format!("{header}.{nonce}.{ciphertext}.{tag}")),
        ("six parts", format!("{header}..{nonce}.{ciphertext}.{tag}.AAAA")),
        (
            "a dot at the end",
            format!("{header}..{nonce}.{ciphertext}.{tag}."),
        ),
        (
            "truncated after the ciphertext",
            format!("{header}..{nonce}.{ciphertext}"),
        ),
        (
            "truncated within the ciphertext",
            format!("{header}..{nonce}.{}", &ciphertext[..8]),
        ),
        ("nothing at all", String::new()),
        (
            "an encrypted key, where there must be none",
            format!("{header}.{nonce}.{nonce}.{ciphertext}.{tag}"),
        ),
        (
            "a line feed at the end",
            format!("{header}..{nonce}.{ciphertext}.{tag}\n"),
        ),
        (
            "a space before the token",
            format!(" {header}..{nonce}.{ciphertext}.{tag}"),
        ),
        (
            "a ciphertext of one byte more than 48 KiB",
            format!("{header}..{nonce}.{long}.{tag}"),
        ),
        (
            "a letter of another alphabet in the ciphertext",
            format!("{header}..{nonce}.é{ciphertext}.{tag}"),
        ),
    ];
    Ok(cases
        .map(|(name, token)| base.token(name, "malformed", &token))
        .into())
}

fn headers(base: &Base) -> Result<Vec<Value>> {
    let kid = format!("{}/contact", base.id());
    let good = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
    let escaped = kid.replacen('/', "\\u002f", 1);
    let cases = [
        ("alg A256KW", good.replace("dir", "A256KW")),
        ("alg RSA-OAEP", good.replace("dir", "RSA-OAEP")),
        ("alg none", good.replace("dir", "none")),
        ("alg DIR", good.replace("dir", "DIR")),
        ("enc A128GCM", good.replace("A256GCM", "A128GCM")),
        ("enc A256CBC-HS512", good.replace("A256GCM", "A256CBC-HS512")),
        ("compression", good.replace('}', r#","zip":"DEF"}"#)),
        ("compression of no kind", good.replace('}', r#","zip":null}"#)),
        ("a critical extension", good.replace('}', r#","crit":["exp"]}"#)),
        (
            "critical extensions of no kind",
            good.replace('}', r#","crit":null}"#),
        ),
        ("a type", good.replace('}', r#","typ":"JWE"}"#)),
        ("a party", good.replace('}', r#","apu":"QQ"}"#)),
        (
            "kid before alg",
            format!(r#"{{"kid":"{kid}","alg":"dir","enc":"A256GCM"}}"#),
        ),
        (
            "enc before alg",
            format!(r#"{{"enc":"A256GCM","alg":"dir","kid":"{kid}"}}"#),
        ),
        ("a space in the header", good.replacen(',', ", ", 1)),
        ("a line feed after the header", format!("{good}\n")),
        ("a byte order mark before the header", format!("\u{feff}{good}")),
        (
            "kid with an escape",
            format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{escaped}"}}"#),
        ),
        ("alg with an escape", good.replace("dir", "\\u0064ir")),
        ("alg twice", good.replacen(r#""alg""#, r#""alg":"none","alg""#, 1)),
        ("kid twice", good.replace('}', &format!(r#","kid":"{kid}"}}"#))),
        ("no kid", r#"{"alg":"dir","enc":"A256GCM"}"#.to_owned()),
        ("an empty kid", good.replace(&kid, "")),
        ("a kid that is a number", good.replace(&format!("\"{kid}\""), "7")),
        (
            "a kid of 257 characters",
            good.replace(&kid, &format!("{kid}/{}", "a".repeat(256 - kid.len()))),
        ),
        ("a kid with a blank", good.replace(&kid, &format!("{kid} "))),
        ("an empty header", String::new()),
        ("a header that is no object", "[]".to_owned()),
        (
            "a header in UTF-16",
            good.chars().flat_map(|letter| [letter, '\0']).collect(),
        ),
    ];
    cases
        .into_iter()
        .map(|(name, header)| base.header(name, "header", &header))
        .collect()
}

fn kids(base: &Base) -> Result<Vec<Value>> {
    let id = base.id();
    let key_id = "CQkJCQkJCQkJCQkJCQkJCQ";
    [
        (
            "another event's kid",
            format!("{}/contact", id.replacen('3', "4", 1)),
        ),
        ("a kid without the event", "contact".to_owned()),
        ("a kid without the class", id.to_owned()),
        ("a kid with an empty class", format!("{id}/")),
        ("a kid of another class", format!("{id}/address")),
        ("a kid that only begins with the class", format!("{id}/contacts")),
        ("a kid in upper case", format!("{}/contact", id.to_uppercase())),
        ("a kid with a slash at the end", format!("{id}/contact/")),
        (
            "a kid with a key of 15 bytes",
            format!("{id}/contact/{}", &key_id[..20]),
        ),
        (
            "a kid with a key of 17 bytes",
            format!("{id}/contact/{}", BASE64_URL_SAFE_NO_PAD.encode([9; 17])),
        ),
        (
            "a kid with an unused bit in its key",
            format!("{id}/contact/{}R", &key_id[..21]),
        ),
        ("a kid of four parts", format!("{id}/contact/{key_id}/{key_id}")),
        ("a kid with a slash before it", format!("/{id}/contact")),
    ]
    .into_iter()
    .map(|(name, kid)| {
        base.header(
            name,
            "moved",
            &format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#),
        )
    })
    .collect()
}

fn moved(base: &Base, other: &Base) -> Vec<Value> {
    let contact = base.vector["envelope"]["data"]["contact"].clone();
    let to_other = |token: Option<String>| {
        let mut vector = other.vector.clone();
        vector["envelope"]["data"]["contact"] = contact.clone();
        vector["key"] = base.vector["key"].clone();
        match token {
            Some(token) => with_token(&vector, &token),
            None => vector,
        }
    };
    let renamed = format!(
        "{}..{}.{}.{}",
        other.header, base.nonce, base.ciphertext, base.tag
    );
    let mut to_class = base.vector.clone();
    if let Some(data) = to_class["envelope"]["data"].as_object_mut() {
        data.shift_remove("contact");
        data.insert("address".to_owned(), contact.clone());
    }
    to_class["class"] = json!("address");
    vec![
        named("moved to another event", "moved", to_other(None)),
        named(
            "moved to another event under that event's header",
            "does-not-open",
            to_other(Some(renamed)),
        ),
        named("moved to another class", "moved", to_class),
    ]
}

fn keys(base: &Base) -> Vec<Value> {
    let key = key_of(&base.vector);
    let mut one_bit = key.clone();
    one_bit[31] ^= 128;
    let long = [key.as_slice(), &[0]].concat();
    [
        ("the key of another class", data_key("address").plaintext.to_vec()),
        ("a key of which one bit differs", one_bit),
        ("a key of 16 bytes", key[..16].to_vec()),
        ("a key of 33 bytes", long),
        ("an empty key", Vec::new()),
    ]
    .map(|(name, key)| {
        let mut vector = base.vector.clone();
        vector["key"] = json!(BASE64_STANDARD.encode(key));
        named(name, "does-not-open", vector)
    })
    .into()
}

/// The member of `data` that should be a sealed class.
fn members(base: &Base) -> Vec<Value> {
    let arn = base.vector["sealKeyArn"].as_str().unwrap_or_default().to_owned();
    let replica = arn.replace("eu-west-1", "us-east-1");
    let mut vectors: Vec<_> = [
        (
            "a data key under a KMS key of another account",
            arn.replace("123456789012", "210987654321"),
        ),
        ("a data key under the key's replica", replica),
        ("a data key under an alias", "alias/user-events".to_owned()),
        ("the seal key's ARN in upper case", arn.to_uppercase()),
        ("the seal key's ARN and a blank", format!("{arn} ")),
        ("no ARN at all", String::new()),
    ]
    .map(|(name, arn)| {
        base.envelope(name, "other-key", |event| {
            event["data"]["contact"]["keyArn"] = json!(arn)
        })
    })
    .into();
    let long = BASE64_STANDARD.encode([0; 6_145]);
    for (name, data_key) in [
        ("a wrapped key that is not base64", "!"),
        ("an empty wrapped key", ""),
        (
            "a wrapped key without its padding",
            "d3JhcHBlZCBkYXRhIGtleSBvZiBjb250YWN0YQ",
        ),
        ("a wrapped key in base64url", "__-_"),
        ("a wrapped key with an unused bit", "AB=="),
        ("a wrapped key with a line feed", "d3Jh\ncHBl"),
        ("a wrapped key of 6,145 bytes", &long),
    ] {
        vectors.push(base.envelope(name, "malformed", |event| {
            event["data"]["contact"]["dataKey"] = json!(data_key)
        }));
    }
    for (name, member) in [
        ("a class in clear", json!({ "email": "ada@example.com" })),
        ("a class that is a text", json!("contact")),
        ("a class that is a list", json!(["a", "b", "c"])),
        ("a class that is a number", json!(7)),
        ("a class that is false", json!(false)),
        ("an empty class", json!({})),
    ] {
        vectors.push(base.envelope(name, "malformed", |event| event["data"]["contact"] = member));
    }
    for member in ["sealed", "dataKey", "keyArn"] {
        let absent = format!("a class without {member}");
        vectors.push(base.envelope(&absent, "malformed", |event| {
            let class = event["data"]["contact"].as_object_mut();
            class.and_then(|class| class.shift_remove(member));
        }));
        let number = format!("a class of which {member} is a number");
        vectors.push(base.envelope(&number, "malformed", |event| {
            event["data"]["contact"][member] = json!(7)
        }));
    }
    for class in [
        "__proto__",
        "Contact",
        "",
        "contact ",
        "con-tact",
        &"c".repeat(33),
    ] {
        let name = format!("the class {class:?}, which is no name of a class");
        let mut vector = base.envelope(&name, "malformed", |event| {
            let contact = event["data"]["contact"].clone();
            event["data"][class] = contact;
        });
        vector["class"] = json!(class);
        vectors.push(vector);
    }
    let mut constructor = base.envelope("moved to the class constructor", "moved", |event| {
        let contact = event["data"]["contact"].clone();
        event["data"]["constructor"] = contact;
    });
    constructor["class"] = json!("constructor");
    vectors.push(constructor);
    vectors
}

/// Content that the right key opens and that is not one strict JSON object.
pub(super) fn content_refused(base: &Base) -> Result<Vec<Value>> {
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
    let utf16: Vec<u8> = "{\"email\":\"ada@example.com\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let cases: [(&str, &[u8]); 14] = [
        ("no content", b""),
        ("content that is a list", b"[]"),
        ("content that is a text", b"\"ada@example.com\""),
        ("content that is null", b"null"),
        ("content that is not JSON", b"email=ada@example.com"),
        (
            "content with a member twice",
            br#"{"email":"ada@example.com","email":"bob@example.com"}"#,
        ),
        (
            "content with a member twice, once with an escape",
            br#"{"email":"a@example.com","em\u0061il":"b@example.com"}"#,
        ),
        ("content with an unpaired surrogate", br#"{"email":"\ud800"}"#),
        ("content that is not UTF-8", b"{\"email\":\"\xff\"}"),
        ("content in UTF-16", &utf16),
        (
            "content with a byte order mark",
            b"\xef\xbb\xbf{\"email\":\"ada@example.com\"}",
        ),
        (
            "content with something after it",
            br#"{"email":"ada@example.com"}{}"#,
        ),
        ("content with a number beyond a float", br#"{"email":1e400}"#),
        ("content that is nested too deep", nested.as_bytes()),
    ];
    cases
        .into_iter()
        .map(|(name, content)| base.content(name, "content", content))
        .collect()
}

#[test]
fn the_content_of_a_sealed_vector_is_what_was_given() {
    let key = [1; 32];
    let header = r#"{"alg":"dir","enc":"A256GCM","kid":"a/b"}"#;
    let token = sealed_under(header, b"{}", &key, [2; NONCE_BYTES]).unwrap();
    let opened = user_events_core::Token::read(&token, "a", "b")
        .unwrap()
        .open(&key);
    assert_eq!(opened.unwrap().as_slice(), b"{}");
}
