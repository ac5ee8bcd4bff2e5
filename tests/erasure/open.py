"""Opens the class `contact` of events with the Python package of this repository.

Reads one message body per line on standard input and prints one line for each: its subject, and the content of the class,
`ERASED`, `NOT_GRANTED` or null.
"""

import json
import os
import sys

import boto3
from user_events_consumer import ERASED, NOT_GRANTED, Opener, SubjectKeys, read_event

opener = Opener(
    boto3.client("kms"),
    os.environ["SEAL_KEY_ARN"],
    subject_keys=SubjectKeys(boto3.client("dynamodb"), os.environ["SUBJECT_KEYS_TABLE"]),
)
WORDS = {ERASED: "ERASED", NOT_GRANTED: "NOT_GRANTED"}
for line in sys.stdin:
    event = read_event(json.loads(line))
    contact = opener.open(event, "contact")
    word = WORDS.get(contact) if not isinstance(contact, dict) else contact
    print(json.dumps({"subject": event.subject, "contact": word}))
