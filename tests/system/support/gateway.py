# SPDX-License-Identifier: Apache-2.0
"""The real binary with a configuration of its own in a temporary folder."""
import json
import random
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .client import Client
from .run import options

QUIET_POLICY = {
    "layers": ["lists", "helo", "headers", "upstream", "words", "recipients"],
    "rules": [],
    "points": {"tag": 3.5, "block": 9},
    "block": "reject",
    "tag": {"subject": "[S_P_A_M] "},
    "mode": "enforce",
}


def free_port():
    """A port that nobody listens on, below those that the system gives to clients, so that none of
    them takes it meanwhile; never the same twice, since the gateway shares its ports."""
    while True:
        port = random.randrange(10_000, 32_768)
        with _ports_lock:
            if port in _ports:
                continue
            _ports.add(port)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


_ports, _ports_lock = set(), threading.Lock()


def merge(base, changes):
    """Maps are merged, everything else replaced; None removes a key."""
    result = dict(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


class Gateway:
    """Starts at once unless `start=False`. `changes` are merged over a plain inbound gateway for
    example.org whose next hop is `next_hop` (a port, or several), `policy` over a quiet one."""

    def __init__(self, next_hop=None, changes=None, policy=None, domain=None, listener=None,
                 start=True, folder=None, environment=None):
        self.folder = Path(folder or tempfile.mkdtemp(prefix="mailweir-test-"))
        self.is_own_folder = folder is None
        self.data = self.folder / "data"
        self.port = free_port()
        self.process = None
        self.environment = environment or {}
        ports = next_hop if isinstance(next_hop, (list, tuple)) else [next_hop or free_port()]
        self.configuration = merge({
            "hostname": "mx.test.example",
            "data": str(self.data),
            "listeners": [merge({"name": "mx", "address": f"127.0.0.1:{self.port}",
                                 "role": "inbound"}, listener or {})],
            "domains": [merge({"name": "example.org", "recipients": "any",
                               "next_hop": [f"127.0.0.1:{p}" for p in ports]}, domain or {})],
            "workers": {"loops": 2},
            "limits": {"connections_per_source": 2000},
            "delivery": {"connect": "2 s", "reply": "10 s", "budget": "10 s", "retry": ["1 s"]},
            "contact": {"url": "https://help.example.org/mail"},
            "dns": {"servers": []},
            "web": {"address": "off"},
            "policy": "policy.yaml",
        }, changes or {})
        self.policy = merge(QUIET_POLICY, policy or {})
        self.log_path = self.folder / "log"
        self.write()
        if start:
            self.start()

    @property
    def config_path(self):
        return self.folder / "mailweir.yaml"

    def write(self):
        """The files as the attributes say now. JSON is YAML."""
        self.config_path.write_text(json.dumps(self.configuration, indent=1, ensure_ascii=False))
        (self.folder / "policy.yaml").write_text(json.dumps(self.policy, indent=1,
                                                            ensure_ascii=False))

    def start(self, wait=True, arguments=()):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [options.mailweir, "serve", "--config", str(self.config_path), *arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
            env={**os.environ, **self.environment},
            start_new_session=True)
        log.close()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, timeout=30, port=None):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"mailweir ended: {self.process.returncode}\n{self.log()}")
            try:
                with Client(port or self.port, timeout=5) as client:
                    if client.greeting[0] == 220:
                        return
            except (OSError, EOFError):
                pass
            time.sleep(0.03)
        raise AssertionError(f"mailweir was not ready in {timeout} s:\n{self.log()}")

    def log(self):
        return self.log_path.read_text(errors="replace")[-6000:] if self.log_path.exists() else ""

    def pids(self):
        """The supervisor and all its descendants."""
        found, index = [self.process.pid], 0
        while index < len(found):
            path = f"/proc/{found[index]}/task/{found[index]}/children"
            try:
                found += [int(p) for p in Path(path).read_text().split()]
            except OSError:
                pass
            index += 1
        return found

    def gate_pid(self):
        """The process that serves SMTP: the supervisor's first child that is no other role, or
        itself without one."""
        children = [pid for pid in self.pids()[1:] if parent_of(pid) == self.process.pid
                    and name_of(pid) not in ("mailweir-scan", "mailweir-web")]
        return children[0] if children else self.process.pid

    def scan_pid(self):
        """The scan role's process; None while there is none."""
        named = [pid for pid in self.pids()[1:] if name_of(pid) == "mailweir-scan"]
        return named[0] if named else None

    def web_pid(self):
        """The web role's process; None while there is none."""
        named = [pid for pid in self.pids()[1:] if name_of(pid) == "mailweir-web"]
        return named[0] if named else None

    def worker_pids(self):
        """The sealed processes that analyse messages."""
        return [pid for pid in self.pids()[1:] if name_of(pid) == "mailweir-worker"]

    def kill(self):
        """kill -9 of every process at once, as a power cut would (the kernel's cache survives)."""
        pids = self.pids()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        while any(is_running(pid) for pid in pids):
            time.sleep(0.002)

    def stop(self, timeout=70):
        """SIGTERM; returns the exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"no stop in {timeout} s:\n{self.log()}") from None
        return self.process.returncode if self.process else None

    def reload(self):
        """Writes the files, SIGHUP."""
        self.write()
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if getattr(options, "keep", False):
            print(f"kept {self.folder}\n{self.log()}", file=sys.stderr)
        elif self.is_own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def client(self, **settings):
        client = Client(self.port, **settings)
        if settings.get("greet", True) and client.greeting[0] == 220:
            client.ehlo()
        return client

    def send(self, message, sender="ann@sender.example", recipients=("bob@example.org",),
             **settings):
        """One message on a connection of its own; the deciding reply."""
        client = self.client(**settings)
        try:
            return client.transact(sender, recipients, message)
        finally:
            client.close()

    def run(self, *arguments, input=None, timeout=60):
        """One command of the command line against this daemon; the finished process."""
        return subprocess.run([options.mailweir, *map(str, arguments), "--data", str(self.data)],
                              capture_output=True, text=True, input=input, timeout=timeout,
                              env={**os.environ, "NO_COLOR": "1"}, cwd=self.folder)

    def json(self, *arguments):
        """The command's --json document; fails when it does not exit 0."""
        done = self.run(*arguments, "--json")
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)

    def history(self, *arguments):
        """History rows, newest first."""
        return rows_of(self.json("history", "search", *arguments))

    def queue(self):
        return rows_of(self.json("queue", "list"))

    def quarantine(self):
        return rows_of(self.json("quarantine", "list"))


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def parent_of(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def is_running(pid):
    """Not ended, or ended but not yet reaped by whoever inherits it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def rows_of(document):
    """The list in a listing's document: itself, or its only list-valued member."""
    if isinstance(document, list):
        return document
    lists = [v for v in document.values() if isinstance(v, list)]
    return lists[0] if lists else []
