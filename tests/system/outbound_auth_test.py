#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People who sign in to send mail: local accounts and a real slapd, over TLS alone, in limits."""
import base64
import shutil
import subprocess
import tempfile
from pathlib import Path

from support import Case, InternalServer, compose, main, skip
from support.certificate import make_certificate
from support.client import Client
from support.directory import Directory
from support.dns import Unbound
from support.gateway import free_port
from support.outbound import Sender

PASSWORD = "a long enough word"
RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11"]


def encoded(*words):
    return base64.b64encode("\0".join(words).encode()).decode()


class SignIn(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.pair = make_certificate(self.folder, "mx.test.example")
        self.dns = self.open(Unbound(RECORDS))

    def gateway(self, auth="required", policy=None, **changes):
        gate = self.open(Sender(self.dns.address, policy=policy, changes=changes))
        tls = {"certificate": str(self.pair[0]), "key": str(self.pair[1])}
        self.submission, self.implicit = free_port(), free_port()
        gate.configuration["listeners"] += [
            {"name": "submission", "address": f"127.0.0.1:{self.submission}", "role": "outbound",
             "auth": auth, "tls": tls},
            {"name": "submissions", "address": f"127.0.0.1:{self.implicit}", "role": "outbound",
             "auth": auth, "tls": tls, "implicit_tls": True}]
        gate.stop()
        gate.write()
        gate.start()
        self.far = self.open(InternalServer(port=gate.outside, address="127.0.0.11"))
        return gate

    def account(self, gate, name):
        made = gate.run("user", "add", name, "--password-file", "-", "--address",
                        f"{name}@example.org", input=PASSWORD + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)

    def connect(self):
        client = self.open(Client(self.submission))
        client.ehlo()
        client.start_tls()
        self.greeting = client.ehlo()
        return client

    def send(self, client):
        return client.transact("ann@example.org", ["bob@far.test"], compose())


class Local(SignIn):
    def test_who_signs_in_sends_and_nobody_else(self):
        gate = self.gateway()
        self.account(gate, "ann")
        client = self.connect()
        self.assertIn("AUTH PLAIN LOGIN", self.greeting[1])
        self.assertCode(self.send(client), 530)
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "ann", "wrong")), 535)
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "nobody", PASSWORD)), 535)
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "ann", PASSWORD)), 235)
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "ann", PASSWORD)), 503)
        self.assertNotIn("AUTH", client.ehlo()[1])
        self.assertCode(self.send(client), 250)
        self.assertEqual(self.far.wait_for(1)[0].recipients, ["bob@far.test"])
        self.assertIn("auth.account", str(gate.json("history", "search")))
        self.assertNotIn(PASSWORD, gate.log())
        self.assertEqual(gate.run("user", "lock", "ann").returncode, 0)
        self.assertCode(client.ask("MAIL FROM:<ann@example.org>"), 421)

    def test_a_password_is_never_taken_in_the_clear(self):
        gate = self.gateway()
        self.account(gate, "ann")
        client = self.open(Client(self.submission))
        self.assertNotIn("AUTH", client.ehlo()[1])
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "ann", PASSWORD)), 538)
        self.assertCode(self.send(client), 530)
        inbound = gate.client()
        self.assertCode(inbound.ask("AUTH PLAIN " + encoded("", "ann", PASSWORD)), 502)
        inbound.close()

    def test_a_dialogue_of_words_signs_in_too(self):
        gate = self.gateway("offered")
        self.account(gate, "ann")
        client = self.connect()
        self.assertCode(client.ask("AUTH LOGIN"), 334)
        self.assertCode(client.ask("*"), 501)
        self.assertCode(client.ask("AUTH PLAIN"), 334)
        self.assertCode(client.ask("no base64"), 501)
        self.assertCode(client.ask("AUTH GSSAPI"), 504)
        self.assertCode(client.ask("AUTH LOGIN"), 334)
        self.assertCode(client.ask(encoded("ann")), 334)
        self.assertCode(client.ask(encoded(PASSWORD)), 235)
        self.assertCode(self.send(client), 250)

    def test_guessing_ends(self):
        gate = self.gateway()
        self.account(gate, "ann")
        codes = []
        for _ in range(5):
            client = self.connect()
            for _ in range(3):
                codes.append(client.ask("AUTH PLAIN " + encoded("", "ann", "guess"))[0])
                if codes[-1] == 421:
                    break
            client.close()
        self.assertEqual(codes[:10], [535] * 10)
        self.assertEqual(set(codes[10:]), {421})
        client = self.connect()
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "ann", PASSWORD)), 421)

    def test_swaks_sends_over_implicit_tls(self):
        if not shutil.which("swaks"):
            skip("swaks is not installed")
        gate = self.gateway()
        self.account(gate, "ann")
        for port, tls in ((self.implicit, "--tlsc"), (self.submission, "-tls")):
            done = subprocess.run(
                ["swaks", "--server", "127.0.0.1", "--port", str(port), tls, "--auth-user", "ann",
                 "--auth-password", PASSWORD, "--from", "ann@example.org", "--to",
                 "bob@far.test"], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.far.wait_for(2)


class ByDirectory(SignIn):
    def test_the_directorys_people_sign_in(self):
        if not Directory.program():
            skip("slapd is not installed")
        directory = self.open(Directory(["ann@example.org"], passwords=True))
        self.gateway(ldap=[directory.settings()], sign_in={"ldap": "staff"})
        client = self.connect()
        self.assertCode(client.ask("AUTH PLAIN " + encoded("", "u0", "wrong")), 535)
        self.assertCode(client.ask(
            "AUTH PLAIN " + encoded("", "u0", Directory.password_of(0))), 235)
        self.assertCode(self.send(client), 250)

    def test_the_directory_says_who_sends_for_a_shared_address(self):
        if not Directory.program():
            skip("slapd is not installed")
        office = "office@example.org"
        directory = self.open(Directory([("ann@example.org", [office]), "eve@example.org"],
                                        passwords=True))
        self.gateway(ldap=[directory.settings()],
                     sign_in={"ldap": "staff", "send_as": "description"},
                     layers={"sender": {"accounts": True}},
                     policy={"layers": ["sender"], "rules": [
                         {"when": "sender.not_yours", "then": "reject"}]})

        def send(number, envelope, author, marker):
            client = self.connect()
            name = f"u{number}"
            self.assertCode(client.ask(
                "AUTH PLAIN " + encoded("", name, Directory.password_of(number))), 235)
            return client.transact(envelope, ["bob@far.test"],
                                   compose(sender=author, marker=marker))
        ann, eve = "ann@example.org", "eve@example.org"
        self.assertCode(send(0, ann, ann, "own"), 250)
        self.assertCode(send(0, office, office, "shared"), 250)
        self.assertCode(send(0, eve, eve, "others"), 550)
        self.assertCode(send(1, eve, eve, "hers"), 250)
        self.assertCode(send(1, office, office, "not hers"), 550)
        self.assertCode(send(1, eve, office, "not hers in From alone"), 550)
        self.assertEqual(self.far.wait_for(3)[-1].sender, eve)


if __name__ == "__main__":
    main()
