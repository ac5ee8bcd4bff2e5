//! Numbers in filter policies: from -10^9 to 10^9, to five digits after the point (Amazon SNS Developer Guide, *Filter
//! policy constraints*).

use serde_json::Value;

const LARGEST: f64 = 1e9;
const STEPS_PER_ONE: f64 = 1e5;

/// The range of a `numeric` rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range(Vec<(Comparison, f64)>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Whether SNS treats two numbers as equal.
pub(crate) fn close(one: f64, other: f64) -> bool {
    (one * STEPS_PER_ONE).round() == (other * STEPS_PER_ONE).round()
}

impl Range {
    /// Reads `["=", 1]`, `[">", 0]` or `[">=", 0, "<", 9]`; otherwise returns what is wrong with it.
    pub(crate) fn read(operand: &Value) -> Result<Self, String> {
        let shape = || {
            "`numeric` takes a list such as [\"=\", 1], [\">\", 0] or [\">=\", 0, \"<\", 9]: a lower bound comes before \
             an upper one"
                .to_owned()
        };
        let terms = operand.as_array().ok_or_else(shape)?;
        let terms: Vec<_> = terms.chunks(2).map(term).collect::<Result<_, _>>()?;
        let range = match terms.as_slice() {
            [_] => Self(terms),
            [(low, bottom), (high, top)] if low.is_lower() && high.is_upper() => {
                if bottom >= top {
                    return Err(
                        "the lower bound of `numeric` is not below the upper one; check their order"
                            .to_owned(),
                    );
                }
                Self(terms)
            }
            _ => return Err(shape()),
        };
        Ok(range)
    }

    pub(crate) fn contains(&self, number: f64) -> bool {
        self.0.iter().all(|(comparison, bound)| {
            let equal = close(number, *bound);
            match comparison {
                Comparison::Equal => equal,
                Comparison::Less => !equal && number < *bound,
                Comparison::LessOrEqual => equal || number < *bound,
                Comparison::Greater => !equal && number > *bound,
                Comparison::GreaterOrEqual => equal || number > *bound,
            }
        })
    }
}

impl Comparison {
    fn is_lower(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }

    fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }
}

fn term(pair: &[Value]) -> Result<(Comparison, f64), String> {
    let comparison = match pair.first().and_then(Value::as_str) {
        Some("=") => Comparison::Equal,
        Some("<") => Comparison::Less,
        Some("<=") => Comparison::LessOrEqual,
        Some(">") => Comparison::Greater,
        Some(">=") => Comparison::GreaterOrEqual,
        _ => return Err("`numeric` compares only with =, <, <=, > and >=".to_owned()),
    };
    let number = pair.get(1).and_then(Value::as_f64);
    let number = number.ok_or_else(|| "`numeric` has a comparison without a number after it".to_owned())?;
    if number.abs() <= LARGEST {
        Ok((comparison, number))
    } else {
        Err("`numeric` has a number outside of -10^9 to 10^9".to_owned())
    }
}
