#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The web role as browsers and attackers meet it; mail goes on whatever becomes of it."""
import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

from support import (CSP, Browser, Case, Client, Gateway, InternalServer, compose, free_port, main,
                     make_certificate, options, raw, wait_until)

STRICT = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Web(Case):
    def site(self, web=None, **changes):
        """A gateway with pages, and a browser on them."""
        self.server = self.open(InternalServer())
        port = free_port()
        gateway = self.open(Gateway(self.server.port, changes={
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

    def test_every_answer_is_strict(self):
        _, browser = self.site()
        for target in ("/", "/sign-in", "/nothing", "/robots.txt", "/assets/none.js",
                       "/sign-out", "/favicon.ico"):
            answer = browser.get(target)
            self.assert_strict(answer)
            self.assertEqual(answer.headers["cache-control"], "no-store")
            self.assertNotIn("strict-transport-security", answer.headers)
        answer = raw(browser.port, b"nonsense\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b"Content-Security-Policy: default-src 'none'", answer)

    def test_it_has_no_files_and_no_privileges(self):
        gateway, _ = self.site()
        pid = gateway.web_pid()
        held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        files = [path for path in held if path.startswith("/") and not path.startswith("/dev/")]
        own = {str(gateway.data / "web.sock"), str(gateway.log_path)}
        self.assertEqual(set(files) - own, set(), held)
        status = Path(f"/proc/{pid}/status").read_text()
        self.assertIn("Seccomp:\t2", status)
        self.assertIn("NoNewPrivs:\t1", status)

    def test_who_comes_from_outside_is_told_so(self):
        gateway, browser = self.site(web={"allow": ["192.0.2.0/24"]}, contact={"phone": "123-456"})
        for target in ("/", "/sign-in", "/setup", "/assets/x.js"):
            answer = browser.get(target, Accept_Language="ja")
            self.assertEqual(answer.status, 403)
            self.assertIn("ここからは利用できません", answer.text)
            self.assertNotIn("<form", answer.text)
            self.assert_strict(answer)
        self.assertIn("123-456", browser.get("/").text)
        self.assertEqual(browser.get("/api/v1/status").status, 403)
        gateway.configuration["web"]["allow"] = ["127.0.0.0/8"]
        gateway.reload()
        wait_until(lambda: browser.until_ready().status == 200, what="the new allow list")

    def test_a_killed_web_role_comes_back_and_mail_never_notices(self):
        gateway, browser = self.site()
        gate, old = gateway.gate_pid(), gateway.web_pid()
        with Client(gateway.port) as client:
            client.ehlo()
            os.kill(old, signal.SIGKILL)
            self.assertCode(client.transact("a@sender.example", ["b@example.org"],
                                             compose(body="in the midst")), 250)
        wait_until(lambda: gateway.web_pid() not in (None, old), what="another web role")
        self.assertEqual(browser.until_ready().status, 200)
        self.assertEqual(gateway.gate_pid(), gate)

    def test_requests_wait_while_a_web_role_is_replaced(self):
        gateway, browser = self.site()
        old = gateway.web_pid()
        gateway.configuration["contact"] = {"phone": "987-654"}
        gateway.reload()
        seen = wait_until(lambda: "987-654" in browser.get("/sign-in").text, what="the new contact")
        self.assertTrue(seen, "and no connection was refused meanwhile")
        self.assertNotEqual(gateway.web_pid(), old)

    def test_a_taken_default_port_costs_the_pages_alone(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", 8025))
                taken.listen()
            except OSError:
                pass  # another test's gateway has it: as good
            gateway = self.open(Gateway(self.open(InternalServer()).port, changes={"web": None}))
            self.assertIn("no pages", gateway.log())
            self.assert_mail_flows(gateway)
            self.assertIsNone(gateway.web_pid())

    def test_tls_has_strict_transport_and_plain_http_is_led_to_it(self):
        folder = self.open(Folder())
        certificate, key = make_certificate(folder.path, "mx.test.example")
        _, browser = self.site(web={"tls": {"certificate": str(certificate), "key": str(key)}})
        answer = browser.get("/sign-in")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["strict-transport-security"], "max-age=31536000")
        self.assert_strict(answer)
        plain = raw(browser.port, b"GET /log?a=b HTTP/1.1\r\nHost: mx.example:1\r\n\r\n")
        self.assertTrue(plain.startswith(b"HTTP/1.1 308 "), plain)
        self.assertIn(b"\r\nLocation: https://mx.example:1/log?a=b\r\n", plain)
        self.assertTrue(raw(browser.port, b"POST / HTTP/1.1\r\nHost: a\r\n\r\n")
                        .startswith(b"HTTP/1.1 400 "))
        self.assertTrue(raw(browser.port, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n")
                        .startswith(b"HTTP/1.1 400 "))

    def test_what_two_servers_could_read_differently_is_refused(self):
        _, browser = self.site()
        inner = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        length = str(len(inner)).encode()
        for fields in (b"Content-Length: 0\r\nContent-Length: " + length + b"\r\n",
                       b"Content-Length: 0, " + length + b"\r\n",
                       b"Content-Length: +0\r\n",
                       b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                       b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
                       b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                       b"Transfer-Encoding: xchunked\r\n",
                       b"Transfer-Encoding: identity\r\n",
                       b"Transfer-Encoding: chunked, identity\r\n",
                       b"Transfer-Encoding : chunked\r\n",
                       b"Transfer-Encoding:\x0bchunked\r\n",
                       b"Content-Length: -1\r\n"):
            answer = raw(browser.port, b"POST /sign-in HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n"
                         + inner)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), (fields, answer))
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, (fields, answer))

    def test_what_is_too_large_is_refused(self):
        _, browser = self.site()
        head = b"POST /sign-in HTTP/1.1\r\nHost: a\r\n"
        for octets, status in (
                (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
                (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                 b"400"),
                (head + b"Content-Length: 70000\r\n\r\n", b"413"),
                (head + b"Content-Length: 99999999999999999999999\r\n\r\n", b"400"),
                (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"400"),
                (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", b"400"),
                (b"GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"400"),
                (b"BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"501")):
            answer = raw(browser.port, octets)
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), (octets[:60], answer[:200]))

    def test_no_path_leads_out_of_the_assets(self):
        _, browser = self.site()
        for path in ("/../../../etc/passwd", "/assets/../../etc/passwd", "/assets//etc/passwd",
                     "/assets/%2e%2e/%2e%2e/etc/passwd", "/%2e%2e%2fetc/passwd", "/./mail.db",
                     "/assets/..%5c..%5cetc"):
            answer = raw(browser.port, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                       "\r\n".encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 404 "), (path, answer[:100]))
            self.assertNotIn(b"root:", answer)


class Folder:
    def __init__(self):
        import tempfile
        self.kept = tempfile.TemporaryDirectory(prefix="mailweir-web-")
        self.path = Path(self.kept.name)

    def close(self):
        self.kept.cleanup()


if __name__ == "__main__":
    main()
