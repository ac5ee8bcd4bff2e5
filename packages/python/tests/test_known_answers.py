"""Known answers that other implementations wrote: HKDF by RFC 5869, and the whole construction."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sealing import SEAL_KEY
from support import Kms, SubjectKeyTable, shared

from user_events_consumer import Opener, Refused, SubjectKeys, read_event

KNOWN: dict[str, list[dict[str, Any]]] = shared("vectors/subject_keys.json")
SOURCE, SUBJECT = "/user-service", "users/user-1"


@pytest.mark.parametrize("case", KNOWN["hkdf"], ids=lambda case: case["name"])
def test_the_library_derives_what_rfc_5869_says(case: dict[str, Any]) -> None:
    ikm, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
    assert HKDF(SHA256(), case["length"], salt, info).derive(ikm).hex() == case["okm"]


@pytest.mark.parametrize("case", KNOWN["names"], ids=lambda case: case["subject"])
def test_the_row_of_a_person_has_the_known_name(case: dict[str, Any]) -> None:
    row = {"keyId": {"S": "id"}, "secret": {"B": base64.b64encode(bytes(32)).decode()}}
    event = read_event(body(KNOWN["tokens"][0], case["source"], case["subject"]))
    assert SubjectKeys(SubjectKeyTable({case["pk"]: row}), "keys").secret(event, "id", "contact") == bytes(32)


@pytest.mark.parametrize("answer", KNOWN["tokens"], ids=lambda answer: answer["writer"])
def test_a_token_of_another_implementation_opens(answer: dict[str, Any]) -> None:
    opener = Opener(kms(answer), SEAL_KEY, subject_keys=SubjectKeys(table(answer["keyId"], answer["secret"]), "keys"))
    assert opener.open(read_event(body(answer)), "contact") == json.loads(answer["plaintext"])


@pytest.mark.parametrize("answer", KNOWN["tokens"], ids=lambda answer: answer["writer"])
def test_a_token_does_not_open_with_another_share(answer: dict[str, Any]) -> None:
    event = read_event(body(answer))
    for data_key, secret in (
        (answer["secret"], answer["dataKey"]),
        (answer["dataKey"], answer["dataKey"]),
        (answer["contentKey"], answer["secret"]),
    ):
        subject_keys = SubjectKeys(table(answer["keyId"], secret), "keys")
        opener = Opener(kms({"dataKey": data_key}), SEAL_KEY, subject_keys=subject_keys)
        with pytest.raises(Refused) as refused:
            opener.open(event, "contact")
        assert refused.value.reason == "does-not-open"


def test_each_writer_has_an_answer() -> None:
    assert [answer["writer"] for answer in KNOWN["tokens"]] == ["cryptography", "jwcrypto", "joserfc", "jose"]
    assert len(KNOWN["hkdf"]) == len(KNOWN["names"]) == 3


def kms(answer: dict[str, Any]) -> Kms:
    """A KMS that unwraps to the data key of the answer."""
    return Kms({"contact": base64.b64decode(answer["dataKey"])})


def table(key_id: str, secret: str) -> SubjectKeyTable:
    """A table with the key of the person."""
    pk = hashlib.sha256(f"{SOURCE}\n{SUBJECT}".encode()).hexdigest()
    return SubjectKeyTable({pk: {"keyId": {"S": key_id}, "secret": {"B": secret}}})


def body(answer: dict[str, Any], source: str = SOURCE, subject: str = SUBJECT) -> str:
    """The body of an event with the token of the answer."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": answer["eventId"],
            "source": source,
            "type": "UserRegisteredEventV1",
            "subject": subject,
            "partitionkey": "lane",
            "sequence": f"{1:040}.0000",
            "data": {
                "userId": subject.removeprefix("users/"),
                "contact": {"sealed": answer["token"], "dataKey": "d3JhcHBlZA==", "keyArn": SEAL_KEY},
            },
        }
    )
