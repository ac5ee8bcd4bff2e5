"""The tables that the tests of an inbox run on."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws
from table_fake import Table


@cache
def dynamodb() -> Any:
    """A client of boto3, made once: that takes longer than most tests."""
    return boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(params=["memory", "moto"])
def tables(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of DynamoDB with the table `inbox`: in memory, and of boto3 on moto."""
    if request.param == "memory":
        yield Table()
        return
    with mock_aws():
        client = dynamodb()
        keys = {"pk": "HASH", "sk": "RANGE"}
        client.create_table(
            TableName="inbox",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def row(client: Any, pk: str, sk: str) -> dict[str, Any] | None:
    """An item of the table."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    item: dict[str, Any] | None = client.get_item(TableName="inbox", Key=key, ConsistentRead=True).get("Item")
    return item
