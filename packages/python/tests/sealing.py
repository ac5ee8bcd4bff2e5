"""Seals classes as the publisher does, to make events for tests."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEAL_KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000"
DATA_KEY = bytes(range(32))
WRAPPED = base64.b64encode(b"a wrapped data key").decode()
NONCE = bytes(12)


def seal(
    content: Any,
    kid: str,
    *,
    key: bytes = DATA_KEY,
    secret: bytes | None = None,
    data_key: str = WRAPPED,
    key_arn: str = SEAL_KEY,
) -> dict[str, str]:
    """A sealed class. `content` is JSON, or bytes to seal as they are."""
    header = base64url(f'{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}'.encode())
    if secret is not None:
        key = HKDF(SHA256(), 32, b"user-events/subject-key/v1", b"A256GCM\x00" + kid.encode()).derive(key + secret)
    clear = content if isinstance(content, bytes) else json.dumps(content).encode()
    sealed = AESGCM(key).encrypt(NONCE, clear, header.encode())
    token = f"{header}..{base64url(NONCE)}.{base64url(sealed[:-16])}.{base64url(sealed[-16:])}"
    return {"sealed": token, "dataKey": data_key, "keyArn": key_arn}


def event_id(number: int) -> str:
    """The id of an event with this number."""
    return f"00000000-0000-4000-8000-{number:012x}"


def document(number: int = 1, *, user: str = "user-1", place: int | None = None, **members: Any) -> dict[str, Any]:
    """A registration with a sealed address, as a CloudEvents document. `place` is its place in the order."""
    identifier = event_id(number)
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": "/user-service",
        "type": "UserRegisteredEventV1",
        "subject": f"users/{user}",
        "dataschema": "urn:user-events:schemas/account/UserRegisteredEventV1.json",
        "partitionkey": f"users/{user}",
        "sequence": f"{number if place is None else place:040}.0000",
        "data": {
            "userId": user,
            "status": "ACTIVE",
            "registeredAt": "2026-03-01T12:00:00.000Z",
            "contact": seal({"email": "ada@example.com"}, f"{identifier}/contact"),
        },
    }
    return {**event, **members}


RUN = "0d2f61a2-1b5e-4b0f-9c57-6d1f0d8c7a11"


def snapshot(number: int = 1, *, user: str = "user-1", run: str = RUN, **members: Any) -> dict[str, Any]:
    """A snapshot event with a sealed address."""
    made = {"type": "UserAccountSnapshotEventV1", "sequence": f"{0:040}.0000", "snapshotrun": run}
    return document(number, user=user, **{**made, **members})


def marker(events: Any, number: int = 999, *, run: str = RUN, **members: Any) -> dict[str, Any]:
    """The last event of a run."""
    made = {
        "type": "SnapshotCompletedEventV1",
        "subject": f"snapshots/{run}",
        "partitionkey": f"snapshots/{run}",
        "dataschema": "urn:user-events:schemas/snapshot/SnapshotCompletedEventV1.json",
        "data": {"run": run, "events": events, "categories": ["account"]},
    }
    return snapshot(number, run=run, **{**made, **members})


def body(event: dict[str, Any]) -> str:
    """The text of an event."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def wrapped(event: dict[str, Any], **members: Any) -> str:
    """The text of an event as SNS wraps it."""
    return json.dumps({"Type": "Notification", "Message": body(event), **members})


def base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
