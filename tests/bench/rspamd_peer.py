# SPDX-License-Identifier: Apache-2.0
"""Debian's rspamd in a private folder on loopback, with nothing but SPF, DKIM and DMARC."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

MODULES = ("spf", "dkim", "dmarc")
EXPECTED = {"R_SPF_ALLOW", "R_DKIM_ALLOW", "DMARC_POLICY_ALLOW"}


class Rspamd:
    """One worker. `modules` is () for what it costs without them."""

    def __init__(self, folder, dns_port, modules=MODULES):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self.folder / "suffixes").write_text("org\njp\n")  # all of them take a minute to load
        (self.folder / "rspamd.conf").write_text(self.configuration(dns_port, modules))
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["rspamd", "-i", "-f", "-c", self.folder / "rspamd.conf", *self.options()],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        self.wait_ready()

    @staticmethod
    def is_installed():
        return shutil.which("rspamd") is not None

    def options(self):
        return []

    def configuration(self, dns_port, modules):
        filters = ",".join(m for m in modules if m == "dkim")
        sections = "".join(f'{module} {{ enabled = true; }}\n' for module in modules)
        # It wants one path at least.
        (self.folder / "nothing.lua").write_text("")
        paths = [self.folder / "nothing.lua"] + [
            f"/usr/share/rspamd/plugins/{module}.lua" for module in modules if module != "dkim"]
        lua = "".join(f'  path = "{path}";\n' for path in paths)
        return f"""
options {{
  pidfile = "{self.folder}/rspamd.pid";
  filters = "{filters}";
  url_tld = "{self.folder}/suffixes";
  cache_file = "{self.folder}/symbols.cache";
  hs_cache_dir = "{self.folder}";
  rrd = "";
  history_file = "{self.folder}/history";
  local_addrs = [];
  dns {{ nameserver = ["127.0.0.1:{dns_port}"]; timeout = 2s; }}
}}
logging {{ type = "file"; filename = "{self.folder}/log"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{self.port}"; count = 1; keepalive = true; }}
lua = "/usr/share/rspamd/rules/rspamd.lua";
modules {{
{lua}}}
{sections}
"""

    def wait_ready(self):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"rspamd did not start: {self.process.poll()} "
                           + (self.folder / "output").read_text()
                           + (self.folder / "log").read_text()[-2000:])

    def workers(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in Path(path).read_text().split()] + [self.process.pid]

    def cpu(self):
        """Seconds of processor time of all its processes."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.workers())

    def check(self, message, count):
        """Symbols of the last of `count` checks, one after the other on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"IP": "192.0.2.7", "Helo": "mx.example.org", "From": "ann@example.org",
                   "Rcpt": "bob@example.jp", "Pass": "all"}
        for _ in range(count):
            connection.request("POST", "/checkv2", body=message, headers=headers)
            answer = connection.getresponse().read()
        return set(json.loads(answer)["symbols"])

    def microseconds(self, message, count=2000):
        """Processor time of one check with warm caches."""
        self.check(message, 200)
        before = self.cpu()
        self.check(message, count)
        return (self.cpu() - before) / count * 1e6

    def close(self):
        os.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
