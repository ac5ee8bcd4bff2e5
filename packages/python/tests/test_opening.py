"""Opening classes: keys, grants, persons' keys, and what is refused."""

import base64
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sealing import SEAL_KEY, base64url, body, document, event_id, seal
from support import Clock, Kms, SubjectKeyTable, client_error

from user_events_consumer import (
    ERASED,
    NOT_GRANTED,
    Denied,
    Event,
    KeyLimits,
    OpenableEvent,
    Opener,
    Refused,
    Retry,
    SubjectKeyMissing,
    SubjectKeys,
    read_event,
)
from user_events_consumer.events import Contact, Network

CONTENT = {"email": "ada@example.com"}
KEY_ID = base64url(bytes(16))
OTHER_KEY_ID = base64url(b"another key id!!")
SECRET = b"s" * 32


def event(sealed: Any = None, number: int = 1, name: str = "contact") -> Event:
    """An event with this sealed class."""
    made = document(number)
    made["data"].pop("contact")
    made["data"][name] = seal(CONTENT, f"{event_id(number)}/{name}") if sealed is None else sealed
    return read_event(body(made))


def under(data_key: bytes, number: int = 1) -> Event:
    """An event that is sealed under another data key."""
    wrapped = base64.b64encode(data_key).decode()
    return event(seal(CONTENT, f"{event_id(number)}/contact", data_key=wrapped), number)


def personal(key_id: str = KEY_ID, secret: bytes = SECRET) -> Event:
    """An event that needs the person's key."""
    return event(seal(CONTENT, f"{event_id(1)}/contact/{key_id}", secret=secret))


def row(key_id: str = KEY_ID, secret: bytes = SECRET) -> dict[str, Any]:
    """The row of a person's key."""
    return {"keyId": {"S": key_id}, "secret": {"B": base64.b64encode(secret).decode()}}


TOMBSTONE = {"erasedAt": {"S": "2026-03-01T12:00:00.000Z"}, "subject": {"S": "users/user-1"}}
PK = hashlib.sha256(b"/user-service\nusers/user-1").hexdigest()


def reason_of(opener: Opener, refused: Event, name: str = "contact") -> str:
    """Why the opener refuses the class."""
    with pytest.raises(Refused) as error:
        opener.open(refused, name)
    for value in ("ada", "user-1", SEAL_KEY, event_id(1)):
        assert value not in str(error.value), "no error quotes a value"
    return error.value.reason


def test_many_events_under_one_data_key_ask_kms_once() -> None:
    kms, clock = Kms(), Clock()
    opener = Opener(kms, SEAL_KEY, clock=clock)
    for number in range(1, 101):
        assert opener.open(event(number=number), "contact") == CONTENT
    assert kms.calls == [
        {
            "CiphertextBlob": b"a wrapped data key",
            "KeyId": SEAL_KEY,
            "EncryptionContext": {"app": "user-events", "class": "contact"},
        }
    ]
    clock.now += 299.9
    opener.open(event(), "contact")
    assert len(kms.calls) == 1
    clock.now += 0.1
    opener.open(event(), "contact")
    assert len(kms.calls) == 2, "a key is used for at most five minutes"


def test_a_key_is_kept_for_its_class_alone() -> None:
    kms = Kms()
    opener = Opener(kms, SEAL_KEY)
    opener.open(event(), "contact")
    opener.open(event(name="network"), "network")
    assert [call["EncryptionContext"]["class"] for call in kms.calls] == ["contact", "network"]


def test_one_key_past_the_limit_evicts_the_least_recently_used() -> None:
    kms = Kms()
    opener = Opener(kms, SEAL_KEY, limits=KeyLimits(max_keys=2))
    for data_key in (b"a", b"b", b"a", b"c", b"a"):
        opener.open(under(data_key), "contact")
    assert len(kms.calls) == 3
    opener.open(under(b"b"), "contact")
    assert len(kms.calls) == 4


def test_a_thousand_made_up_classes_cost_no_request() -> None:
    made = document()
    for place in range(1_000):
        name = f"made{place}"
        made["data"][name] = seal(CONTENT, f"{event_id(1)}/{name}")
    kms = Kms()
    opener = Opener(kms, SEAL_KEY)
    assert opener.open(read_event(body(made)), "contact") == CONTENT
    assert len(kms.calls) == 1


def test_concurrent_callers_share_a_request() -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Kms):
        def decrypt(self, **call: Any) -> dict[str, Any]:
            entered.set()
            assert go_on.wait(60)
            return super().decrypt(**call)

    kms = Slow()
    opener = Opener(kms, SEAL_KEY)
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(opener.open, event(), "contact")
        assert entered.wait(60)
        others = [threads.submit(opener.open, event(), "contact") for _ in range(7)]
        go_on.set()
        assert [future.result() for future in (first, *others)] == [CONTENT] * 8
    assert len(kms.calls) == 1


