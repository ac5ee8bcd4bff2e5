//! One rule of a key's list.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use crate::numeric::{Range, close};

/// The operators, each the only member of its object.
const OPERATORS: [&str; 7] = [
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
];
/// Other names that cannot be keys inside a `$or`: the comparisons of `numeric`, and operators that only EventBridge knows.
const OTHERWISE_RESERVED: [&str; 6] = ["wildcard", "=", "<", "<=", ">", ">="];

/// A condition on a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    /// It equals this string, number, boolean or null.
    Exactly(Value),
    /// It equals none of these.
    AnythingBut(Vec<Value>),
    /// It is a string without this prefix.
    AnythingButPrefix(String),
    /// It is a string with this prefix.
    Prefix(String),
    /// It is a string with this suffix.
    Suffix(String),
    /// It is this string, ignoring case.
    EqualsIgnoreCase(String),
    /// It is a number in the range.
    Numeric(Range),
    /// It is an IP address of the network.
    Cidr(IpNet),
    /// It exists, or does not exist.
    Exists(bool),
}

pub(crate) fn is_reserved(key: &str) -> bool {
    OPERATORS.contains(&key) || OTHERWISE_RESERVED.contains(&key)
}

impl Rule {
    /// Reads a rule; the error says what is wrong with it.
    pub(crate) fn read(rule: &Value) -> Result<Self, String> {
        match rule {
            Value::Object(members) => Self::operator(members),
            Value::Array(_) => Err(
                "a rule cannot be a list inside the list; write its values into the outer list".to_owned(),
            ),
            scalar => Ok(Self::Exactly(scalar.clone())),
        }
    }

    fn operator(members: &Map<String, Value>) -> Result<Self, String> {
        let mut members = members.iter();
        let (Some((operator, operand)), None) = (members.next(), members.next()) else {
            return Err("a rule that is an object has exactly one operator".to_owned());
        };
        let text = || {
            let text = operand.as_str().map(str::to_owned);
            text.ok_or_else(|| format!("`{operator}` takes a string"))
        };
        match operator.as_str() {
            "anything-but" => Self::anything_but(operand),
            "cidr" => network(&text()?),
            "equals-ignore-case" => text().map(Self::EqualsIgnoreCase),
            "exists" => {
                let flag = operand.as_bool();
                flag.map(Self::Exists)
                    .ok_or_else(|| "`exists` takes true or false".to_owned())
            }
            "numeric" => Range::read(operand).map(Self::Numeric),
            "prefix" => text().map(Self::Prefix),
            "suffix" => text().map(Self::Suffix),
            "wildcard" => {
                Err("`wildcard` belongs to EventBridge patterns; SNS knows `prefix` and `suffix`".to_owned())
            }
            _ => Err(format!(
                "no operator has that name; the operators are {}",
                OPERATORS.join(", ")
            )),
        }
    }

    fn anything_but(operand: &Value) -> Result<Self, String> {
        let scalar = |value: &Value| !value.is_array() && !value.is_object();
        match operand {
            Value::Array(values) if values.is_empty() => {
                Err("`anything-but` has an empty list; give it a value".to_owned())
            }
            Value::Array(values) if values.iter().all(scalar) => Ok(Self::AnythingBut(values.clone())),
            Value::Array(_) => Err("the list of `anything-but` holds strings and numbers only".to_owned()),
            Value::Object(members) => {
                let mut members = members.iter();
                match (members.next(), members.next()) {
                    (Some((inner, Value::String(prefix))), None) if inner == "prefix" => {
                        Ok(Self::AnythingButPrefix(prefix.clone()))
                    }
                    _ => Err(
                        "`anything-but` takes a string, a number, a list of them, or {\"prefix\": \"…\"}; suffix and \
                         wildcard inside it belong to EventBridge patterns"
                            .to_owned(),
                    ),
                }
            }
            scalar => Ok(Self::AnythingBut(vec![scalar.clone()])),
        }
    }

    /// Whether an existing value meets the condition.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        let text = |test: &dyn Fn(&str) -> bool| value.as_str().is_some_and(test);
        match self {
            Self::Exactly(wanted) => same(wanted, value),
            Self::AnythingBut(unwanted) => {
                !value.is_null() && !unwanted.iter().any(|unwanted| same(unwanted, value))
            }
            Self::AnythingButPrefix(prefix) => text(&|text| !text.starts_with(prefix)),
            Self::Prefix(prefix) => text(&|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text(&|text| text.ends_with(suffix)),
            Self::EqualsIgnoreCase(wanted) => text(&|text| text.to_lowercase() == wanted.to_lowercase()),
            Self::Numeric(range) => value.as_f64().is_some_and(|number| range.contains(number)),
            Self::Cidr(network) => text(&|text| {
                let address: Option<IpAddr> = text.parse().ok();
                address.is_some_and(|address| network.contains(&address))
            }),
            Self::Exists(wanted) => *wanted,
        }
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => close(one, other),
        _ => one == other,
    }
}

fn network(text: &str) -> Result<Rule, String> {
    let shape = || "`cidr` takes a network such as \"192.0.2.0/24\" or \"2001:db8::/32\"".to_owned();
    let (address, bits) = text.split_once('/').ok_or_else(shape)?;
    let address: IpAddr = address.parse().map_err(|_| shape())?;
    let bits: u8 = bits.parse().map_err(|_| shape())?;
    let network = IpNet::new(address, bits);
    network.map(Rule::Cidr).map_err(|_| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        format!("`cidr`: the prefix length is at most {longest} bits for such an address")
    })
}
