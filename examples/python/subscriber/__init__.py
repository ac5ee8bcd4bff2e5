"""A subscriber of user-events: a Lambda function behind an SQS queue, or a loop that polls the queue."""