def test_a_failure_is_not_remembered() -> None:
    kms = Kms()
    opener = Opener(kms, SEAL_KEY)
    for code in (
        "ThrottlingException",
        "KMSInternalException",
        "KeyUnavailableException",
        "NotFoundException",
        "DisabledException",
    ):
        kms.fails_with = code
        with pytest.raises(Retry) as retry:
            opener.open(event(), "contact")
        assert retry.value.reason == code
    kms.fails_with = None
    assert opener.open(event(), "contact") == CONTENT


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_a_data_key_that_kms_does_not_know_is_refused(code: str) -> None:
    kms = Kms()
    kms.fails_with = code
    assert reason_of(Opener(kms, SEAL_KEY), event()) == "data-key"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_data_key_of_another_length_does_not_open(length: int) -> None:
    kms = Kms({"contact": bytes(length)})
    opener = Opener(kms, SEAL_KEY)
    assert reason_of(opener, event(seal(CONTENT, f"{event_id(1)}/contact", key=bytes(16)))) == "does-not-open"


def test_a_denial_is_remembered_for_its_data_key_alone() -> None:
    kms, clock = Kms(), Clock()
    opener = Opener(kms, SEAL_KEY, clock=clock)
    kms.denied = {"contact"}
    assert [opener.open(under(b"a"), "contact") for _ in range(3)] == [NOT_GRANTED] * 3
    assert len(kms.calls) == 1
    kms.denied = set()
    assert opener.open(under(b"b"), "contact") == CONTENT
    assert opener.open(under(b"a"), "contact") is NOT_GRANTED
    clock.now += 30
    assert opener.open(under(b"a"), "contact") == CONTENT


def test_the_denial_of_a_required_class_is_a_failure() -> None:
    kms = Kms()
    kms.denied = {"contact", "network"}
    opener = Opener(kms, SEAL_KEY, requires=["contact"])
    with pytest.raises(Denied):
        opener.open(event(), "contact")
    assert opener.open(event(name="network"), "network") is NOT_GRANTED


def test_a_class_under_another_key_is_refused_before_kms_is_asked() -> None:
    kms = Kms()
    other = event(seal(CONTENT, f"{event_id(1)}/contact", key_arn=SEAL_KEY + "1"))
    assert reason_of(Opener(kms, SEAL_KEY), other) == "other-key"
    assert Opener(kms, [SEAL_KEY, SEAL_KEY + "1"]).open(other, "contact") == CONTENT
    assert len(kms.calls) == 1


@pytest.mark.parametrize("arns", ["", [], ["a", ""]])
def test_an_opener_needs_a_seal_key(arns: Any) -> None:
    with pytest.raises(ValueError, match="seal_key_arns"):
        Opener(Kms(), arns)


def test_limits_cannot_exceed_those_of_the_format() -> None:
    for limits in ({"max_keys": 1_025}, {"max_keys": 0}, {"max_age_seconds": 301}, {"denial_age_seconds": 31}):
        with pytest.raises(ValueError, match=next(iter(limits))):
            KeyLimits(**limits)


@pytest.mark.parametrize(
    "name", ["Contact", "", "a" * 33, "contact\n", "con-tact", "__proto__", "_x", "kontakt\u0301", "٣"]
)
def test_a_name_that_no_class_has_is_refused(name: str) -> None:
    assert reason_of(Opener(Kms(), SEAL_KEY), event(), name) == "malformed"


@pytest.mark.parametrize("name", ["constructor", "toString", "keys", "hasOwnProperty"])
def test_names_of_other_things_are_names_of_absent_classes(name: str) -> None:
    assert Opener(Kms(), SEAL_KEY).open(event(), name) is None
    made = event(seal(CONTENT, f"{event_id(1)}/{name}"), name=name)
    assert Opener(Kms(), SEAL_KEY).open(made, name) == CONTENT


@pytest.mark.parametrize("sealed", ["text", 7, True, [], {}, {"sealed": "a.b.c.d.e"}, {"sealed": 1, "dataKey": 2}])
def test_a_member_that_is_not_sealed_is_malformed(sealed: Any) -> None:
    assert reason_of(Opener(Kms(), SEAL_KEY), event(sealed)) == "malformed"


