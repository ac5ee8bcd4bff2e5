"""Runs the Python code of docs/sealing.md on the test vectors: `snippet.py <sealing.md> <opening.json>`.

Prints how many vectors opened and how many were refused. A vector with another answer ends the program with an error.
The code is an excerpt, so only tokens are tried: what is an event at all is the business of a whole reader.
"""

import base64
import json
import os
import re
import sys
from unittest import mock

TRIED = {"header", "moved", "other-key", "does-not-open"}


def answer(vector, code):
    """Whether the code opens the vector's class, and to what."""
    kms = mock.Mock()
    kms.decrypt.return_value = {"Plaintext": base64.b64decode(vector["key"])}
    os.environ["SEAL_KEY_ARN"] = vector["sealKeyArn"]
    names = {}
    with mock.patch("boto3.client", return_value=kms):
        exec(code, names)
        try:
            return names["open_class"](vector["envelope"], vector["class"])
        except Exception:
            return None


def main(page, vectors):
    with open(page, encoding="utf-8") as text:
        (code,) = [code for code in re.findall(r"```python\n(.*?)```", text.read(), re.DOTALL) if "open_class" in code]
    opened, refused = 0, 0
    with open(vectors, encoding="utf-8") as text:
        for vector in json.load(text):
            if "envelope" not in vector or "subjectKeys" in vector:
                continue
            if "opened" in vector:
                assert answer(vector, code) == vector["opened"], vector["name"]
                opened += 1
            elif vector.get("refused") in TRIED:
                assert answer(vector, code) is None, vector["name"]
                refused += 1
    print(f"{opened} opened, {refused} refused")


main(*sys.argv[1:])
