"""A FIFO queue in memory: a group sends nothing while one of its messages is invisible."""

import threading
import time
from typing import Any

from botocore.exceptions import ClientError
from support import QUEUE, client_error

from user_events_consumer import Message


class FifoQueue:
    """The calls of SQS that a poller makes. Visibility timeouts are real."""

    def __init__(self, messages: list[tuple[str, str]]):
        self._lock = threading.Lock()
        self._messages: dict[str, dict[str, Any]] = {
            f"m{place}": {"group": group, "body": body, "receives": 0, "visible_at": 0.0, "receipt": ""}
            for place, (group, body) in enumerate(messages)
        }
        self.received: list[Message] = []
        self.sent: list[dict[str, Any]] = []
        self.extensions: list[list[str]] = []
        self.extended = threading.Event()
        self.empty = threading.Event()
        self.failures: list[ClientError] = []
        self.deletion_failures = 0
        self.refuses_extensions = False
        self.most_receives = 0
        self.sent_again = threading.Event()

    def receive_message(self, **call: Any) -> dict[str, Any]:
        with self._lock:
            assert 1 <= call["MaxNumberOfMessages"] <= 10
            if self.failures:
                raise self.failures.pop()
            now = time.monotonic()
            blocked = {entry["group"] for entry in self._messages.values() if entry["visible_at"] > now}
            free = [name for name, entry in self._messages.items() if entry["group"] not in blocked]
            names = free[: call["MaxNumberOfMessages"]]
            answers = [self._receive(name, now + call["VisibilityTimeout"]) for name in names]
            self.received += [Message.from_sqs(answer, QUEUE) for answer in answers]
        if not answers:
            # Instead of a long poll, so that the loop does not turn without a pause.
            time.sleep(0.005)
        return {"Messages": answers} if answers else {}

    def _receive(self, name: str, visible_at: float) -> dict[str, Any]:
        entry = self._messages[name]
        entry["receives"] += 1
        self.most_receives = max(self.most_receives, entry["receives"])
        if entry["receives"] > 1:
            self.sent_again.set()
        entry |= {"visible_at": visible_at, "receipt": f"{name}/{entry['receives']}"}
        return {
            "MessageId": name,
            "Body": entry["body"],
            "ReceiptHandle": entry["receipt"],
            "Attributes": {"MessageGroupId": entry["group"], "ApproximateReceiveCount": str(entry["receives"])},
        }

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: ARG002, N803
        with self._lock:
            if self.deletion_failures:
                self.deletion_failures -= 1
                raise client_error("ServiceUnavailable")
            done = [entry for entry in Entries if self._entry(entry) is not None]
            for entry in done:
                del self._messages[entry["ReceiptHandle"].partition("/")[0]]
            if not self._messages:
                self.empty.set()
        return {"Successful": [{"Id": entry["Id"]} for entry in done]}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: ARG002, N803
        with self._lock:
            if self.refuses_extensions:
                return {"Failed": [{"Id": entry["Id"]} for entry in Entries]}
            done = [entry for entry in Entries if self._entry(entry) is not None]
            for entry in done:
                self._messages[entry["ReceiptHandle"].partition("/")[0]]["visible_at"] = (
                    time.monotonic() + entry["VisibilityTimeout"]
                )
            if Entries[0]["VisibilityTimeout"] >= 3:
                self.extensions.append([entry["ReceiptHandle"] for entry in done])
                self.extended.set()
        return {"Successful": [{"Id": entry["Id"]} for entry in done]}

    def send_message(self, **message: Any) -> dict[str, Any]:
        self.sent.append(message)
        return {}

    def change_message_visibility(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError

    def visible(self) -> int:
        """How many messages can be received."""
        with self._lock:
            return sum(entry["visible_at"] <= time.monotonic() for entry in self._messages.values())

    def _entry(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        found = self._messages.get(entry["ReceiptHandle"].partition("/")[0])
        return found if found is not None and found["receipt"] == entry["ReceiptHandle"] else None


class TwoQueues:
    """The snapshot queue and the live queue of a consumer, by their URLs."""

    def __init__(self, queues: dict[str, FifoQueue]):
        self._queues = queues

    def receive_message(self, *, QueueUrl: str, **call: Any) -> dict[str, Any]:  # noqa: N803
        return self._queues[QueueUrl].receive_message(**call)

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        return self._queues[QueueUrl].delete_message_batch(QueueUrl=QueueUrl, Entries=Entries)

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        return self._queues[QueueUrl].change_message_visibility_batch(QueueUrl=QueueUrl, Entries=Entries)

    def send_message(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError

    change_message_visibility = send_message
