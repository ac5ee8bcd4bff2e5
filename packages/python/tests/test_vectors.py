"""The vectors that every reader passes, in any language."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from support import Kms, SubjectKeyTable, shared

from user_events_consumer import ERASED, NOT_GRANTED, Opener, Refused, SubjectKeyMissing, SubjectKeys, read_event

VECTORS: list[dict[str, Any]] = shared("vectors/opening.json")
AFTER_KMS = ("does-not-open", "content")


def body(vector: dict[str, Any]) -> str:
    """The body of its message."""
    if "body" in vector:
        return str(vector["body"])
    return json.dumps(vector["envelope"], separators=(",", ":"), ensure_ascii=False)


def kms(vector: dict[str, Any]) -> Kms:
    """A KMS that unwraps to the key of the vector."""
    service = Kms({vector["class"]: base64.b64decode(vector["key"])})
    if vector.get("denied"):
        service.denied.add(vector["class"])
    return service


def subject_keys(vector: dict[str, Any]) -> SubjectKeys | None:
    """The table of persons' keys, if the vector has one."""
    return SubjectKeys(SubjectKeyTable(vector["subjectKeys"]), "keys") if "subjectKeys" in vector else None


def opened(vector: dict[str, Any], service: Kms) -> Any:
    """What the reader answers."""
    opener = Opener(service, vector["sealKeyArn"], subject_keys=subject_keys(vector))
    return opener.open(read_event(body(vector)), vector["class"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_gives_its_answer(vector: dict[str, Any]) -> None:
    service = kms(vector)
    if "refused" in vector:
        with pytest.raises(Refused) as refused:
            opened(vector, service)
        assert refused.value.reason == vector["refused"]
        if vector["refused"] not in AFTER_KMS:
            assert not service.calls, "what must be refused causes no request to KMS"
    elif "retry" in vector:
        assert vector["retry"] == "subject-key-missing"
        with pytest.raises(SubjectKeyMissing):
            opened(vector, service)
    elif vector.get("erased"):
        assert opened(vector, service) is ERASED
    elif vector.get("notGranted"):
        assert opened(vector, service) is NOT_GRANTED
    elif vector.get("absent"):
        assert opened(vector, service) is None
    else:
        assert opened(vector, service) == vector["opened"]


def test_there_are_vectors_of_every_kind() -> None:
    for answer in ("opened", "absent", "erased", "notGranted", "retry", "refused"):
        assert any(answer in vector for vector in VECTORS), answer


def test_no_vector_opens_after_any_one_bit_of_its_token_has_changed() -> None:
    for vector in (vector for vector in VECTORS if "opened" in vector):
        event, name = read_event(body(vector)), vector["class"]
        opener = Opener(kms(vector), vector["sealKeyArn"], subject_keys=subject_keys(vector))
        assert opener.open(event, name) == vector["opened"]
        member = event.data[name]
        for changed in with_one_bit_changed(member["sealed"]):
            moved = replace(event, data={**event.data, name: {**member, "sealed": changed}})
            with pytest.raises(Refused):
                opener.open(moved, name)


def with_one_bit_changed(token: str) -> Iterator[str]:
    """The token with each bit of each ASCII character changed."""
    for place, character in enumerate(token):
        for bit in range(7):
            yield token[:place] + chr(ord(character) ^ (1 << bit)) + token[place + 1 :]
