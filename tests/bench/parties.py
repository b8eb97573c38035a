# SPDX-License-Identifier: Apache-2.0
"""The systems that the benchmarks compare, started in private folders on loopback ports, and how
the CPU time of all their processes is read."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TICK = 1 / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, alive, timeout=30):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if not alive():
            raise RuntimeError("ended before it listened")
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as probe:
                probe.settimeout(2)
                if probe.recv(4).startswith(b"220"):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"no greeting on port {port} in {timeout} s")


def tree(pid):
    """The process and all its living descendants."""
    found, index = [pid], 0
    while index < len(found):
        try:
            for task in Path(f"/proc/{found[index]}/task").iterdir():
                found += [int(p) for p in (task / "children").read_text().split()]
        except OSError:
            pass
        index += 1
    return found


def cpu_seconds(pid):
    """CPU time of a process tree, those of its children that have ended included.

    A living process is read by its CPU clock (nanoseconds, all its threads, also ended ones); what
    a process has waited for stands in its cutime and cstime. All processes of Postfix, Mailweir and
    haproxy are children of one that waits for them, so nothing is missed or counted twice."""
    total = 0.0
    for process in tree(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += time.clock_gettime(~process << 3 | 2)
            total += (int(fields[13]) + int(fields[14])) * TICK
        except OSError:
            pass
    return total


def memory_bytes(pid):
    """Private memory of the tree: what would be free if all of it ended."""
    total = 0
    for process in tree(pid):
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith(("Private_", "Swap:")):
                    total += int(line.split()[1]) * 1024
        except OSError:
            pass
    return total


def memory_of_roles(pid):
    """The same for each role by its name; those that share one together."""
    roles = {}
    for process in tree(pid):
        try:
            name = Path(f"/proc/{process}/comm").read_text().strip()
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        roles[name] = roles.get(name, 0) + sum(
            int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_", "Swap:")))
    return roles


class Party:
    """One system under test in a folder of its own."""
    name = "?"

    def __init__(self, folder):
        self.folder = Path(tempfile.mkdtemp(prefix=self.name + "-", dir=folder))
        self.port = free_port()
        self.process = None

    def launch(self, *command):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder, start_new_session=True)
        try:
            wait_for_port(self.port, lambda: self.process.poll() is None)
        except RuntimeError as error:
            text = (self.folder / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.name}: {error}\n{text}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def pid(self):
        return self.process.pid

    def cpu(self):
        return cpu_seconds(self.pid)

    def is_drained(self):
        return True

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sink(Party):
    """Postfix's smtp-sink: takes everything, keeps nothing."""
    name = "sink"

    def __init__(self, folder):
        super().__init__(folder)
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self.launch("/usr/sbin/smtp-sink", *user, f"127.0.0.1:{self.port}", "1024")


class OwnSink(Party):
    """`mailweir sink`: it offers CHUNKING, as most mail servers of today do."""
    name = "sink"

    def __init__(self, folder, binary):
        super().__init__(folder)
        self.launch(str(binary), "sink", "--listen", f"127.0.0.1:{self.port}")


class Haproxy(Party):
    """haproxy in TCP mode: the floor for a relay that understands nothing."""
    name = "haproxy"

    def __init__(self, folder, sink_port):
        super().__init__(folder)
        (self.folder / "haproxy.cfg").write_text(
            "global\n  maxconn 2000\n  nbthread 2\ndefaults\n  mode tcp\n  timeout connect 10s\n"
            "  timeout client 600s\n  timeout server 600s\n"
            f"listen mail\n  bind 127.0.0.1:{self.port}\n  server sink 127.0.0.1:{sink_port}\n")
        self.launch("/usr/sbin/haproxy", "-db", "-f", str(self.folder / "haproxy.cfg"))


