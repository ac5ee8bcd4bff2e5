//! How SNS, SQS and KMS answer this project's requests, in the parts that the local engine does not imitate: limits,
//! order and deduplication, subscriptions' dead-letter queues, message move tasks, tampered keys, filter policies.
//!
//! LocalStack provides the services, as a Python package without a container. These tests are skipped if Python 3.13 is
//! missing. Where LocalStack differs from the documentation of AWS, a comment says so, and no test asserts it.

mod accounts;
mod attributes;
mod cloud;
mod dead_letters;
mod instance;
mod keys;
mod limits;
mod order;
mod policies;
mod redrive;