@pytest.mark.parametrize(
    "data_key", ["", "YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "_w==", "é", base64.b64encode(bytes(6_145)).decode()]
)
def test_a_data_key_in_another_form_is_malformed(data_key: str) -> None:
    kms = Kms()
    assert reason_of(Opener(kms, SEAL_KEY), event(seal(CONTENT, f"{event_id(1)}/contact", data_key=data_key))) == (
        "malformed"
    )
    assert not kms.calls


def test_data_key_and_content_are_allowed_up_to_their_limits() -> None:
    largest = base64.b64encode(bytes(6_144)).decode()
    content = b'{"a":"' + b"x" * (49_152 - 8) + b'"}'
    opener = Opener(Kms(), SEAL_KEY)
    assert opener.open(event(seal(content, f"{event_id(1)}/contact", data_key=largest)), "contact")
    assert reason_of(opener, event(seal(content + b" ", f"{event_id(1)}/contact"))) == "malformed"


@pytest.mark.parametrize(
    "kid",
    [
        f"{event_id(2)}/contact",
        f"{event_id(1)}/network",
        f"{event_id(1)}/contact/",
        f"{event_id(1)}/contact/{KEY_ID}/",
        f"{event_id(1)}/contact/{KEY_ID[:-1]}B",
        f"{event_id(1)}/contact/{KEY_ID[:-1]}",
        f"{event_id(1)}/contact{KEY_ID}",
    ],
)
def test_a_token_of_another_place_is_moved(kid: str) -> None:
    kms = Kms()
    opener = Opener(kms, SEAL_KEY, subject_keys=SubjectKeys(SubjectKeyTable({PK: row()}), "keys"))
    assert reason_of(opener, event(seal(CONTENT, kid))) == "moved"
    assert not kms.calls


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b"[]", b'{"a":1,"a":2}', b"", b"\xef\xbb\xbf{}"])
def test_content_that_is_no_strict_object_is_refused(content: bytes) -> None:
    sealed = event(seal(content, f"{event_id(1)}/contact"))
    assert reason_of(Opener(Kms(), SEAL_KEY), sealed) == "content"


def test_a_person_s_key_opens_with_the_data_key() -> None:
    table = SubjectKeyTable({PK: row()})
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys"))
    assert opener.open(personal(), "contact") == CONTENT
    assert opener.open(personal(), "contact") == CONTENT
    assert table.reads == [True], "the secret is remembered, after a consistent read"


def test_a_token_with_a_person_s_key_needs_the_table() -> None:
    kms = Kms()
    assert reason_of(Opener(kms, SEAL_KEY), personal()) == "no-subject-keys"
    assert not kms.calls


def test_a_denied_class_of_a_person_who_is_there_is_not_granted() -> None:
    kms, table = Kms(), SubjectKeyTable({PK: row()})
    kms.denied = {"contact"}
    keys = SubjectKeys(table, "keys")
    assert Opener(kms, SEAL_KEY, subject_keys=keys).open(personal(), "contact") is NOT_GRANTED
    with pytest.raises(Denied):
        Opener(kms, SEAL_KEY, subject_keys=keys, requires=["contact"]).open(personal(), "contact")


@pytest.mark.parametrize("fails_with", [None, "AccessDeniedException", "KMSInternalException"])
def test_an_erased_person_is_a_value_whatever_kms_answers_and_kms_is_not_asked(fails_with: str | None) -> None:
    kms, table = Kms(), SubjectKeyTable({PK: TOMBSTONE})
    kms.fails_with = fails_with
    opener = Opener(kms, SEAL_KEY, subject_keys=SubjectKeys(table, "keys"), requires=["contact"])
    assert opener.open(personal(), "contact") is ERASED
    assert not kms.calls


def test_an_erased_person_stays_erased() -> None:
    table, clock = SubjectKeyTable({PK: TOMBSTONE}), Clock()
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys", clock))
    assert opener.open(personal(), "contact") is ERASED
    clock.now += 1_000_000
    assert opener.open(personal(OTHER_KEY_ID), "contact") is ERASED
    assert table.reads == [True]


def test_tombstones_and_secrets_are_remembered_within_bounds() -> None:
    table = SubjectKeyTable({PK: row()})
    keys = SubjectKeys(table, "keys")
    keys.secret(personal(), KEY_ID, "contact")
    for number in range(1_030):
        someone = replace(personal(), subject=f"users/{number}")
        pk = hashlib.sha256(f"{someone.source}\n{someone.subject}".encode()).hexdigest()
        table.rows = SubjectKeyTable({pk: TOMBSTONE if number % 2 else row()}).rows
        keys.secret(someone, KEY_ID, "contact")
    assert len(keys._secrets) <= 1_024
    assert len(keys._erased) == 515


def test_a_missing_key_is_never_remembered() -> None:
    table = SubjectKeyTable()
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys"))
    for _ in range(2):
        with pytest.raises(SubjectKeyMissing):
            opener.open(personal(), "contact")
    assert table.reads == [True] * 2
    table.rows = SubjectKeyTable({PK: row()}).rows
    assert opener.open(personal(), "contact") == CONTENT


