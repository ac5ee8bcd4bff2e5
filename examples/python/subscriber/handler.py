"""The Lambda function: `subscriber.handler.handler`.

It reads `CONSUMER_NAME` and `INBOX_TABLE` from the environment. Its event source mapping must set
`ReportBatchItemFailures`; otherwise Lambda delivers the whole batch again after a single failure.
"""

import os

import boto3

from .consumer import Consumer

_consumer = None


def handler(event: dict, context=None) -> dict:
    global _consumer
    if _consumer is None:
        _consumer = Consumer(
            os.environ["CONSUMER_NAME"], boto3.client("kms"), boto3.client("dynamodb"), os.environ["INBOX_TABLE"]
        )
    return _consumer.batch(event["Records"])
