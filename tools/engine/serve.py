"""Runs the local engine for as long as its starter lives: serve.py <folder for temporary files>

The starter holds the other end of this process's standard input. When that end closes, for whatever reason,
the starter is gone: the engine and the functions that it runs, all in one process group, end at once. The
word `keep` on standard input lets the engine live on.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading

temporary = tempfile.mkdtemp(prefix="run-", dir=sys.argv[1])


def remove_temporary_files():
    shutil.rmtree(temporary, ignore_errors=True)


def follow_starter():
    if os.read(0, 4) == b"keep":
        return
    remove_temporary_files()
    # Only a group of its own: never the group of a shell that this was started from by hand.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


atexit.register(remove_temporary_files)
threading.Thread(target=follow_starter, daemon=True).start()
# The engine's own temporary files, and those of the functions.
os.environ["TMPDIR"] = tempfile.tempdir = temporary
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402

main()
