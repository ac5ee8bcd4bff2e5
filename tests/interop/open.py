"""Opens the sealed members of user-events with only a JOSE library and the KMS API.

Reads one event per line on standard input and prints one line for each: its id, and what was sealed in it.
A class that these credentials are not granted is left out: the rest of the event can still be used.
"""

import argparse
import base64
import json
import os
import sys

import boto3
import joserfc.jwe
from joserfc.jwk import OctKey
from jwcrypto import jwe, jwk
from jwcrypto.common import base64url_encode

kms = boto3.client("kms")


class Refused(Exception):
    """The reason why a token was refused. It quotes nothing of the token."""


def with_jwcrypto(token, key):
    opened = jwe.JWE()
    opened.deserialize(token, jwk.JWK(kty="oct", k=base64url_encode(key)))
    return opened.payload


def with_joserfc(token, key):
    return joserfc.jwe.decrypt_compact(token, OctKey.import_key(key)).plaintext


LIBRARIES = {"jwcrypto": with_jwcrypto, "joserfc": with_joserfc}


def check(member, event_id, name):
    """Checks, before a key is requested, that the member was sealed by the publisher for this place."""
    if member["keyArn"] != os.environ["SEAL_KEY_ARN"]:
        raise Refused("its data key is under another KMS key")
    header = f'{{"alg":"dir","enc":"A256GCM","kid":"{event_id}/{name}"}}'
    if member["sealed"].split(".")[0] != base64url_encode(header):
        raise Refused("its header is not the one for this event and class")


def data_key(member, name):
    """Has KMS decrypt the data key in the event. `None` if the class is not granted."""
    try:
        answer = kms.decrypt(
            CiphertextBlob=base64.b64decode(member["dataKey"]),
            KeyId=member["keyArn"],
            EncryptionContext={"app": "user-events", "class": name},
        )
    except kms.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return None
        raise
    return answer["Plaintext"]


def decrypt(library, token, key):
    try:
        return json.loads(library(token, key))
    except Exception:
        # The library's own message is dropped, because it could quote the content.
        raise Refused("it does not open with its data key") from None


def is_sealed(member):
    fields = ("sealed", "dataKey", "keyArn")
    return isinstance(member, dict) and all(isinstance(member.get(field), str) for field in fields)


def open_event(event, library):
    opened = {}
    for name, member in event["data"].items():
        if not is_sealed(member):
            continue
        try:
            check(member, event["id"], name)
            key = data_key(member, name)
            if key is not None:
                opened[name] = decrypt(library, member["sealed"], key)
        except Refused as why:
            sys.exit(f"event {event['id']}, class {name}: the token is refused: {why}")
    return {"id": event["id"], "opened": opened}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--library", choices=LIBRARIES, required=True)
    library = LIBRARIES[arguments.parse_args().library]
    for line in sys.stdin.buffer:
        print(json.dumps(open_event(json.loads(line), library)))


if __name__ == "__main__":
    main()
