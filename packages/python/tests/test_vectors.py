"""The vectors that every reader passes, in any language."""

import base64
import json
from typing import Any

import pytest
from support import Kms, SubjectKeyTable, shared

from user_events_consumer import ERASED, Opener, Refused, SubjectKeyMissing, SubjectKeys, read_event

VECTORS: list[dict[str, Any]] = shared("vectors/opening.json")
AFTER_KMS = ("does-not-open", "content")


def body(vector: dict[str, Any]) -> str:
    """The body of its message."""
    if "body" in vector:
        return str(vector["body"])
    return json.dumps(vector["envelope"], separators=(",", ":"), ensure_ascii=False)


def kms(vector: dict[str, Any]) -> Kms:
    """A KMS that unwraps to the key of the vector."""
    return Kms({vector["class"]: base64.b64decode(vector["key"])})


def opened(vector: dict[str, Any], service: Kms, text: str | None = None) -> Any:
    """What the reader answers."""
    table = SubjectKeys(SubjectKeyTable(vector["subjectKeys"]), "keys") if "subjectKeys" in vector else None
    opener = Opener(service, vector["sealKeyArn"], subject_keys=table)
    return opener.open(read_event(body(vector) if text is None else text), vector["class"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_gives_its_answer(vector: dict[str, Any]) -> None:
    service = kms(vector)
    if "refused" in vector:
        with pytest.raises(Refused) as refused:
            opened(vector, service)
        assert refused.value.reason == vector["refused"]
        by_subject_key = vector["refused"] == "moved" and "subjectKeys" in vector
        if vector["refused"] not in AFTER_KMS and not by_subject_key:
            assert not service.calls, "what must be refused causes no request to KMS"
    elif "retry" in vector:
        assert vector["retry"] == "subject-key-missing"
        with pytest.raises(SubjectKeyMissing):
            opened(vector, service)
    elif vector.get("erased"):
        assert opened(vector, service) is ERASED
    elif vector.get("absent"):
        assert opened(vector, service) is None
    else:
        assert opened(vector, service) == vector["opened"]


def test_there_are_vectors_of_every_kind() -> None:
    for answer in ("opened", "absent", "erased", "retry", "refused"):
        assert any(answer in vector for vector in VECTORS), answer


def test_no_vector_opens_after_any_one_bit_of_its_token_has_changed() -> None:
    for vector in (vector for vector in VECTORS if "opened" in vector and "envelope" in vector):
        token = vector["envelope"]["data"][vector["class"]]["sealed"]
        text = body(vector)
        assert text.count(token) == 1
        for place in range(len(token)):
            for bit in range(7):
                changed = json.dumps(token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :])
                with pytest.raises(Refused):
                    opened(vector, kms(vector), text.replace(f'"{token}"', changed))
