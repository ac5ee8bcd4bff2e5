"""The calls to AWS that the library makes. Clients of `boto3` have these methods, and so can fakes in tests."""

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

AWS_ERRORS: tuple[type[Exception], ...] = (BotoCoreError, ClientError)
"""What a client raises when the service refuses a call or does not answer."""

Answer = Mapping[str, Any]


class KmsClient(Protocol):
    """`boto3.client("kms")`."""

    def decrypt(self, *, CiphertextBlob: bytes, KeyId: str, EncryptionContext: Mapping[str, str]) -> Answer:  # noqa: N803
        ...


class DynamoDbReader(Protocol):
    """`boto3.client("dynamodb")`, for the table of persons' keys."""

    def get_item(self, *, TableName: str, Key: Answer, ConsistentRead: bool) -> Answer: ...  # noqa: N803


class DynamoDbWriter(Protocol):
    """`boto3.client("dynamodb")`, for an inbox."""

    def put_item(self, **write: Any) -> Answer: ...

    def update_item(self, **write: Any) -> Answer: ...

    def delete_item(self, **write: Any) -> Answer: ...

    def transact_write_items(self, *, TransactItems: list[Answer]) -> Answer: ...  # noqa: N803


class SqsClient(Protocol):
    """`boto3.client("sqs")`."""

    def receive_message(self, **call: Any) -> Answer: ...

    def send_message(self, **message: Any) -> Answer: ...

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[Answer]) -> Answer: ...  # noqa: N803

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> Answer:  # noqa: N803
        ...

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Answer]) -> Answer: ...  # noqa: N803


def error_code(error: Exception) -> str:
    """The code of a service's answer, or else the name of the error's type."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__
