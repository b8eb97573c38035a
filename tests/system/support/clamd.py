# SPDX-License-Identifier: Apache-2.0
"""A real clamd with a folder of its own, whose only signature is that of EICAR's test file."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .gateway import free_port

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """By hash, so that only who decodes finds it. `largest` is StreamMaxLength."""

    def __init__(self, largest="25M"):
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-clamd-"))
        self.port = free_port()
        database = self.folder / "db"
        database.mkdir()
        (database / "local.hdb").write_text("44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n")
        (self.folder / "clamd.conf").write_text(f"""
LocalSocket {self.socket}
TCPSocket {self.port}
TCPAddr 127.0.0.1
DatabaseDirectory {database}
LogFile {self.folder}/log
Foreground yes
StreamMaxLength {largest}
""")
        self.start()

    @staticmethod
    def program():
        return shutil.which("clamd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    @property
    def socket(self):
        return str(self.folder / "socket")

    def start(self, timeout=30):
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(
                [self.program(), "-c", self.folder / "clamd.conf"], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True)
        end = time.monotonic() + timeout
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError((self.folder / "output").read_text())
            time.sleep(0.02)

    def answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(5)
                peer.connect(self.socket)
                peer.sendall(b"zPING\0")
                return peer.recv(5) == b"PONG\0"
        except OSError:
            return False

    def hang(self):
        """It takes connections and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # its threads may run on until then

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.go_on()
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
