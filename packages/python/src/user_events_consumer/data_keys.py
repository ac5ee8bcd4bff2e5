"""The data keys of classes, which KMS unwraps."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from .aws import AWS_ERRORS, KmsClient, error_code
from .bounded import BoundedCache
from .errors import Refused, Retry
from .sealed import KEY_BYTES, Token, does_not_open

_UNKNOWN_KEY = ("InvalidCiphertextException", "IncorrectKeyException")

KeyName = tuple[bytes, str, str]


@dataclass(frozen=True)
class KeyLimits:
    """How many data keys an opener remembers, and for how long."""

    max_keys: int = 1_024
    """One more evicts the least recently used. A publisher makes one key per class, instance and five minutes."""
    max_age_seconds: float = 300.0
    """For this long, a consumer that lost its grant can still open what was sealed with a remembered key."""
    denial_age_seconds: float = 30.0
    """A class that is granted in the meantime opens after this time at the latest."""

    def __post_init__(self) -> None:
        if not 1 <= self.max_keys <= 1_024:
            raise ValueError("`max_keys` must be 1 to 1,024")
        if not 0 <= self.max_age_seconds <= 300:
            raise ValueError("`max_age_seconds` must be 0 to 300")
        if not 0 <= self.denial_age_seconds <= 30:
            raise ValueError("`denial_age_seconds` must be 0 to 30")


class DataKeys:
    """Asks KMS for data keys and remembers them. Threads may share it; callers that want one key share a request."""

    def __init__(self, kms: KmsClient, limits: KeyLimits, clock: Callable[[], float] = time.monotonic):
        self._kms = kms
        self._keys: BoundedCache[KeyName, bytes] = BoundedCache(limits.max_keys, limits.max_age_seconds, clock)
        self._denials: BoundedCache[KeyName, bool] = BoundedCache(limits.max_keys, limits.denial_age_seconds, clock)
        self._lock = threading.Lock()
        self._requests: dict[KeyName, Future[bytes | None]] = {}

    def get(self, token: Token) -> bytes | None:
        """The data key of a token, 32 bytes; `None` if its class is not granted to this consumer.

        Raises `Refused` with the reason `data-key` if KMS does not know the key, or not for this class, or with
        `does-not-open` if the key has another length, and `Retry` after every other answer.
        """
        name = (token.data_key, token.class_name, token.key_arn)
        key = self._keys.get(name)
        if key is not None:
            return key
        if self._denials.get(name):
            return None
        with self._lock:
            request = self._requests.get(name)
            is_first = request is None
            if request is None:
                request = self._requests[name] = Future()
        if is_first:
            self._ask(name, request)
        return request.result()

    def _ask(self, name: KeyName, request: "Future[bytes | None]") -> None:
        try:
            # Another request for the key may have ended just before this one began.
            request.set_result(self._keys.get(name) or self._decrypt(name))
        except BaseException as error:  # noqa: BLE001 -- whoever waits for the request gets it
            request.set_exception(error)
        finally:
            with self._lock:
                del self._requests[name]

    def _decrypt(self, name: KeyName) -> bytes | None:
        data_key, class_name, key_arn = name
        try:
            answer = self._kms.decrypt(
                CiphertextBlob=data_key,
                KeyId=key_arn,
                EncryptionContext={"app": "user-events", "class": class_name},
            )
        except AWS_ERRORS as error:
            code = error_code(error)
            if code == "AccessDeniedException":
                self._denials.put(name, True)
                return None
            if code in _UNKNOWN_KEY:
                raise Refused("data-key", f"class {class_name}: KMS does not know `dataKey` for this class") from None
            raise Retry(code) from None
        key = bytes(answer["Plaintext"])
        if len(key) != KEY_BYTES:
            raise does_not_open(class_name)
        self._keys.put(name, key)
        return key