class Postfix(Party):
    """Debian's Postfix as a plain relay: its own configuration, queue and data folders; no log."""
    name = "postfix"

    def __init__(self, folder, sink_port, sessions=100):
        super().__init__(folder)
        if os.getuid() != 0:
            raise RuntimeError("Postfix starts only as root")
        self.folder.chmod(0o755)
        self.queue = self.folder / "queue"
        (self.folder / "data").mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.queue.mkdir()
        settings = {
            "compatibility_level": "3.6", "queue_directory": self.queue,
            "data_directory": self.folder / "data", "myhostname": "postfix.test.example",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mydestination": "",
            "mynetworks": "127.0.0.0/8", "relayhost": f"[127.0.0.1]:{sink_port}",
            "smtp_dns_support_level": "disabled", "smtpd_peername_lookup": "no",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtpd_client_connection_count_limit": 0, "smtpd_client_connection_rate_limit": 0,
            "default_process_limit": max(100, sessions + 20), "message_size_limit": 0,
            "smtp_tls_security_level": "none", "alias_maps": "", "local_recipient_maps": "",
            "minimal_backoff_time": "4s", "queue_run_delay": "4s", "smtp_connect_timeout": "2s",
        }
        (self.folder / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
        services = [
            (f"127.0.0.1:{self.port}", "inet", "-", "smtpd"), ("pickup", "unix", "60", "pickup"),
            ("cleanup", "unix", "-", "cleanup"), ("qmgr", "unix", "300", "qmgr"),
            ("rewrite", "unix", "-", "trivial-rewrite"), ("bounce", "unix", "-", "bounce"),
            ("defer", "unix", "-", "bounce"), ("trace", "unix", "-", "bounce"),
            ("verify", "unix", "-", "verify"), ("flush", "unix", "1000?", "flush"),
            ("proxymap", "unix", "-", "proxymap"), ("smtp", "unix", "-", "smtp"),
            ("relay", "unix", "-", "smtp"), ("error", "unix", "-", "error"),
            ("retry", "unix", "-", "error"), ("anvil", "unix", "-", "anvil"),
            ("scache", "unix", "-", "scache"),
        ]
        one = {"pickup", "qmgr", "anvil", "scache", "verify"}
        unlimited = {"cleanup", "bounce", "defer", "trace", "flush"}
        public = {"pickup", "cleanup", "qmgr", "flush"}
        (self.folder / "master.cf").write_text("".join(
            f"{name} {kind} {'n' if kind == 'inet' or name in public else '-'} - n {wake} "
            f"{1 if name in one else 0 if name in unlimited else '-'} {command}\n"
            for name, kind, wake, command in services))
        with open(self.folder / "log", "ab") as log:
            subprocess.run(["/usr/sbin/postfix", "-c", str(self.folder), "start"], check=True,
                           stdout=log, stderr=log)
        wait_for_port(self.port, lambda: True)

    @property
    def pid(self):
        return int((self.queue / "pid" / "master.pid").read_text())

    def is_drained(self):
        return not any(files for part in ("maildrop", "incoming", "active", "deferred")
                       for _, _, files in os.walk(self.queue / part))

    def close(self):
        subprocess.run(["/usr/sbin/postfix", "-c", str(self.folder), "stop"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Mailweir(Party):
    """Mailweir with all layers and history on; `tls` is a pair of certificate and key files."""
    name = "mailweir"

    def __init__(self, folder, sink_port, binary, tls=None,
                 layers="lists, helo, headers, upstream, words, recipients"):
        super().__init__(folder)
        block = self.folder / "block.txt"
        block.write_text("".join(f"198.{18 + i // 65536}.{i // 256 % 256}.{i % 256}\n"
                                 for i in range(100_000)))
        # What asks the DNS is left out: no other system here asks it.
        policy = self.folder / "policy.yaml"
        policy.write_text(re.sub(
            r"^layers: .*$", f"layers: [{layers}]",
            (ROOT / "etc/policies/default.yaml").read_text(), flags=re.MULTILINE))
        plenty = "100000000 per 30 min"
        configuration = {
            "hostname": "mailweir.test.example", "data": str(self.folder / "data"),
            "listeners": [{"name": "mx", "address": f"127.0.0.1:{self.port}", "role": "inbound"}],
            "domains": [{"name": "example.org", "recipients": "any",
                         "next_hop": [f"127.0.0.1:{sink_port}"]}],
            "policy": str(policy), "limits": {"connections_per_source": 20000},
            "blocklist": {"files": [str(block)]},
            "rate": {"exempt": [], "mode": "enforce", "sessions": plenty, "messages": plenty,
                     "sender": plenty, "recipient": plenty},
            "layers": {"words": {"rules": [
                {"name": f"word {i}", "where": "subject", "text": f"unwanted {i}", "then": "tag"}
                for i in range(20)]}},
        }
        if tls:
            configuration["listeners"][0]["tls"] = {"certificate": tls[0], "key": tls[1]}
        path = self.folder / "mailweir.yaml"
        path.write_text(json.dumps(configuration, indent=1))
        self.binary = binary
        self.launch(str(binary), "serve", "--config", str(path))

    def stalls(self):
        """Loop turns over 20 ms since the start, and the longest turn in milliseconds."""
        done = subprocess.run([str(self.binary), "status", "--json", "--data",
                               str(self.folder / "data")], capture_output=True, check=True)
        loops = json.loads(done.stdout)["loops"]
        return loops["stalls"], loops["longest_ms"]
