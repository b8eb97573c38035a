# SPDX-License-Identifier: Apache-2.0
"""What the tests of the pages share."""
import subprocess
import tempfile
from pathlib import Path

from .browser import CSP, Browser
from .client import Client
from .gateway import Gateway, free_port
from .messages import compose
from .run import Case, options
from .server import InternalServer

STRICT = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Folder:
    def __init__(self):
        self.kept = tempfile.TemporaryDirectory(prefix="mailweir-web-")
        self.path = Path(self.kept.name)

    def close(self):
        self.kept.cleanup()


class WebCase(Case):
    """Gateways with pages, browsers on them, and people."""
    def site(self, web=None, folder=None, **changes):
        """A gateway with pages, and a browser on them."""
        self.server = self.open(InternalServer())
        port = free_port()
        gateway = self.open(Gateway(self.server.port, folder=folder, changes={
            "web": {"address": f"127.0.0.1:{port}", **(web or {})}, **changes}))
        browser = Browser(port, tls="tls" in (web or {}))
        browser.until_ready()
        return gateway, browser

    def assert_mail_flows(self, gateway):
        with Client(gateway.port) as client:
            client.ehlo()
            self.assertCode(client.transact("a@sender.example", ["b@example.org"],
                                             compose(body="still here")), 250)

    def assert_strict(self, answer):
        for name, value in STRICT.items():
            self.assertEqual(answer.headers.get(name), value, (name, answer))
        self.assertIn("permissions-policy", answer.headers)

    def mailweir(self, gateway, *arguments, stdin=""):
        done = subprocess.run([options.mailweir, *arguments, "--config", str(gateway.config_path)],
                              input=stdin, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def with_account(self, gateway, name="anna@example.org", password="correct horse battery",
                     role="user"):
        self.mailweir(gateway, "user", "add", name, "--role", role, "--password-file", "-",
                      stdin=password + "\n")
        return {"name": name, "password": password}
