"""What the tests share: the vectors, and stand-ins for KMS and DynamoDB that behave as these do where it matters."""

import base64
import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

HERE = Path(__file__).parent


def vectors() -> list:
    """Beside the tests in a project of its own; in the repository, where every language shares them."""
    beside = HERE / "vectors" / "opening.json"
    shared = HERE.parents[2] / "tests" / "vectors" / "opening.json"
    return json.loads((beside if beside.is_file() else shared).read_text())


class Kms:
    """Unwraps to the vector's key, counts, and denies what is not granted."""

    def __init__(self, key: str, granted=None):
        self.key, self.granted, self.calls = base64.b64decode(key), granted, []

    def decrypt(self, **call):
        self.calls.append(call)
        if self.granted is not None and call["EncryptionContext"]["class"] not in self.granted:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Decrypt")
        return {"Plaintext": self.key}


class Table:
    """The writes of a transaction, all or none, with the two conditions that the inbox asks for."""

    def __init__(self):
        self.items, self.down = {}, False

    def transact_write_items(self, TransactItems):
        if self.down:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems")
        reasons = ["None" if self._holds(item) else "ConditionalCheckFailed" for item in TransactItems]
        if any(reason != "None" for reason in reasons):
            error = {"Code": "TransactionCanceledException"}
            reasons = [{"Code": reason} for reason in reasons]
            raise ClientError({"Error": error, "CancellationReasons": reasons}, "TransactWriteItems")
        for item in TransactItems:
            (_, write), = item.items()
            new = write.get("Item") or {**write["Key"], "sequence": write["ExpressionAttributeValues"][":s"]}
            self.items[new["pk"]["S"], new["sk"]["S"]] = new

    def _holds(self, item):
        (_, write), = item.items()
        key = write.get("Item") or write["Key"]
        before = self.items.get((key["pk"]["S"], key["sk"]["S"]))
        condition = write.get("ConditionExpression")
        if condition is None or before is None:
            return True
        if condition == "attribute_not_exists(pk)":
            return False
        assert condition == "attribute_not_exists(#s) OR #s < :s"
        return before["sequence"]["S"] < write["ExpressionAttributeValues"][":s"]["S"]

    def outbox(self):
        return [item for (pk, _), item in self.items.items() if pk == "OUTBOX"]


@pytest.fixture
def vector():
    return next(vector for vector in vectors() if "opened" in vector)


@pytest.fixture
def table():
    return Table()
