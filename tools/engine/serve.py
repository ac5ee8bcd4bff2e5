"""Runs the local engine until the process that started it ends: serve.py <folder for temporary files>

The parent process holds the other end of this process's standard input. When the parent ends, that end closes, and the
engine and its functions, all in one process group, are killed. The word `keep` on standard input keeps them running.
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
    # Kill the process group only if this process leads it: never the group of a shell that started this by hand.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


atexit.register(remove_temporary_files)
threading.Thread(target=follow_starter, daemon=True).start()
# For the temporary files of the engine and of the functions.
os.environ["TMPDIR"] = tempfile.tempdir = temporary
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402

main()
