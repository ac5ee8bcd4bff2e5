"""Opens (decrypts) the classes of personal data that were granted to this consumer."""

import base64
import binascii
import json
import time
from collections import OrderedDict

from botocore.exceptions import ClientError
from joserfc import jwe
from joserfc.jwk import OctKey

NOT_GRANTED = object()
"""The content of a class that KMS denies to this consumer. The rest of the event can still be used."""

TAG_BYTES = 16
NONCE_BYTES = 12


class Refused(Exception):
    """The token must not be opened; no retry can help. `reason` is one of the words of tests/vectors."""

    def __init__(self, class_name: str, reason: str):
        super().__init__(f"class {class_name}: the token is refused: {reason}")
        self.reason = reason


class Opener:
    """Decrypts with data keys from KMS, and caches the keys, because many events share one.

    A key is cached for `max_age` seconds. A denial is cached for `max_denial_age` seconds, so that a new grant takes
    effect soon.
    """

    def __init__(self, kms, max_keys=1_000, max_age=300.0, max_denial_age=30.0, clock=time.monotonic):
        self._kms = kms
        self._max_keys = max_keys
        self._ages = {False: max_age, True: max_denial_age}
        self._clock = clock
        self._keys = OrderedDict()

    def open(self, event: dict, class_name: str):
        """The JSON of the class, or `NOT_GRANTED`. `None` if the event has no such class.

        Raises `Refused`, and every error of KMS except a denial.
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
        """Opens every sealed class of the event; returns the contents by class name."""
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
    """Checks that the token belongs to this event and class, before any call to KMS. Raises `Refused`."""
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
    """Decrypts a token that `check` accepted, and returns its JSON. Raises `Refused`."""
    try:
        return json.loads(jwe.decrypt_compact(token, OctKey.import_key(key)).plaintext)
    except Exception:
        # The error of the library is dropped, because its text could quote a value.
        raise Refused(class_name, "does-not-open") from None


def _decode(part: str) -> bytes:
    """Decodes canonical base64url (RFC 4648, sections 3.5 and 5): no other characters, no stray bits at the end."""
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode():
        raise binascii.Error("not canonical")
    return decoded
