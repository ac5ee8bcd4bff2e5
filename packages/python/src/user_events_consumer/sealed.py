"""Sealed classes: the form of their tokens, and their decryption with the keys at hand.

A token is a JWE in compact form (RFC 7516) with one header only. docs/reading.md, *Opening a class*, numbers the steps.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import Refused
from .strict_json import NotStrict, parse_object_bytes

CLASS_NAME = re.compile(r"[a-z][A-Za-z0-9]{0,31}")
KEY_BYTES = 32
MAX_CIPHERTEXT_BYTES = 49_152
MAX_DATA_KEY_BYTES = 6_144
"""AWS KMS API Reference, *Decrypt*, `CiphertextBlob`."""

_HEADER = re.compile(rb'\{"alg":"dir","enc":"A256GCM","kid":"([A-Za-z0-9\-_/]{1,256})"\}')
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SUBJECT_KEY_ID_BYTES = 16
_SALT = b"user-events/subject-key/v1"


@dataclass(frozen=True)
class Token:
    """A token that belongs to its event and class, and is not opened yet."""

    class_name: str
    key_arn: str
    data_key: bytes
    """The data key as KMS wrapped it."""
    kid: str
    subject_key_id: str | None
    """The id of the person's key, if the token needs one."""
    header: bytes
    """The first part of the token as it was received; it is authenticated with the content."""
    nonce: bytes
    ciphertext: bytes
    """The encrypted content, followed by the tag of 16 bytes."""


def parse_token(member: Any, event_id: str, class_name: str, seal_key_arns: frozenset[str]) -> Token:
    """The token in a member of the data: steps 1 to 6. Raises `Refused`."""
    if not isinstance(member, dict):
        raise _malformed(class_name, "it is not an object")
    sealed, data_key, key_arn = (_text(member, name, class_name) for name in ("sealed", "dataKey", "keyArn"))
    if key_arn not in seal_key_arns:
        raise Refused("other-key", f"class {class_name}: `keyArn` is none of the expected seal keys")
    parts = sealed.split(".")
    if len(parts) != 5 or parts[1]:
        raise _malformed(class_name, "`sealed` does not have five parts, the second of them empty")
    header, _, nonce, ciphertext, tag = (_base64url(part, class_name) for part in parts)
    if len(nonce) != _NONCE_BYTES or len(tag) != _TAG_BYTES or len(ciphertext) > MAX_CIPHERTEXT_BYTES:
        raise _malformed(class_name, "a part of `sealed` has another length")
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Refused("header", f"class {class_name}: the header is not in the one form that is written")
    kid = match[1].decode()
    return Token(
        class_name=class_name,
        key_arn=key_arn,
        subject_key_id=_subject_key_id(kid, event_id, class_name),
        data_key=_wrapped_key(data_key, class_name),
        kid=kid,
        header=parts[0].encode(),
        nonce=nonce,
        ciphertext=ciphertext + tag,
    )


def open_token(token: Token, data_key: bytes, secret: bytes | None = None) -> dict[str, Any]:
    """The content of a token: steps 10 and 11. The data key has 32 bytes; `secret` is that of the person, if the token
    needs one.

    Raises `Refused`.
    """
    key = data_key if secret is None else _content_key(token, data_key, secret)
    try:
        content = AESGCM(key).decrypt(token.nonce, token.ciphertext, token.header)
    except InvalidTag:
        raise does_not_open(token.class_name) from None
    try:
        return parse_object_bytes(content)
    except NotStrict as error:
        raise Refused("content", f"class {token.class_name}: {error}") from None


def does_not_open(class_name: str) -> Refused:
    """The key is another one, or the token was changed."""
    return Refused("does-not-open", f"class {class_name}: the token does not open with its key")


def check_class_name(class_name: str) -> None:
    """Raises `Refused` with the reason `malformed` unless a class can have this name."""
    if CLASS_NAME.fullmatch(class_name) is None:
        raise Refused("malformed", "a class has no such name")


def _content_key(token: Token, data_key: bytes, secret: bytes) -> bytes:
    if len(secret) != KEY_BYTES or len(data_key) != KEY_BYTES:
        raise does_not_open(token.class_name)
    information = b"A256GCM\x00" + token.kid.encode()
    return HKDF(SHA256(), KEY_BYTES, _SALT, information).derive(data_key + secret)


def _subject_key_id(kid: str, event_id: str, class_name: str) -> str | None:
    place = f"{event_id}/{class_name}"
    if kid == place:
        return None
    key_id = kid[len(place) + 1 :]
    if kid.startswith(f"{place}/"):
        decoded = _decode(key_id, urlsafe=True)
        if decoded is not None and len(decoded) == _SUBJECT_KEY_ID_BYTES:
            return key_id
    raise Refused("moved", f"class {class_name}: the token belongs to another event, class or person")


def _wrapped_key(text: str, class_name: str) -> bytes:
    key = _decode(text, urlsafe=False)
    if key is None or not 1 <= len(key) <= MAX_DATA_KEY_BYTES:
        raise _malformed(class_name, "`dataKey` is not a wrapped key in base64")
    return key


def _base64url(text: str, class_name: str) -> bytes:
    decoded = _decode(text, urlsafe=True)
    if decoded is None:
        raise _malformed(class_name, "a part of `sealed` is not canonical base64url")
    return decoded


def _decode(text: str, *, urlsafe: bool) -> bytes | None:
    """The bytes of canonical base64 with padding, or of canonical base64url without; `None` for anything else."""
    try:
        given = text.encode("ascii")
        if not urlsafe:
            decoded = base64.b64decode(given)
            return decoded if base64.b64encode(decoded) == given else None
        decoded = base64.urlsafe_b64decode(given + b"=" * (-len(given) % 4))
        return decoded if base64.urlsafe_b64encode(decoded).rstrip(b"=") == given else None
    except (UnicodeEncodeError, binascii.Error):
        return None


def _text(member: dict[str, Any], name: str, class_name: str) -> str:
    value = member.get(name)
    if not isinstance(value, str):
        raise _malformed(class_name, f"`{name}` is not a string")
    return value


def _malformed(class_name: str, why: str) -> Refused:
    return Refused("malformed", f"class {class_name}: {why}")
