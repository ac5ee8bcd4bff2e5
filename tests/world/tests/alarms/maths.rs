//! Metric maths (Amazon CloudWatch User Guide, *Using math expressions with CloudWatch metrics*, Metric math syntax and
//! functions): the part that the templates use. Anything else panics, so that it is added here.

use std::collections::BTreeMap;

/// A result: one number, or one for each period, the oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Scalar(f64),
    Series(Vec<Option<f64>>),
}

/// What an operation makes of a period in which one operand has no data. The guide does not say, so an alarm must come to
/// the same result with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Propagates,
    IsZero,
}

pub(super) struct Maths<'a> {
    /// The series of the metrics and of other expressions, by id.
    pub(super) series: &'a BTreeMap<String, Value>,
    pub(super) missing: Missing,
}

impl Maths<'_> {
    /// The result of an expression.
    pub(super) fn evaluate(&self, expression: &str) -> Value {
        let mut parser = Parser {
            maths: self,
            tokens: tokens(expression),
            at: 0,
        };
        let value = parser.or();
        assert_eq!(parser.at, parser.tokens.len(), "what follows in {expression}?");
        value
    }

    fn combine(&self, left: Value, right: Value, operation: impl Fn(f64, f64) -> f64) -> Value {
        let one = |left: Option<f64>, right: Option<f64>| match self.missing {
            Missing::Propagates => Some(operation(left?, right?)),
            Missing::IsZero if left.is_none() && right.is_none() => None,
            Missing::IsZero => Some(operation(left.unwrap_or(0.0), right.unwrap_or(0.0))),
        };
        match (left, right) {
            (Value::Scalar(left), Value::Scalar(right)) => Value::Scalar(operation(left, right)),
            (Value::Series(left), Value::Scalar(right)) => Value::Series(
                left.into_iter()
                    .map(|left| Some(operation(left?, right)))
                    .collect(),
            ),
            (Value::Scalar(left), Value::Series(right)) => Value::Series(
                right
                    .into_iter()
                    .map(|right| Some(operation(left, right?)))
                    .collect(),
            ),
            (Value::Series(left), Value::Series(right)) => Value::Series(
                left.into_iter()
                    .zip(right)
                    .map(|(left, right)| one(left, right))
                    .collect(),
            ),
        }
    }

    fn call(&self, function: &str, arguments: Vec<Value>) -> Value {
        match (function, arguments.as_slice()) {
            // Fills the periods without data.
            ("FILL", [Value::Series(series), Value::Scalar(filler)]) => Value::Series(
                series
                    .iter()
                    .map(|value| Some(value.unwrap_or(*filler)))
                    .collect(),
            ),
            // The difference from the period before. The oldest period has none.
            ("DIFF", [Value::Series(series)]) => {
                let differences = series.windows(2).map(|pair| Some(pair[1]? - pair[0]?));
                Value::Series(std::iter::once(None).chain(differences).collect())
            }
            ("IF", [Value::Series(condition), Value::Scalar(yes), Value::Scalar(no)]) => {
                let choose = |value: f64| if value == 0.0 { *no } else { *yes };
                Value::Series(condition.iter().map(|value| value.map(choose)).collect())
            }
            _ => panic!(
                "the evaluator lacks {function} of {} such arguments",
                arguments.len()
            ),
        }
    }
}