def test_another_key_of_the_person_is_read_again_and_then_refused() -> None:
    table = SubjectKeyTable({PK: row(OTHER_KEY_ID)})
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys"))
    for _ in range(2):
        assert reason_of(opener, personal()) == "moved"
    assert table.reads == [True] * 2
    table.rows = SubjectKeyTable({PK: row()}).rows
    assert opener.open(personal(), "contact") == CONTENT


def test_a_token_of_a_person_in_an_event_about_no_user_is_refused_before_a_read() -> None:
    kms, table = Kms(), SubjectKeyTable({PK: row()})
    opener = Opener(kms, SEAL_KEY, subject_keys=SubjectKeys(table, "keys"))
    for subject in ("attempts/attempt-1", "roles/role-1", "Users/user-1", "user"):
        assert reason_of(opener, replace(personal(), subject=subject)) == "moved"
    assert not table.reads
    assert not kms.calls


def test_a_secret_is_remembered_for_at_most_300_seconds() -> None:
    table, clock = SubjectKeyTable({PK: row()}), Clock()
    limits = KeyLimits(max_age_seconds=300)
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys", clock), limits=limits, clock=clock)
    opener.open(personal(), "contact")
    clock.now += 299.9
    opener.open(personal(), "contact")
    assert len(table.reads) == 1
    clock.now += 0.1
    table.rows = SubjectKeyTable({PK: TOMBSTONE}).rows
    assert opener.open(personal(), "contact") is ERASED


def test_the_age_of_a_secret_counts_from_before_its_read() -> None:
    table, clock = SubjectKeyTable({PK: row()}), Clock()

    def takes() -> None:
        clock.now += 20

    table.takes = takes
    keys = SubjectKeys(table, "keys", clock)
    assert keys.secret(personal(), KEY_ID, "contact")
    clock.now += 280
    table.rows = SubjectKeyTable({PK: TOMBSTONE}).rows
    assert keys.secret(personal(), KEY_ID, "contact") is None


def test_a_secret_that_is_too_old_is_dropped_with_the_next_one() -> None:
    table, clock = SubjectKeyTable({PK: row()}), Clock()
    keys = SubjectKeys(table, "keys", clock)
    keys.secret(personal(), KEY_ID, "contact")
    clock.now += 300
    someone = replace(personal(), subject="users/2")
    table.rows = SubjectKeyTable({hashlib.sha256(b"/user-service\nusers/2").hexdigest(): row()}).rows
    keys.secret(someone, KEY_ID, "contact")
    assert len(keys._secrets) == 1


@pytest.mark.parametrize("secret", [b"", b"s" * 31, b"s" * 33])
def test_a_secret_of_another_length_does_not_open(secret: bytes) -> None:
    table = SubjectKeyTable({PK: row(secret=secret)})
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys"))
    assert reason_of(opener, personal(secret=secret)) == "does-not-open"


def test_a_secret_is_not_printed() -> None:
    keys = SubjectKeys(SubjectKeyTable({PK: row()}), "keys")
    keys.secret(personal(), KEY_ID, "contact")
    known = keys._secrets.get(PK)
    assert known is not None
    assert "secret" not in repr(known)


def test_the_secret_of_another_person_does_not_open() -> None:
    table = SubjectKeyTable({PK: row(secret=b"t" * 32)})
    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(table, "keys"))
    assert reason_of(opener, personal()) == "does-not-open"


def test_a_table_of_keys_that_does_not_answer_is_a_retry() -> None:
    class Down(SubjectKeyTable):
        def get_item(self, **_: Any) -> dict[str, Any]:
            raise client_error("InternalServerError")

    opener = Opener(Kms(), SEAL_KEY, subject_keys=SubjectKeys(Down(), "keys"))
    with pytest.raises(Retry, match="InternalServerError"):
        opener.open(personal(), "contact")


def test_an_openable_event_opens_by_name_and_as_a_type() -> None:
    openable = OpenableEvent.from_event(event(), Opener(Kms(), SEAL_KEY))
    assert openable.open("contact") == CONTENT
    contact = openable.open(Contact)
    assert contact
    assert contact["email"] == "ada@example.com"
    assert openable.open(Network) is None
    assert (openable.opened(), openable.denied(), openable.erased()) == (["contact"], [], [])
    assert "ada" not in repr(openable)


def test_content_that_does_not_fit_its_type_is_refused() -> None:
    sealed = event(seal({"email": 7}, f"{event_id(1)}/contact"))
    openable = OpenableEvent.from_event(sealed, Opener(Kms(), SEAL_KEY))
    with pytest.raises(Refused, match="`email`") as refused:
        openable.open(Contact)
    assert refused.value.reason == "does-not-fit"
