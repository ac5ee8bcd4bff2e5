"""A subscriber of user-events: a Lambda function behind an SQS queue, or a process that polls the queue."""
