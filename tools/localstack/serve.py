"""Runs LocalStack without a container until the process that started it ends: serve.py <folder for its files> <port>

The parent process holds the other end of this process's standard input. When the parent ends, that end closes and
LocalStack is killed. LocalStack listens on loopback only, downloads nothing, sends no usage data, and writes nothing
outside the folder. Exit status 98: the port is in use.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading

PORT_TAKEN = 98
LOOPBACK = "127.0.0.1"

files = tempfile.mkdtemp(prefix="localstack-", dir=sys.argv[1])
listen = f"{LOOPBACK}:{int(sys.argv[2])}"


def remove_files():
    shutil.rmtree(files, ignore_errors=True)


def follow_starter():
    os.read(0, 1)
    remove_files()
    # Kill the process group only if this process leads it: never the group of a shell that started this by hand.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


atexit.register(remove_files)
threading.Thread(target=follow_starter, daemon=True).start()

tempfile.tempdir = files
os.environ.update(
    {
        "HOME": files,
        "CONFIG_DIR": files,
        "FILESYSTEM_ROOT": files,
        "OVERRIDE_IN_DOCKER": "0",
        "GATEWAY_LISTEN": listen,
        "LOCALSTACK_HOST": listen,
        "SERVICES": "kms,sns,sqs",
        # Queue URLs contain this host, not a domain that needs DNS.
        "SQS_ENDPOINT_STRATEGY": "path",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "DOCKER_HOST": "unix:///nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)

from twisted.internet import endpoints  # noqa: E402


class LoopbackEndpoint(endpoints.TCP4ServerEndpoint):
    """LocalStack 4.14 ignores the host of GATEWAY_LISTEN and would listen on all interfaces."""

    def __init__(self, reactor, port):
        super().__init__(reactor, port, interface=LOOPBACK)

    def listen(self, factory):
        return super().listen(factory).addErrback(self._not_listening)

    @staticmethod
    def _not_listening(failure):
        print(failure.getErrorMessage(), flush=True)
        remove_files()
        os._exit(PORT_TAKEN)


endpoints.TCP4ServerEndpoint = LoopbackEndpoint

from localstack.runtime.main import main  # noqa: E402

main()
