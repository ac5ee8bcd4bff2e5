"""The same consumer without Lambda: `python -m subscriber.poll` runs until it is interrupted.

It reads the same environment as the function; `QUEUE_URL` is required. With `SNAPSHOT_QUEUE_URL` it reads the snapshot to
its end first.
"""

from user_events_consumer import Consumer, Poller

from .effect import effects

if __name__ == "__main__":
    Poller(Consumer.from_environment(effects)).run()