fn tokens(expression: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphanumeric() {
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '.')
                .unwrap_or(rest.len())
        } else if ["==", "!=", ">=", "<=", "&&", "||"]
            .iter()
            .any(|two| rest.starts_with(two))
        {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Operators in the order of their strength, the weakest first. All are left-associative.
struct Parser<'a, 'm> {
    maths: &'a Maths<'m>,
    tokens: Vec<String>,
    at: usize,
}

impl Parser<'_, '_> {
    fn next_is(&self, wanted: &[&str]) -> Option<String> {
        let token = self.tokens.get(self.at)?;
        wanted.contains(&token.as_str()).then(|| token.clone())
    }

    fn take(&mut self, wanted: &[&str]) -> Option<String> {
        let token = self.next_is(wanted)?;
        self.at += 1;
        Some(token)
    }

    fn or(&mut self) -> Value {
        let mut left = self.and();
        while self.take(&["OR", "||"]).is_some() {
            let right = self.and();
            left = self
                .maths
                .combine(left, right, |left, right| truth(left != 0.0 || right != 0.0));
        }
        left
    }

    fn and(&mut self) -> Value {
        let mut left = self.comparison();
        while self.take(&["AND", "&&"]).is_some() {
            let right = self.comparison();
            left = self
                .maths
                .combine(left, right, |left, right| truth(left != 0.0 && right != 0.0));
        }
        left
    }

    fn comparison(&mut self) -> Value {
        let left = self.sum();
        let Some(operator) = self.take(&["==", "!=", ">=", "<=", ">", "<"]) else {
            return left;
        };
        let right = self.sum();
        self.maths.combine(left, right, |left, right| {
            truth(match operator.as_str() {
                "==" => left == right,
                "!=" => left != right,
                ">=" => left >= right,
                "<=" => left <= right,
                ">" => left > right,
                _ => left < right,
            })
        })
    }

    fn sum(&mut self) -> Value {
        let mut left = self.product();
        while let Some(operator) = self.take(&["+", "-"]) {
            let right = self.product();
            left = self.maths.combine(left, right, |left, right| {
                if operator == "+" {
                    left + right
                } else {
                    left - right
                }
            });
        }
        left
    }

    fn product(&mut self) -> Value {
        let mut left = self.operand();
        while let Some(operator) = self.take(&["*", "/"]) {
            let right = self.operand();
            left = self.maths.combine(left, right, |left, right| {
                if operator == "*" {
                    left * right
                } else {
                    left / right
                }
            });
        }
        left
    }

    fn operand(&mut self) -> Value {
        let token = self
            .tokens
            .get(self.at)
            .expect("the expression is not complete")
            .clone();
        self.at += 1;
        if token == "(" {
            let value = self.or();
            self.take(&[")"]).expect("a parenthesis is not closed");
            value
        } else if let Ok(number) = token.parse() {
            Value::Scalar(number)
        } else if self.take(&["("]).is_some() {
            let mut arguments = vec![self.or()];
            while self.take(&[","]).is_some() {
                arguments.push(self.or());
            }
            self.take(&[")"]).expect("the arguments of a function do not end");
            self.maths.call(&token, arguments)
        } else {
            let series = self.maths.series.get(&token);
            series
                .unwrap_or_else(|| panic!("nothing has the id {token}"))
                .clone()
        }
    }
}

fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}

#[test]
fn expressions_mean_what_the_guide_says() {
    let gap = Value::Series(vec![Some(1.0), None, Some(4.0)]);
    let series = BTreeMap::from([
        ("a".to_owned(), gap),
        (
            "b".to_owned(),
            Value::Series(vec![Some(2.0), Some(0.0), Some(4.0)]),
        ),
    ]);
    let result = |missing, expression: &str| {
        let maths = Maths {
            series: &series,
            missing,
        };
        match maths.evaluate(expression) {
            Value::Series(values) => values,
            Value::Scalar(value) => vec![Some(value)],
        }
    };
    for (expression, expected) in [
        ("1 + 2 * 3", vec![Some(7.0)]),
        ("8 - 4 - 2 == 2", vec![Some(1.0)]),
        ("(1 + 2) * 3 > 8 AND 1 < 0", vec![Some(0.0)]),
        ("1 OR 0 AND 0", vec![Some(1.0)]),
        ("FILL(a, 0) + b", vec![Some(3.0), Some(0.0), Some(8.0)]),
        ("DIFF(b)", vec![None, Some(-2.0), Some(4.0)]),
        ("b - DIFF(b)", vec![None, Some(2.0), Some(0.0)]),
        ("IF(b > 1, 10, 20)", vec![Some(10.0), Some(20.0), Some(10.0)]),
        ("a * 2", vec![Some(2.0), None, Some(8.0)]),
    ] {
        assert_eq!(result(Missing::Propagates, expression), expected, "{expression}");
    }
    assert_eq!(result(Missing::Propagates, "a + b")[1], None);
    assert_eq!(result(Missing::IsZero, "a + b")[1], Some(0.0));
}
