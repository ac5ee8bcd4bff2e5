"""The same consumer without Lambda: `python -m subscriber.poll` runs until it is interrupted.

It reads `CONSUMER_NAME`, `INBOX_TABLE` and `QUEUE_URL` from the environment. With `--events N` it ends after it has
handled N messages.
"""

import argparse
import os
import signal

import boto3

from .consumer import Consumer

LONGEST_WAIT_SECONDS = 20


def as_record(message: dict, queue_url: str) -> dict:
    """Converts a message of `ReceiveMessage` to the form that Lambda delivers."""
    return {
        "messageId": message["MessageId"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "eventSourceARN": queue_url,
    }


def poll(sqs, queue_url: str, consumer: Consumer) -> int:
    """Receives once and deletes the handled messages; the others return after their visibility timeout.

    Returns the number of handled messages.
    """
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=LONGEST_WAIT_SECONDS,
        MessageSystemAttributeNames=["MessageGroupId"],
    )
    messages = answer.get("Messages", [])
    result = consumer.batch([as_record(message, queue_url) for message in messages])
    failed = {failure["itemIdentifier"] for failure in result["batchItemFailures"]}
    settled = [message for message in messages if message["MessageId"] not in failed]
    if settled:
        entries = [
            {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]} for place, message in enumerate(settled)
        ]
        # A message that could not be deleted is delivered again; the inbox recognises it as a duplicate.
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)
    return len(settled)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=0, help="end after this number of messages")
    wanted = arguments.parse_args().events
    name, table, queue_url = (os.environ[key] for key in ("CONSUMER_NAME", "INBOX_TABLE", "QUEUE_URL"))
    # After an interrupt the running batch is still finished.
    going = True

    def stop(*_):
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    consumer = Consumer(name, boto3.client("kms"), boto3.client("dynamodb"), table)
    sqs = boto3.client("sqs")
    settled = 0
    while going and (not wanted or settled < wanted):
        settled += poll(sqs, queue_url, consumer)


if __name__ == "__main__":
    main()
