"""The calls to AWS that the library makes. Clients of `boto3` have these methods, and so can fakes in tests.

The parameters of a call are those of the API, by name. They are not typed here, so that typed clients fit, too.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

AWS_ERRORS: tuple[type[Exception], ...] = (BotoCoreError, ClientError)
"""What a client raises when the service refuses a call or does not answer."""

Answer = Mapping[str, Any]


class KmsClient(Protocol):
    """`boto3.client("kms")`."""

    def decrypt(self, *args: Any, **call: Any) -> Any: ...


class DynamoDbReader(Protocol):
    """`boto3.client("dynamodb")`, for single rows."""

    def get_item(self, *args: Any, **call: Any) -> Any: ...


class DynamoDbWriter(Protocol):
    """`boto3.client("dynamodb")`, for conditional writes."""

    def put_item(self, *args: Any, **call: Any) -> Any: ...

    def update_item(self, *args: Any, **call: Any) -> Any: ...

    def delete_item(self, *args: Any, **call: Any) -> Any: ...

    def transact_write_items(self, *args: Any, **call: Any) -> Any: ...


class DynamoDbInbox(DynamoDbReader, DynamoDbWriter, Protocol):
    """`boto3.client("dynamodb")`, for an inbox."""

    def query(self, *args: Any, **call: Any) -> Any: ...


class SqsClient(Protocol):
    """`boto3.client("sqs")`."""

    def receive_message(self, *args: Any, **call: Any) -> Any: ...

    def send_message(self, *args: Any, **call: Any) -> Any: ...

    def delete_message_batch(self, *args: Any, **call: Any) -> Any: ...

    def change_message_visibility(self, *args: Any, **call: Any) -> Any: ...

    def change_message_visibility_batch(self, *args: Any, **call: Any) -> Any: ...


def error_code(error: Exception) -> str:
    """The code of a service's answer, or else the name of the error's type."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__
