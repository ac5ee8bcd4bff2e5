"""Stands in for functions/backfill: it answers as shared/backfill/README.md says, and writes down each call.

A segment takes two invocations. In a run with an id that begins with `flaky`, the first call of segment 0 fails; with `broken`,
every call of segment 1.
"""

import json
import os
import time

import boto3

s3 = boto3.client("s3")
BUCKET = os.environ["BACKFILL_BUCKET"]


def handler(event, context):
    run, step = event["run"], event["step"]
    before = calls(run)
    s3.put_object(Bucket=BUCKET, Key=f"calls/{run}/{time.time_ns()}-{context.aws_request_id}", Body=json.dumps(event))
    if step == "plan":
        of = event.get("segments", 2)
        segments = [{"step": "segment", "run": run, "table": "accounts", "segment": each, "of": of} for each in range(of)]
        return {"run": run, "segments": segments}
    if step == "finish":
        return {"run": run, "done": True}
    number = event["segment"]
    if run.startswith("flaky") and number == 0 and not any(call.get("segment") == 0 for call in before):
        raise RuntimeError("a service was busy")
    if run.startswith("broken") and number == 1:
        raise RuntimeError("the queue is gone")
    rows = event.get("rows", 0) + 10
    return {**event, "done": rows >= 20, "rows": rows}


def calls(run):
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"calls/{run}/").get("Contents", [])
    return [json.load(s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"]) for each in found]
