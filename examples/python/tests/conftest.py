"""The tests share the vectors, and fakes of KMS and DynamoDB that behave like the real services where it matters."""

import base64
import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

HERE = Path(__file__).parent


def vectors() -> list:
    """The test vectors: the copy next to these tests in a scaffolded project, otherwise the repository's shared ones."""
    beside = HERE / "vectors" / "opening.json"
    shared = HERE.parents[2] / "tests" / "vectors" / "opening.json"
    return json.loads((beside if beside.is_file() else shared).read_text())


class Kms:
    """Unwraps every key to the vector's key, counts the calls, and denies classes that are not granted."""

    def __init__(self, key: str, granted=None):
        self.key, self.granted, self.calls = base64.b64decode(key), granted, []

    def decrypt(self, **call):
        self.calls.append(call)
        if self.granted is not None and call["EncryptionContext"]["class"] not in self.granted:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Decrypt")
        return {"Plaintext": self.key}


class Table:
    """Makes all writes of a transaction or none, with the two conditions that the inbox uses."""

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
        assert condition == "attribute_not_exists(#s) OR #s <= :s"
        return before["sequence"]["S"] <= write["ExpressionAttributeValues"][":s"]["S"]

    def outbox(self):
        return [item for (pk, _), item in self.items.items() if pk == "OUTBOX"]


@pytest.fixture
def vector():
    return next(vector for vector in vectors() if "opened" in vector)


@pytest.fixture
def table():
    return Table()
