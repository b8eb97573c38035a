#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Alerts: when something is bad administrators hear of it once, by mail and by a signed POST, and
once when it is well again; a receiver that is dead costs nobody anything."""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import shutil
import ssl
import tempfile
import threading
import time
from pathlib import Path

from support import Case, Gateway, InternalServer, compose, free_port, main, wait_until
from support.certificate import make_certificate

SECRET = "a secret of the two"


class Receiver:
    """What an administrator's program gets: (headers, body) of each POST."""

    def __init__(self, folder, port=0):
        self.folder = Path(folder)
        self.certificate, key = make_certificate(self.folder, "127.0.0.1")
        self.posts, self.status = [], 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                fields = {name.lower(): value for name, value in self.headers.items()}
                receiver.posts.append((fields, body))
                self.send_response(receiver.status)
                if receiver.status == 302:
                    self.send_header("Location", "https://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.port = port or free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Alerts(Case):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-alerts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "secret").write_text(SECRET + "\n")
        self.recipients = self.folder / "recipients"
        self.recipients.write_text("bob@example.org\n")
        self.server = self.open(InternalServer())

    def gateway(self, port, certificate, **alerts):
        return self.open(Gateway(self.server.port, domain={
            "recipients": {"file": str(self.recipients)}}, changes={"alerts": {
                "mail": ["ops@example.org"],
                "hook": {"url": f"https://127.0.0.1:{port}/alerts?site=1",
                         "secret_file": str(self.folder / "secret"), "ca": str(certificate)},
                "after": "1 s", "well_after": "1 s", **alerts}}))

    def mails(self):
        """Those to the administrator: (subject, text)."""
        found = []
        for accepted in list(self.server.accepted):
            if accepted.recipients and "ops@example.org" in accepted.recipients[0]:
                mail = email.message_from_bytes(accepted.data, policy=email.policy.default)
                part = mail.get_body(("plain",))
                found.append((mail["Subject"], part.get_content(), mail, accepted))
        return found

    def check_signature(self, headers, body):
        signature = dict(part.split("=", 1) for part in headers["mailweir-signature"].split(","))
        wanted = hmac.new(SECRET.encode(), signature["t"].encode() + b"." + body, hashlib.sha256)
        self.assertEqual(signature["v1"], wanted.hexdigest())
        self.assertLess(abs(time.time() - int(signature["t"])), 120)

    def test_bad_and_well_again_are_told_once_each(self):
        receiver = self.open(Receiver(self.folder))
        gateway = self.gateway(receiver.port, receiver.certificate)
        self.assertEqual(gateway.run("health").returncode, 0)
        self.recipients.rename(self.folder / "away")
        wait_until(lambda: self.mails() and receiver.posts, 40, "the alert")
        subject, text, mail, accepted = self.mails()[0]
        self.assertIn("BAD: the file of recipients of example.org cannot be read", subject)
        self.assertIn("Put the file in its place", text)
        self.assertEqual(accepted.sender, "")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        headers, body = receiver.posts[0]
        self.check_signature(headers, body)
        [change] = json.loads(body)["changes"]
        self.assertEqual((change["state"], change["name"], change["object"]),
                         ("bad", "recipients.unreadable", "example.org"))
        self.assertEqual(change["severity"], "critical")
        self.assertIn("宛先ファイル", change["sentence"]["ja"])
        self.assertEqual(headers["mailweir-delivery"], json.loads(body)["id"])
        health = json.loads(gateway.run("health", "--json").stdout)
        self.assertEqual(health["conditions"][0]["name"], "recipients.unreadable")
        self.assertIsNotNone(health["conditions"][0]["since"])
        self.assertIn("do this", gateway.run("status").stdout)

        (self.folder / "away").rename(self.recipients)
        wait_until(lambda: len(self.mails()) > 1 and len(receiver.posts) > 1, 60, "well again")
        self.assertIn("WELL AGAIN", self.mails()[1][0])
        self.check_signature(*receiver.posts[1])
        self.assertEqual(json.loads(receiver.posts[1][1])["changes"][0]["state"], "well")
        self.assertEqual(json.loads(receiver.posts[1][1])["standing"], [])
        # A restart tells nothing again.
        gateway.stop()
        gateway.start()
        gateway.run("health", "--test-alert")
        wait_until(lambda: len(self.mails()) > 2, 30, "the test")
        self.assertEqual((len(self.mails()), len(receiver.posts)), (3, 3))

    def test_a_dead_receiver_costs_the_mail_nothing(self):
        certificate, _ = make_certificate(self.folder, "127.0.0.1")
        port = free_port()
        gateway = self.gateway(port, certificate)
        self.recipients.rename(self.folder / "away")
        wait_until(self.mails, 40, "the mail")
        state = lambda: json.loads(self.api(gateway, "/api/v1/alerts"))
        wait_until(lambda: state()["hook"]["failed"] >= 2, 60, "a second try")
        self.assertEqual(state()["hook"]["waiting"], 1)
        self.assertIn(str(port), state()["hook"]["problem"])
        (self.folder / "away").rename(self.recipients)
        self.assertEqual(gateway.send(compose())[0], 250)
        done = gateway.run("health", "--test-alert")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOT SENT", done.stdout)
        receiver = self.open(Receiver(self.folder, port))
        wait_until(lambda: len(receiver.posts) >= 1, 60, "the notice that waited")
        self.check_signature(*receiver.posts[0])
        self.assertEqual(json.loads(receiver.posts[0][1])["changes"][0]["state"], "bad")

    def test_what_is_owed_outlives_a_restart(self):
        certificate, _ = make_certificate(self.folder, "127.0.0.1")
        port = free_port()
        gateway = self.gateway(port, certificate)
        self.recipients.rename(self.folder / "away")
        wait_until(self.mails, 40, "the mail")
        state = lambda: json.loads(self.api(gateway, "/api/v1/alerts"))
        wait_until(lambda: state()["hook"]["failed"] >= 1, 60, "a try in vain")
        gateway.stop()
        receiver = self.open(Receiver(self.folder, port))
        gateway.start()
        wait_until(lambda: receiver.posts, 60, "the notice that waited")
        [change] = json.loads(receiver.posts[0][1])["changes"]
        self.assertEqual((change["state"], change["name"]), ("bad", "recipients.unreadable"))
        self.assertEqual((len(self.mails()), len(receiver.posts)), (1, 1))

    def test_a_notice_whose_text_is_refused_holds_up_no_other(self):
        receiver = self.open(Receiver(self.folder))
        receiver.status = 413
        gateway = self.gateway(receiver.port, receiver.certificate)
        self.recipients.rename(self.folder / "away")
        state = lambda: json.loads(self.api(gateway, "/api/v1/alerts"))["hook"]
        wait_until(lambda: state()["dropped"] == 1, 60, "the refusal")
        self.assertEqual((state()["waiting"], len(receiver.posts)), (0, 1))
        receiver.status = 200
        (self.folder / "away").rename(self.recipients)
        wait_until(lambda: len(receiver.posts) > 1, 60, "the next notice")
        self.assertEqual(json.loads(receiver.posts[1][1])["changes"][0]["state"], "well")

    def test_no_redirect_is_followed_and_no_name_leads_inside(self):
        receiver = self.open(Receiver(self.folder))
        receiver.status = 302
        gateway = self.gateway(receiver.port, receiver.certificate)
        done = gateway.run("health", "--test-alert")
        self.assertIn("the server answered 302", done.stdout)
        self.assertEqual(len(receiver.posts), 1)
        receiver.status = 204
        gateway.configuration["alerts"]["hook"]["url"] = f"https://localhost:{receiver.port}/"
        gateway.reload()
        wait_until(lambda: "is not to be reached" in gateway.run("health", "--test-alert").stdout,
                   20, "the refusal")
        before = len(receiver.posts)
        self.assertEqual(gateway.run("health", "--test-alert").returncode, 1)
        self.assertEqual(len(receiver.posts), before)
        gateway.configuration["alerts"]["hook"]["networks"] = ["127.0.0.0/8", "::1/128"]
        gateway.reload()
        # Now it may be reached, and its certificate is for another name.
        wait_until(lambda: "is not to be reached" not in
                   gateway.run("health", "--test-alert").stdout, 20, "the permission")
        self.assertIn("NOT SENT", gateway.run("health", "--test-alert").stdout)
        self.assertEqual(len(receiver.posts), before)

    def test_the_report_says_what_happened(self):
        receiver = self.open(Receiver(self.folder))
        gateway = self.gateway(receiver.port, receiver.certificate, language="ja", report="daily")
        for _ in range(3):
            self.assertEqual(gateway.send(compose())[0], 250)
        wait_until(lambda: gateway.history(), 20, "the history")
        wait_until(lambda: len(gateway.history()) == 3, 20, "three rows")
        sent = json.loads(self.api(gateway, "/api/v1/alerts/report", "POST"))["sent"]
        self.assertEqual([one["problem"] for one in sent], [""])
        wait_until(self.mails, 20, "the report")
        subject, text, mail, _ = self.mails()[0]
        self.assertIn("日次報告: 宛先の合計 3", subject)
        self.assertRegex(text, r"\b3  配送\r\n")
        self.assertIn("<table>", mail.get_body(("html",)).get_content())
        report = json.loads(self.api(gateway, "/api/v1/report?period=week&language=en"))
        self.assertIn("weekly report", report["subject"])
        state = json.loads(self.api(gateway, "/api/v1/alerts"))
        self.assertEqual(state["report"], "daily")

    def test_wrong_settings_are_named(self):
        gateway = Gateway(self.server.port, start=False, changes={"alerts": {
            "mail": ["ops"], "at": "7", "hook": {"url": "http://x/"}}})
        self.addCleanup(gateway.close)
        from support import options
        import subprocess
        done = subprocess.run([options.mailweir, "config", "check", "--config",
                               str(gateway.config_path)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 6)
        self.assertIn('"mail" wants a list of mail addresses', done.stdout + done.stderr)

    def api(self, gateway, path, method="GET"):
        import http.client
        import socket

        class Local(http.client.HTTPConnection):
            def connect(self):
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.connect(str(gateway.data / "control.sock"))

        connection = Local("localhost")
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read().decode()
        self.assertLess(answer.status, 300, body)
        return body


if __name__ == "__main__":
    main()
