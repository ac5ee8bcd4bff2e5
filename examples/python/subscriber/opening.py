"""Opening the classes of personal data that this consumer was granted."""

import base64
import binascii
import json
import time
from collections import OrderedDict

from botocore.exceptions import ClientError
from joserfc import jwe
from joserfc.jwk import OctKey

NOT_GRANTED = object()
"""Stands for a class that KMS denies to this consumer. The rest of the event can still be used."""

TAG_BYTES = 16
NONCE_BYTES = 12


class Refused(Exception):
    """The token must not be opened; no retry mends it. The reason is a word of tests/vectors."""

    def __init__(self, class_name: str, reason: str):
        super().__init__(f"class {class_name}: the token is refused: {reason}")
        self.reason = reason


class Opener:
    """Opens through KMS, and keeps data keys in memory: many events share one.

    A key is kept for `max_age` seconds and a denial for `max_denial_age`, so that a new grant is noticed.
    """

    def __init__(self, kms, max_keys=1_000, max_age=300.0, max_denial_age=30.0, clock=time.monotonic):
        self._kms = kms
        self._max_keys = max_keys
        self._ages = {False: max_age, True: max_denial_age}
        self._clock = clock
        self._keys = OrderedDict()

    def open(self, event: dict, class_name: str):
        """The JSON of the class; `NOT_GRANTED`; or `None` where the event has no such class.

        Raises `Refused`, and what KMS raises when it cannot be asked.
        """
        member = event["data"].get(class_name)
        if not is_sealed(member):
            return None
        token = member["sealed"]
        check(token, event["id"], class_name)
        key = self._data_key(member, class_name)
        if key is NOT_GRANTED:
            return NOT_GRANTED
        return decrypt(token, key, class_name)

    def open_all(self, event: dict) -> dict:
        """Every sealed class of the event by its name."""
        return {name: self.open(event, name) for name, member in event["data"].items() if is_sealed(member)}

    def _data_key(self, member: dict, class_name: str):
        name = (member["dataKey"], member["keyArn"], class_name)
        now = self._clock()
        if name in self._keys:
            key, until = self._keys[name]
            if now < until:
                self._keys.move_to_end(name)
                return key
        key = self._unwrap(member, class_name)
        self._keys[name] = (key, now + self._ages[key is NOT_GRANTED])
        self._keys.move_to_end(name)
        while len(self._keys) > self._max_keys:
            self._keys.popitem(last=False)
        return key

    def _unwrap(self, member: dict, class_name: str):
        try:
            wrapped = base64.b64decode(member["dataKey"], validate=True)
        except ValueError:
            raise Refused(class_name, "malformed") from None
        try:
            answer = self._kms.decrypt(
                CiphertextBlob=wrapped,
                KeyId=member["keyArn"],
                EncryptionContext={"app": "user-events", "class": class_name},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "AccessDeniedException":
                return NOT_GRANTED
            raise
        return answer["Plaintext"]


def is_sealed(member) -> bool:
    fields = ("sealed", "dataKey", "keyArn")
    return isinstance(member, dict) and all(isinstance(member.get(field), str) for field in fields)


def check(token: str, event_id: str, class_name: str):
    """Whether the token may stand in this place, before any key is asked for. Raises `Refused`."""
    try:
        header, encrypted_key, nonce, ciphertext, tag = token.split(".")
        header = json.loads(_decode(header))
        sizes = [len(_decode(part)) for part in (encrypted_key, nonce, ciphertext, tag)]
    except ValueError:
        raise Refused(class_name, "malformed") from None
    if not isinstance(header, dict) or sizes[0] != 0 or sizes[1] != NONCE_BYTES or sizes[3] != TAG_BYTES:
        raise Refused(class_name, "malformed")
    if header.get("alg") != "dir" or header.get("enc") != "A256GCM" or "zip" in header or "crit" in header:
        raise Refused(class_name, "algorithm")
    if header.get("kid") != f"{event_id}/{class_name}":
        raise Refused(class_name, "moved")


def decrypt(token: str, key: bytes, class_name: str):
    """The JSON in a token that was found right for its place. Raises `Refused`."""
    try:
        return json.loads(jwe.decrypt_compact(token, OctKey.import_key(key)).plaintext)
    except Exception:
        # Whatever the library says: its words could quote what they are about.
        raise Refused(class_name, "does-not-open") from None


def _decode(part: str) -> bytes:
    """Base64url in its one spelling (RFC 4648, sections 3.5 and 5): nothing beside the alphabet, no loose bits."""
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode():
        raise binascii.Error("not canonical")
    return decoded
