#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A certificate handed in through the pages: in use without a restart, and kept from others."""
import json
import os
import ssl
import stat

from support import Browser, Client, hidden, main, make_certificate, wait_until
from support.web import Folder, WebCase


class Certificate(WebCase):
    def signed_in(self, **changes):
        gateway, browser = self.site(**changes)
        self.folder = self.open(Folder())
        browser.post("/sign-in", self.with_account(gateway, "boss", role="administrator"))
        return gateway, browser

    def pair(self, name="mx.test.example"):
        certificate, key = make_certificate(self.folder.path, name)
        return certificate.read_text(), key.read_text()

    def ask(self, browser, method, path, body=None):
        csrf = json.loads(browser.get("/api/v1/session").text)["csrf"]
        return browser.ask(method, f"/api/v1/{path}", body and json.dumps(body),
                           X_CSRF_Token=csrf, Content_Type="application/json")

    def certificate_at(self, gateway):
        """The certificate that the listener for mail shows; None where it offers no TLS."""
        with Client(gateway.port) as client:
            if "STARTTLS" not in client.ehlo()[1]:
                return None
            client.start_tls()
            return client.socket.getpeercert(binary_form=True)

    def test_handed_in_it_serves_mail_at_once_and_goes_as_it_came(self):
        gateway, browser = self.signed_in()
        before = gateway.gate_pid()
        certificate, key = self.pair()
        offer = {"certificate": certificate, "key": key, "uses": ["listener mx"]}
        found = json.loads(self.ask(browser, "POST", "certificate/check", offer).text)
        self.assertEqual((found["ok"], found["warnings"]), (True, True), found)
        self.assertIn("own_issuer", [one["what"] for one in found["checks"]])
        careful = self.ask(browser, "PUT", "certificate", offer)
        self.assertEqual(careful.status, 422, "warnings are looked at first")
        self.assertIsNone(self.certificate_at(gateway))
        taken = self.ask(browser, "PUT", "certificate", {**offer, "anyway": True})
        self.assertEqual(taken.status, 200, taken)
        self.assertEqual(self.certificate_at(gateway), ssl.PEM_cert_to_DER_cert(certificate))
        self.assertEqual(gateway.gate_pid(), before, "without a restart")
        kept = gateway.data / "keys" / "certificate.pem"
        self.assertEqual(stat.S_IMODE(os.stat(kept).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(kept.parent).st_mode), 0o700)
        audit = self.mailweir(gateway, "audit", "list")
        self.assertIn("mx.test.example for listener mx", audit)
        self.assertNotIn("PRIVATE KEY", audit + gateway.log())
        gateway.stop()
        gateway.start()
        self.assertIsNotNone(self.certificate_at(gateway), "it outlives a restart")
        browser.until_ready()
        gone = self.ask(browser, "DELETE", "certificate")
        self.assertEqual(gone.status, 200, gone)
        self.assertFalse(kept.exists())
        self.assertIsNone(self.certificate_at(gateway))
        self.assert_mail_flows(gateway)

    def test_the_pages_move_to_tls_and_a_lost_file_does_not_stop_mail(self):
        gateway, browser = self.signed_in()
        certificate, key = self.pair("127.0.0.1")
        page = browser.get("/setup/certificate")
        answers = {"csrf": hidden(page.text, "csrf"), "certificate": certificate, "key": key,
                   "for web": "1", "for listener mx": "1"}
        wrong = browser.post("/setup/certificate", {**answers, "key": self.pair("b.example")[1]})
        self.assertIn("does not belong", wrong.text)
        self.assertNotIn("PRIVATE KEY", wrong.text, "what is refused is not shown again")
        warned = browser.post("/setup/certificate", answers)
        self.assertIn("vouches for itself", warned.text)
        moved = browser.post("/setup/certificate", {**answers, "anyway": "1"})
        self.assertIn(f"https://127.0.0.1:{browser.port}/setup/dns", moved.text)
        there = Browser(browser.port, tls=True)
        wait_until(lambda: self.answers(there), what="pages by TLS")
        self.assertIn("strict-transport-security", there.get("/sign-in").headers)
        (gateway.data / "keys" / "certificate.pem").unlink()
        gateway.stop()
        gateway.start()
        browser.until_ready()
        self.assertIsNone(self.certificate_at(gateway))
        self.assert_mail_flows(gateway)

    def answers(self, browser):
        try:
            return browser.get("/sign-in").status == 200
        except OSError:
            return False

    def test_what_a_file_names_stays_and_nobody_else_may(self):
        self.folder = self.open(Folder())
        own = [str(path) for path in make_certificate(self.folder.path, "file.example")]
        gateway, browser = self.site(web={"tls": {"certificate": own[0], "key": own[1]}})
        browser.post("/sign-in", self.with_account(gateway, "boss", role="administrator"))
        certificate, key = self.pair()
        places = json.loads(self.ask(browser, "GET", "certificate").text)["uses"]
        locked = {place["name"]: place["locked"] for place in places}
        self.assertIn(str(gateway.config_path), locked["web"])
        self.assertIsNone(locked["listener mx"])
        offer = {"certificate": certificate, "key": key, "uses": ["web"], "anyway": True}
        self.assertEqual(self.ask(browser, "PUT", "certificate", offer).status, 409)
        nowhere = self.ask(browser, "PUT", "certificate", {**offer, "uses": ["listener x"]})
        self.assertEqual(nowhere.status, 422)
        self.assertFalse((gateway.data / "keys").exists())
        other = Browser(browser.port, tls=True)
        other.post("/sign-in", self.with_account(gateway, "look", role="auditor"))
        for method, path in (("GET", "certificate"), ("PUT", "certificate"),
                             ("POST", "certificate/check"), ("DELETE", "certificate")):
            answer = self.ask(other, method, path, offer if method in ("PUT", "POST") else None)
            self.assertEqual(answer.status, 403, (method, path))


if __name__ == "__main__":
    main()
