//! Every alarm of the templates goes off and is over again, on made-up series, by an evaluator of CloudWatch alarms that
//! follows the Amazon CloudWatch User Guide. No local engine evaluates alarms.

mod alarm;
mod blindness;
mod cases;
mod composite;
mod maths;
mod rules;
mod series;
mod templates;
