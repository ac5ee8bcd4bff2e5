"""The vectors that every reader must pass, in any language."""

import json
from copy import deepcopy

import pytest
from conftest import Kms, vectors
from subscriber.opening import Opener, Refused


def opened(vector):
    kms = Kms(vector["key"])
    return Opener(kms).open(vector["envelope"], vector["class"]), kms


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_every_vector_gives_its_answer(vector):
    if "opened" in vector:
        assert opened(vector)[0] == vector["opened"]
        return
    kms = Kms(vector["key"])
    with pytest.raises(Refused) as refused:
        Opener(kms).open(vector["envelope"], vector["class"])
    assert refused.value.reason == vector["refused"]
    if vector["refused"] != "does-not-open":
        assert not kms.calls, "a refused token must not cause a call to KMS"


def test_no_vector_opens_after_any_one_bit_of_its_token_has_changed():
    for vector in (vector for vector in vectors() if "opened" in vector):
        token = vector["envelope"]["data"][vector["class"]]["sealed"]
        for place in range(len(token)):
            for bit in range(7):
                changed = token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :]
                other = deepcopy(vector)
                other["envelope"]["data"][vector["class"]]["sealed"] = changed
                with pytest.raises(Refused):
                    opened(other)


def test_a_refusal_quotes_no_value(vector):
    vector["envelope"]["data"]["contact"]["sealed"] += "A"
    with pytest.raises(Refused) as refused:
        opened(vector)
    for value in vector["opened"].values():
        assert value not in str(refused.value)
    assert json.dumps(vector["envelope"]["data"]["contact"]["sealed"]) not in str(refused.value)
