//! What SNS, SQS and KMS say to what this project sends them, where the local engine imitates too little of them:
//! limits, order and deduplication, subscriptions' dead-letter queues, message move tasks, tampered keys, filter policies.
//!
//! The services are LocalStack's, run as a Python package without a container. Where Python 3.13 is missing these
//! tests are skipped. Where LocalStack differs from what AWS documents, a comment says so and nothing is
//! asserted of it.

mod attributes;
mod cloud;
mod dead_letters;
mod instance;
mod keys;
mod limits;
mod order;
mod policies;
mod redrive;
