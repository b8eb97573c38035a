# SPDX-License-Identifier: Apache-2.0
"""A real Postfix as the internal server: mailboxes, aliases and `.forward` files of its own."""
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .gateway import free_port

# Accounts that every Debian has.
USERS = ("games", "news", "mail", "man", "lp", "irc", "list", "backup", "proxy", "uucp")


class Postfix:
    """Takes mail for `domains`; all that leaves goes to `127.0.0.1:relay`. `aliases` maps names to
    what aliases(5) may name, `forwards` users to lines of their `.forward`. A name with its domain
    stands for all domains; `roster` is the same as virtual(5) has it, with the domain."""

    def __init__(self, relay, domains=("example.org",), aliases=None, forwards=None):
        domain = domains[0]
        self.port, self.folder = free_port(), Path(tempfile.mkdtemp(prefix="mailweir-postfix-"))
        self.folder.chmod(0o755)
        self.queue, self.spool = self.folder / "queue", self.folder / "spool"
        for name in ("queue", "data", "spool", "forward"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.spool.chmod(0o1777)
        for user, lines in (forwards or {}).items():
            path = self.folder / "forward" / user
            path.write_text("\n".join(lines) + "\n")
            shutil.chown(path, user)
        self.roster = self.folder / "roster"
        aliases = aliases or {}
        self.roster.write_text("".join(f"{name} {to}\n" for name, to in aliases.items()))
        (self.folder / "aliases").write_text(
            "".join(f"{name.partition('@')[0]} {to}\n" for name, to in aliases.items()))
        settings = {
            "compatibility_level": "3.6", "queue_directory": self.queue,
            "data_directory": self.folder / "data", "myhostname": f"inside.{domain}",
            "mydestination": ", ".join(domains), "mydomain": domain, "myorigin": domain,
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8", "relayhost": f"[127.0.0.1]:{relay}",
            "smtp_dns_support_level": "disabled", "smtpd_peername_lookup": "no",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtp_tls_security_level": "none", "local_recipient_maps": "",
            "alias_maps": f"texthash:{self.folder}/aliases",
            "forward_path": f"{self.folder}/forward/$user",
            "mail_spool_directory": f"{self.spool}/", "mailbox_size_limit": 0,
            "maximal_queue_lifetime": "1m", "bounce_queue_lifetime": "1m",
            "minimal_backoff_time": "2s", "maximal_backoff_time": "4s", "queue_run_delay": "2s",
            "maillog_file": f"{self.folder}/log", "maillog_file_prefixes": "/tmp",
            "notify_classes": "",
        }
        (self.folder / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
        public, unlimited = {"pickup", "cleanup", "qmgr", "flush"}, {"cleanup", "bounce", "defer",
                                                                     "trace", "flush"}
        services = [
            (f"127.0.0.1:{self.port}", "inet", "-", "smtpd"), ("pickup", "unix", "60", "pickup"),
            ("cleanup", "unix", "-", "cleanup"), ("qmgr", "unix", "2", "qmgr"),
            ("rewrite", "unix", "-", "trivial-rewrite"), ("bounce", "unix", "-", "bounce"),
            ("defer", "unix", "-", "bounce"), ("trace", "unix", "-", "bounce"),
            ("flush", "unix", "1000?", "flush"), ("proxymap", "unix", "-", "proxymap"),
            ("smtp", "unix", "-", "smtp"), ("relay", "unix", "-", "smtp"),
            ("error", "unix", "-", "error"), ("retry", "unix", "-", "error"),
            ("local", "unix", "-", "local"), ("anvil", "unix", "-", "anvil"),
            ("scache", "unix", "-", "scache"), ("postlog", "unix-dgram", "-", "postlogd"),
        ]
        one = {"pickup", "qmgr", "anvil", "scache", "postlog"}
        (self.folder / "master.cf").write_text("".join(
            f"{name} {kind} {'n' if kind != 'unix' or name in public else '-'} "
            f"{'n' if name == 'local' else '-'} n {wake} "
            f"{1 if name in one else 0 if name in unlimited else '-'} {command}\n"
            for name, kind, wake, command in services))
        started = subprocess.run([self.program(), "-c", str(self.folder), "start"], check=False,
                                 capture_output=True, text=True)
        if started.returncode != 0:
            raise AssertionError(started.stderr + self.log())
        self._wait()

    @staticmethod
    def program():
        """Its path, or None: it is not there, or nobody may start it."""
        path = shutil.which("postfix", path="/usr/sbin:/usr/bin")
        users = {entry.pw_name for entry in pwd.getpwall()}
        return path if path and os.getuid() == 0 and users.issuperset(USERS) else None

    def _wait(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("Postfix does not listen:\n" + self.log())

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def mailbox(self, user):
        """The messages in a user's mailbox."""
        new = self.spool / user / "new"
        return [path.read_bytes() for path in sorted(new.iterdir())] if new.exists() else []

    def is_drained(self):
        return not any(files for part in ("maildrop", "incoming", "active", "deferred")
                       for _, _, files in os.walk(self.queue / part))

    def close(self):
        subprocess.run([self.program(), "-c", str(self.folder), "stop"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
