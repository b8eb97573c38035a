#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The web role as browsers and attackers meet it; mail goes on whatever becomes of it."""
import gzip
import json
import os
import re
import resource
import signal
import socket
import ssl
import time
from pathlib import Path

from support import Client, Gateway, InternalServer, compose, hidden, main, raw, wait_until
from support import make_certificate, options
from support.web import Folder, WebCase


class Web(WebCase):
    def test_people_sign_in_by_form_and_out_again(self):
        for tls in (False, True):
            folder = self.open(Folder())
            pair = [str(path) for path in make_certificate(folder.path, "mx.test.example")]
            gateway, browser = self.site(
                web={"tls": dict(zip(("certificate", "key"), pair))} if tls else {})
            who = self.with_account(gateway)
            answer = browser.get("/quarantine?text=a")
            self.assertEqual(answer.status, 303)
            form = browser.get(answer.headers["location"])
            self.assertEqual(hidden(form.text, "next"), "/quarantine?text=a")
            wrong = browser.post("/sign-in", {**who, "password": "wrong"})
            self.assertEqual((wrong.status, wrong.cookies), (401, []))
            self.assertIn("do not fit together", wrong.text)
            right = browser.post("/sign-in", {**who, "next": "/quarantine?text=a"})
            self.assertEqual(right.status, 303, right)
            self.assertEqual(right.headers["location"], "/quarantine?text=a")
            self.assert_strict(right)
            name, _, flags = right.cookies[0].partition("=")
            self.assertEqual(name, "__Host-mailweir" if tls else "mailweir")
            self.assertIn("; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if tls else ""), flags)
            self.assertNotIn("Domain", flags)
            shell = browser.get("/quarantine?text=a", Accept_Encoding="gzip")
            self.assertEqual(shell.status, 200)
            session = json.loads(browser.get("/api/v1/session").text)
            self.assertEqual(session["account"]["name"], who["name"])
            # What changes something wants the token of a page, too.
            old = dict(browser.cookies)
            put = {"Content_Type": "application/json"}
            self.assertEqual(browser.ask("PUT", "/api/v1/preferences", "{}", **put).status, 403)
            self.assertEqual(browser.ask("DELETE", "/api/v1/session").status, 403)
            out = browser.post("/sign-out", {})
            self.assertEqual(out.headers["location"], "/sign-in?signed-out=1")
            self.assertEqual(browser.cookies, {})
            browser.cookies = old
            self.assertEqual(browser.get("/api/v1/session").status, 401, "the session is over")

    def test_a_foreign_page_cannot_use_the_session(self):
        gateway, browser = self.site()
        who = self.with_account(gateway)
        browser.post("/sign-in", who)
        csrf = json.loads(browser.get("/api/v1/session").text)["csrf"]
        fields = {"Content_Type": "application/json", "X_CSRF_Token": csrf}
        for foreign in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"},
                        {"Origin": "null"}, {"Sec_Fetch_Site": "same-site"}):
            answer = browser.ask("DELETE", "/api/v1/session", **fields, **foreign)
            self.assertEqual(answer.status, 403, answer)
            self.assertEqual(browser.post("/sign-in", who, **foreign).status, 403)
            self.assertEqual(browser.post("/sign-out", {}, **foreign).status, 403)
        self.assertEqual(browser.get("/api/v1/session").status, 200, "and the session goes on")
        self.assertEqual(browser.ask("DELETE", "/api/v1/session", **fields,
                                     Origin=f"http://127.0.0.1:{browser.port}").status, 204)

    def test_a_changed_certificate_is_served_without_a_word_said(self):
        folder = self.open(Folder())
        first = make_certificate(folder.path, "mx.test.example")
        gateway, browser = self.site(
            web={"tls": dict(zip(("certificate", "key"), [str(path) for path in first]))})
        address = ("127.0.0.1", browser.port)
        before = ssl.get_server_certificate(address)
        make_certificate(folder.path, "mx.test.example")
        wait_until(lambda: ssl.get_server_certificate(address) != before, timeout=25,
                   what="the new certificate")
        self.assertEqual(browser.get("/sign-in").status, 200)

    def test_the_assets_are_compressed_hashed_and_known_again(self):
        gateway, browser = self.site()
        browser.post("/sign-in", self.with_account(gateway))
        shell = browser.get("/").text
        paths = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', shell))
        self.assertTrue(any(path.endswith(".css") for path in paths), shell)
        self.assertNotIn("<style", shell)
        self.assertNotRegex(shell, r"<script(?![^>]* src=)", "no script of its own")
        first_page = len(browser.get("/", Accept_Encoding="gzip").body)
        for path in paths:
            plain = browser.get(path)
            packed = browser.get(path, Accept_Encoding="br, gzip;q=0.5")
            first_page += len(packed.body)
            self.assertEqual(plain.status, 200)
            self.assertIn("immutable", plain.headers["cache-control"])
            if "content-encoding" in packed.headers:
                self.assertEqual(gzip.decompress(packed.body), plain.body)
            known = browser.get(path, If_None_Match=plain.headers["etag"])
            self.assertEqual((known.status, known.body), (304, b""))
            head = browser.ask("HEAD", path)
            self.assertEqual(head.headers["content-length"], str(len(plain.body)))
            self.assertEqual(browser.get(path, Accept_Encoding="gzip;q=0").body, plain.body)
        print(f"\nfirst page: {first_page} octets transferred", end=" ")
        self.assertLess(first_page, 60_000)

    def test_a_gate_that_starts_anew_is_waited_for(self):
        gateway, browser = self.site()
        browser.post("/sign-in", self.with_account(gateway))
        os.kill(gateway.gate_pid(), signal.SIGKILL)
        answer = browser.get("/api/v1/session")
        if answer.status == 502:  # it was asked in the very moment
            answer = browser.get("/api/v1/session")
        self.assertEqual(answer.status, 200, answer)

    def test_a_gate_that_hangs_is_said_to(self):
        gateway, browser = self.site()
        who = self.with_account(gateway)
        gate = gateway.gate_pid()
        os.kill(gate, signal.SIGSTOP)
        began = time.monotonic()
        try:
            answer = browser.get("/api/v1/session")
            self.assertEqual(answer.status, 502)
            self.assertEqual(answer.headers["content-type"], "application/problem+json")
            self.assert_strict(answer)
            page = browser.get("/setup?token=u_none")
            self.assertEqual((page.status, page.headers["refresh"]), (502, "5"))
            self.assertIn("does not answer", page.text)
            self.assertIn("tries again by itself", page.text)
            done = browser.post("/sign-in", who)
            self.assertEqual(done.status, 504, "it may still have been done")
            self.assertNotIn("refresh", done.headers)
            self.assertEqual(browser.get("/sign-in").status, 200, "the form stands by itself")
            self.assertLess(time.monotonic() - began, 3 * 7, "a few seconds each")
        finally:
            os.kill(gate, signal.SIGCONT)
        self.assertEqual(browser.post("/sign-in", who).status, 303)

    def test_slow_and_many_connections_leave_room(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        gateway, browser = self.site()
        # One address has a share only; proxies have not.
        idle = [socket.create_connection(("127.0.0.1", browser.port)) for _ in range(600)]
        answer = raw(browser.port, b"GET /sign-in HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer[:80])
        for connection in idle:
            connection.close()
        gateway.configuration["web"]["proxies"] = ["127.0.0.0/8"]
        gateway.reload()
        time.sleep(0.5)
        wanted = min(10_200, hard - 200)
        crowd = []
        try:
            for number in range(wanted):
                connection = socket.create_connection(("127.0.0.1", browser.port))
                if number % 2:
                    connection.sendall(b"GET /sign-in HTTP/1.1\r\nHost: a\r\nX-Slow: ")
                crowd.append(connection)
            wait_until(lambda: browser.get("/sign-in").status == 200, what="room for one more")
            self.assert_mail_flows(gateway)
        finally:
            for connection in crowd:
                connection.close()
        memory = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{gateway.web_pid()}/status").read_text())
        print(f"\n{wanted} connections: {int(memory[1]) // 1024} MiB at most", end=" ")

    def test_each_role_has_a_user_of_its_own_where_root_starts_them(self):
        if os.geteuid() != 0:
            self.skipTest("wants root")
        folder = self.open(Folder())
        users = folder.path / "passwd"
        users.write_text(Path("/etc/passwd").read_text()
                         + "mailweir:x:61234:61234::/:/bin/false\n"
                         + "mailweir-web:x:61235:61235::/:/bin/false\n")
        started = folder.path / "mailweir"
        started.write_text(f"""#!/bin/sh
exec unshare -m sh -c 'mount --bind {users} /etc/passwd && exec "$0" "$@"' {options.mailweir} "$@"
""")
        started.chmod(0o755)
        folder.path.chmod(0o755)
        certificate, key = make_certificate(folder.path, "mx.test.example")
        key.chmod(0o600)  # root's alone: the pages' key is read before root is given up
        site = folder.path / "site"
        site.mkdir(mode=0o755)
        mailweir, options.mailweir = options.mailweir, str(started)
        try:
            gateway, browser = self.site(folder=site, web={
                "tls": {"certificate": str(certificate), "key": str(key)}})
        finally:
            options.mailweir = mailweir
        owner = {pid: os.stat(f"/proc/{pid}").st_uid for pid in gateway.pids()}
        ids = Path(f"/proc/{gateway.web_pid()}/status").read_text()
        self.assertRegex(ids, r"Uid:\t61235\t61235\t61235\t61235")
        self.assertRegex(ids, r"Groups:\t61235 ")
        self.assertIn(61234, owner.values())
        who = self.with_account(gateway)
        self.assertEqual(browser.post("/sign-in", who).status, 303, "web.sock is reached")
        os.kill(gateway.web_pid(), signal.SIGKILL)
        wait_until(lambda: gateway.web_pid(), what="another web role")
        browser.until_ready()
        self.assertEqual(browser.get("/api/v1/session").status, 200)

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


if __name__ == "__main__":
    main()
