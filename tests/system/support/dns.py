# SPDX-License-Identifier: Apache-2.0
"""Name servers of a test: a real unbound with a zone of its own, and one that means harm."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .gateway import free_port

A, NS, PTR, MX, TXT, AAAA = 1, 2, 12, 15, 16, 28


class Unbound:
    """`records`: lines of local-data, such as "a.test. 60 IN A 192.0.2.1". Everything else does
    not exist."""

    def __init__(self, records):
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-unbound-"))
        self.port = free_port()
        data = "\n".join(f"  local-data: '{record}'" for record in records)
        (self.folder / "unbound.conf").write_text(f"""
server:
  interface: 127.0.0.1
  port: {self.port}
  directory: "{self.folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-daemonize: no
  do-ip6: no
  num-threads: 1
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  local-zone: "." static
{data}
remote-control:
  control-enable: no
""")
        self.process = None
        self.start()

    @staticmethod
    def program():
        return shutil.which("unbound", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program(), "-d", "-c", self.folder / "unbound.conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 15
        while not self.answers():
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text())

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            asking.connect(("127.0.0.1", self.port))
            try:
                asking.send(struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\0\0\2\0\1")
                return bool(asking.recv(512))
            except OSError:
                time.sleep(0.02)
                return False

    def replace(self, old, new):
        """In the records, from the next start on."""
        path = self.folder / "unbound.conf"
        path.write_text(path.read_text().replace(old, new))

    def silence(self):
        """It keeps its port and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # its threads may run on until then

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.resume()
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class HostileZone:
    """Answers everything so that an honest evaluator would go on asking: SPF that includes and
    redirects for ever, as many names and exchangers as fit, aliases, policies that point on."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked, self.fresh = [], 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.socket.close()

    def serve(self):
        while True:
            try:
                message, peer = self.socket.recvfrom(4096)
                self.socket.sendto(self.answer(message), peer)
            except OSError:
                return

    def answer(self, message):
        end, labels = 12, []
        while message[end]:
            labels.append(message[end + 1:end + 1 + message[end]].decode("latin-1"))
            end += 1 + message[end]
        kind = struct.unpack(">H", message[end + 1:end + 3])[0]
        if not labels:  # a look whether we live
            return message[:2] + struct.pack(">HHHHH", 0x8180, 1, 0, 0, 0) + message[12:end + 5]
        self.asked.append((".".join(labels), kind))
        records = self.records(".".join(labels).lower(), kind)
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data
                        for data in records)
        return (message[:2] + struct.pack(">HHHHH", 0x8180, 1, len(records), 0, 0)
                + message[12:end + 5] + body)

    def name(self):
        self.fresh += 1
        return f"n{self.fresh}.evil.example"

    def records(self, name, kind):
        if kind == TXT:
            if "_dmarc" in name:
                return [text(f"v=DMARC1; p=reject; rua=mailto:x@{self.name()}")]
            if "_domainkey" in name:
                return []
            return [text("v=spf1 " + " ".join(f"include:{self.name()} mx:{self.name()} "
                                              f"exists:%{{i}}.{self.name()}" for _ in range(4))
                         + f" redirect={self.name()}")]
        if kind in (PTR, NS):
            return [wire(self.name()) for _ in range(20)]
        if kind == MX:
            return [struct.pack(">H", i) + wire(self.name()) for i in range(10)]
        return []


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def text(value):
    data = value.encode()
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255]
                    for i in range(0, len(data), 255))
