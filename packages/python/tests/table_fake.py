"""A table in memory that evaluates the expressions of its writes, as DynamoDB does.

It knows the part of the expression language that an inbox and the effects of the tests use, and fails for every other
expression. `test_inbox.py` runs the same tests on it and on moto.
"""

import re
import threading
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from botocore.exceptions import ClientError

_TOKEN = re.compile(r"\s*(attribute_not_exists|AND\b|OR\b|<=|=|[(),]|[#:]?\w+)")

Item = dict[str, Any]


class Table:
    """All tables of an account. Each call is atomic."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], Item] = {}
        self.page = 3
        """How many rows a query reads at most."""
        self._lock = threading.Lock()

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> Item:  # noqa: ARG002, N803
        item = self.items.get(_name(TableName, Key))
        return {"Item": deepcopy(item)} if item else {}

    def query(self, **query: Any) -> Item:
        assert query["KeyConditionExpression"] == "pk = :pk"
        assert query["Select"] == "COUNT"
        assert query["ConsistentRead"] is True, "without it, the newest rows may be missing"
        pk = query["ExpressionAttributeValues"][":pk"]["S"]
        after = query.get("ExclusiveStartKey", {"sk": {"S": ""}})["sk"]["S"]
        with self._lock:
            names = sorted(name for name in self.items if name[:2] == (query["TableName"], pk) and name[2] > after)
            page = [self.items[name] for name in names[: self.page]]
        # The filter comes after the page, as in DynamoDB.
        count = sum(_Condition(query["FilterExpression"], query, item).holds() for item in page)
        if len(names) <= self.page:
            return {"Count": count}
        return {"Count": count, "LastEvaluatedKey": {"pk": page[-1]["pk"], "sk": page[-1]["sk"]}}

    def put_item(self, **write: Any) -> Item:
        return self._single("Put", write)

    def update_item(self, **write: Any) -> Item:
        return self._single("Update", write)

    def delete_item(self, **write: Any) -> Item:
        return self._single("Delete", write)

    def transact_write_items(self, *, TransactItems: list[Any]) -> Item:  # noqa: N803
        with self._lock:
            reasons = [self.reason(next(iter(item.values()))) for item in TransactItems]
            if any(reason["Code"] != "None" for reason in reasons):
                raise ClientError(
                    {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons},
                    "TransactWriteItems",
                )
            for item in TransactItems:
                self._apply(*next(iter(item.items())))
        return {}

    def rows(self, start: str) -> dict[str, Item]:
        """The items with a partition key that begins with this text, by partition key."""
        return {pk: item for (_, pk, _), item in self.items.items() if pk.startswith(start)}

    def _single(self, action: str, write: Item) -> Item:
        with self._lock:
            reason = self.reason(write)
            if reason["Code"] != "None":
                answer: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, **reason}
                raise ClientError(answer, action)
            self._apply(action, write)
        return {}

    def reason(self, write: Item) -> Item:
        old = self.items.get(_name(write["TableName"], write.get("Key") or write["Item"]))
        condition = write.get("ConditionExpression")
        if condition is None or _Condition(condition, write, old or {}).holds():
            return {"Code": "None"}
        wants_old = write.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Code": "ConditionalCheckFailed", **({"Item": deepcopy(old)} if old and wants_old else {})}

    def _apply(self, action: str, write: Item) -> None:
        name = _name(write["TableName"], write.get("Key") or write["Item"])
        if action == "Put":
            self.items[name] = deepcopy(write["Item"])
        elif action == "Delete":
            self.items.pop(name, None)
        else:
            assert action == "Update"
            self.items[name] = _updated(write, self.items.get(name) or dict(write["Key"]))


class _Condition:
    """A condition, evaluated while it is read."""

    def __init__(self, expression: str, write: Item, old: Item):
        self._tokens: Iterator[str] = iter([*_TOKEN.findall(expression), ""])
        assert _TOKEN.sub("", expression).strip() == "", expression
        self._next = next(self._tokens)
        self._write = write
        self._old = old

    def holds(self) -> bool:
        result = self._any()
        assert self._next == "", f"unexpected {self._next}"
        return result

    def _take(self) -> str:
        token, self._next = self._next, next(self._tokens, "")
        return token

    def _any(self) -> bool:
        result = self._all()
        while self._next == "OR":
            self._take()
            other = self._all()
            result = result or other
        return result

    def _all(self) -> bool:
        result = self._one()
        while self._next == "AND":
            self._take()
            other = self._one()
            result = result and other
        return result

    def _one(self) -> bool:
        token = self._take()
        if token == "(":
            result = self._any()
            assert self._take() == ")"
            return result
        if token == "attribute_not_exists":
            assert self._take() == "("
            missing = _attribute(self._take(), self._write) not in self._old
            assert self._take() == ")"
            return missing
        left = self._old.get(_attribute(token, self._write))
        operator, right = self._take(), self._write["ExpressionAttributeValues"][self._take()]
        return left is not None and _compare(left, operator, right)


def _compare(left: Item, operator: str, right: Item) -> bool:
    (kind, one), (other_kind, other) = next(iter(left.items())), next(iter(right.items()))
    if kind != other_kind:
        return False
    if kind == "N":
        one, other = float(one), float(other)
    return bool({"=": one == other, "<=": one <= other}[operator])


def _updated(write: Item, item: Item) -> Item:
    item, values = deepcopy(item), write.get("ExpressionAttributeValues", {})
    for clause in re.split(r"\s+(?=SET|REMOVE|ADD)", write["UpdateExpression"]):
        verb, rest = clause.split(" ", 1)
        for part in rest.split(", "):
            if verb == "SET":
                name, value = part.split(" = ")
                item[_attribute(name, write)] = values[value]
            elif verb == "ADD":
                name, value = part.split(" ")
                before = item.get(_attribute(name, write), {"N": "0"})
                item[_attribute(name, write)] = {"N": str(int(before["N"]) + int(values[value]["N"]))}
            else:
                assert verb == "REMOVE"
                item.pop(_attribute(part, write), None)
    return item


def _attribute(token: str, write: Item) -> str:
    return str(write["ExpressionAttributeNames"][token]) if token.startswith("#") else token


def _name(table: str, key: Item) -> tuple[str, str, str]:
    return table, key["pk"]["S"], key.get("sk", {"S": ""})["S"]
