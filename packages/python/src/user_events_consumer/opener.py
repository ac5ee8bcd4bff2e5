"""Opens the classes of personal data that were granted to this consumer."""

import time
from collections.abc import Callable, Collection
from enum import Enum
from typing import Any, Final, Literal, Protocol

from .aws import KmsClient
from .data_keys import DataKeys, KeyLimits
from .errors import Denied, Refused
from .event import Event
from .sealed import check_class_name, open_token, parse_token
from .subject_keys import SubjectKeys


class Closed(Enum):
    """Why the content of a class is not there. It is false, like an absent class."""

    NOT_GRANTED = "NotGranted"
    ERASED = "Erased"

    def __bool__(self) -> Literal[False]:
        return False


NOT_GRANTED: Final = Closed.NOT_GRANTED
"""KMS denies the class to this consumer. The rest of the event can still be used."""

ERASED: Final = Closed.ERASED
"""The person was erased. Nobody can open the class any more; the rest of the event can still be used."""

Content = dict[str, Any]


class OpensClasses(Protocol):
    """An `Opener`, or what replaces it in the test of a handler."""

    def open(self, event: Event, class_name: str) -> Content | Closed | None:
        """The content of a class, why it is not there, or `None` if the event has no such class."""


class Opener:
    """Opens classes with data keys from KMS, and remembers the keys. Threads may share it.

    `seal_key_arns` are the ARNs of the seal keys that the consumer expects, from its configuration. A class under
    another key is refused before KMS is asked. `requires` names the classes that the consumer cannot do without: their
    denial raises `Denied`. `subject_keys` is the table of persons' keys, if the publisher uses them.

    The role of the consumer needs `kms:Decrypt` on the seal keys, with a condition on the class.
    """

    def __init__(
        self,
        kms: KmsClient,
        seal_key_arns: str | Collection[str],
        *,
        requires: Collection[str] = (),
        subject_keys: SubjectKeys | None = None,
        limits: KeyLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._seal_key_arns = frozenset([seal_key_arns] if isinstance(seal_key_arns, str) else seal_key_arns)
        if not self._seal_key_arns or "" in self._seal_key_arns:
            raise ValueError("`seal_key_arns` must be the ARN of the seal key, or several")
        if isinstance(requires, str):
            raise ValueError('`requires` must be a collection of classes, such as `["contact"]`')
        self._requires = frozenset(requires)
        self._subject_keys = subject_keys
        self._data_keys = DataKeys(kms, limits or KeyLimits(), clock)

    def open(self, event: Event, class_name: str) -> Content | Closed | None:
        """The content of a class, `NOT_GRANTED`, `ERASED`, or `None` if the event has no such class.

        Raises `Refused` if the class must not be opened, `Denied` if a required class is not granted,
        `SubjectKeyMissing`, and `Retry` if a service does not answer.
        """
        check_class_name(class_name)
        member = event.data.get(class_name)
        if member is None:
            return None
        token = parse_token(member, event.id, class_name, self._seal_key_arns)
        secret: bytes | None = None
        if token.subject_key_id is not None:
            if self._subject_keys is None:
                raise Refused("no-subject-keys", f"class {class_name}: the consumer has no table of persons' keys")
            # The person comes before KMS: an erased person's event is done without the class, granted or not.
            secret = self._subject_keys.secret(event, token.subject_key_id, class_name)
            if secret is None:
                return ERASED
        data_key = self._data_keys.get(token)
        if data_key is not None:
            return open_token(token, data_key, secret)
        if class_name in self._requires:
            raise Denied(class_name)
        return NOT_GRANTED
