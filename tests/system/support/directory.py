# SPDX-License-Identifier: Apache-2.0
"""A real slapd with a folder, a port and a few people of its own."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .certificate import make_certificate
from .gateway import free_port

BASE, ADMIN, PASSWORD = "dc=test", "cn=admin,dc=test", "s3cret word"
ELSEWHERE = "dc=elsewhere"  # slapd refers who asks for it to another server


class Directory:
    """`people`: addresses, or pairs of an address and further ones of the same person. Only who
    binds with the password may read. `name` is what the certificate is for;
    not localhost, which libldap takes for the name of the machine. `more`: LDIF."""

    def __init__(self, people, name="127.0.0.1", passwords=False, more=""):
        self.passwords = passwords
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-slapd-"))
        self.port, self.tls_port = free_port(), free_port()
        self.ca, key = make_certificate(self.folder, name)
        self.password_file = self.folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        (self.folder / "db").mkdir()
        (self.folder / "slapd.conf").write_text(f"""
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/misc.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {self.folder}/pid
referral ldap://127.0.0.1:1
TLSCertificateFile {self.ca}
TLSCertificateKeyFile {key}
database mdb
suffix "{BASE}"
directory {self.folder}/db
rootdn "{ADMIN}"
rootpw "{PASSWORD}"
index mail eq
access to * by anonymous auth by * read
""")
        self.process = None
        self.add(people, more)
        self.start()

    @staticmethod
    def password_of(number):
        """What the person binds with where `passwords` asks for it."""
        return f"pass word {number}"

    @staticmethod
    def program():
        return shutil.which("slapd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    @property
    def url(self):
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"ldaps://127.0.0.1:{self.tls_port}"

    def settings(self, **changes):
        """The entry of `ldap:` that asks this directory."""
        return {"name": "staff", "servers": [self.url], "bind_dn": ADMIN, "base": BASE,
                "password_file": str(self.password_file), "connect": "1 s", "timeout": "2 s",
                **changes}

    def add(self, people, more=""):
        entries = [f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: test\n"
                   "dc: test\n"]
        for number, person in enumerate(people):
            first, others = (person, []) if isinstance(person, str) else person
            entries.append(f"dn: uid=u{number},{BASE}\nobjectClass: inetOrgPerson\n"
                           f"uid: u{number}\ncn: u\nsn: u\nmail: {first}\n"
                           + "".join(f"description: {other}\n" for other in others)
                           + (f"userPassword: {self.password_of(number)}\n"
                              if self.passwords else ""))
        self.offline("add", "\n".join([*entries, more]))

    def offline(self, tool, ldif):
        """What slapadd and slapmodify do; while slapd runs, too."""
        subprocess.run([self.program(), "-T", tool, "-f", self.folder / "slapd.conf"],
                       input=ldif.encode(), check=True, capture_output=True)

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program(), "-d", "256", "-f", self.folder / "slapd.conf", "-h",
                 f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def count(self, words):
        """Lines of its log that hold the words."""
        return (self.folder / "log").read_text(errors="replace").count(words)

    def freeze(self):
        """It keeps its ports and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # its threads may run on until then

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.send_signal(signal.SIGCONT)
            self.process.wait()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
