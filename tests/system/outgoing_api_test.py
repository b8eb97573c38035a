#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the pages of outgoing mail ask a running gateway: records of a domain as the DNS has them,
public lists, the causes of a bad name, one account's mail, the hook that disables its login."""
import json
import shutil
import tempfile
from pathlib import Path

from alerts_test import SECRET, Receiver
from support import Case, InternalServer, compose, main, skip, wait_until
from support.dns import Unbound
from support.outbound import Sender
from support.pages import Pages

PASSWORD = "correct horse battery"
RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11",
           "example.org. 60 IN MX 10 mx.example.org.", "mx.example.org. 60 IN A 192.0.2.1",
           'example.org. 60 IN TXT "v=spf1 mx -all"',
           "1.2.0.192.in-addr.arpa. 60 IN PTR elsewhere.test.",
           "1.2.0.192.zen.spamhaus.org. 60 IN A 127.0.0.4",
           '1.2.0.192.zen.spamhaus.org. 60 IN TXT "https://check.test/192.0.2.1"',
           "example.org.multi.surbl.org. 60 IN A 127.0.0.16",
           "example.org.multi.uribl.com. 60 IN A 127.0.0.1",
           "1.2.0.192.psbl.surriel.com. 60 IN A 127.255.255.254",
           "example.org.dbl.spamhaus.org. 60 IN A 127.255.255.254"]
POLICY = {"layers": ["recipients", "habit", "forward"],
          "rules": [{"when": "habit.lock", "then": "reject"},
                    {"when": "habit.hold", "then": "quarantine"},
                    {"when": "habit.slow", "then": "defer"}]}


class Outgoing(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-outgoing-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "secret").write_text(SECRET + "\n")
        self.receiver = self.open(Receiver(self.folder))
        dns = self.open(Unbound(RECORDS))
        inside = self.open(InternalServer())
        hook = {"url": f"https://127.0.0.1:{self.receiver.port}/alerts",
                "secret_file": str(self.folder / "secret"), "ca": str(self.receiver.certificate)}
        self.gate = self.open(Sender(dns.address, next_hop=inside.port, policy=POLICY, changes={
            "hostname": "mx.example.org", "alerts": {"hook": hook, "after": "1 h"},
            "layers": {"habit": {"observe_for": "0 s", "in_10_minutes": 6,
                                 "pushes": 20}}}))
        self.far = self.open(InternalServer(port=self.gate.outside, address="127.0.0.11"))
        self.root = self.person("root", "--role", "administrator")
        self.dora = self.person("dora", "--role", "domain", "--domain", "example.org")
        self.eric = self.person("eric", "--role", "domain", "--domain", "other.example")

    def person(self, name, *words):
        made = self.gate.run("user", "add", name, "--password-file", "-", *words,
                             input=PASSWORD + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        pages = Pages(self.gate)
        self.assertEqual(pages.sign_in(name, PASSWORD).status, 201)
        return pages

    def get(self, who, target):
        answer = who.ask("GET", target)
        self.assertEqual(answer.status, 200, answer.text)
        return json.loads(answer.text)

    def job(self, who, target):
        """Begins a job and waits for it."""
        answer = who.ask("POST", target)
        self.assertEqual(answer.status, 202, answer.text)

        def ended():
            job = self.get(who, f"/jobs/{answer['job']}")
            return job if job["state"] != "running" else None
        job = wait_until(ended, timeout=60, what="the job")
        self.assertEqual(job["state"], "done", job)
        return job["result"]

    def test_records_and_lists_are_told_with_the_line_to_publish(self):
        self.assertIsNone(self.get(self.dora, "/domains/example.org/records")["looked"])
        found = self.job(self.dora, "/domains/example.org/records")
        states = {(one["what"], one["state"]) for one in found["facts"]}
        for fact in [("MX", "ok"), ("PTR", "wrong"), ("SPF", "ok"), ("DKIM", "missing"),
                     ("DMARC", "missing"), ("MTA-STS", "note")]:
            self.assertIn(fact, states)
        wrong = next(one for one in found["facts"] if one["what"] == "PTR")
        self.assertEqual(wrong["paste"], "1.2.0.192.in-addr.arpa. IN PTR mx.example.org.")
        self.assertEqual(self.dora.ask("POST", "/domains/example.org/records").status, 200)
        found = self.job(self.dora, "/domains/example.org/lists")
        listed = {(one["subject"], one["zone"]): one for one in found["lists"]}
        zen = listed["192.0.2.1", "zen.spamhaus.org"]
        self.assertEqual(zen["state"], "listed")
        self.assertIn("https://check.test/192.0.2.1", zen["answer"])
        self.assertEqual(listed["192.0.2.1", "psbl.surriel.com"]["state"], "refuses")
        self.assertEqual(listed["192.0.2.1", "bl.spamcop.net"]["state"], "not_listed")
        self.assertEqual(listed["example.org", "dbl.spamhaus.org"]["state"], "refuses")
        self.assertEqual(listed["example.org", "multi.surbl.org"]["state"], "listed")
        self.assertEqual(listed["example.org", "multi.uribl.com"]["state"], "refuses")
        again = self.dora.ask("POST", "/domains/example.org/lists")
        self.assertEqual((again.status, len(again["lists"])), (200, len(found["lists"])))
        causes = {one["cause"]: one for one in self.get(self.dora, "/hygiene")["causes"]}
        self.assertEqual(causes["O13"]["state"], "bad")

    def test_public_lists_are_watched_where_that_is_asked_for_and_said_once(self):
        def named():
            found = json.loads(self.gate.run("health", "--json").stdout)
            return "list.names_us" in str(found) and str(found)
        self.assertFalse(named(), "nobody asked for it")
        self.assertIsNone(self.get(self.dora, "/domains/example.org/records")["lists_looked"])
        self.gate.configuration["alerts"].update(public_lists="6 h", after="1 s", well_after="1 s")
        self.gate.stop()
        self.gate.write()
        self.gate.start()
        found = wait_until(named, timeout=60, what="the watch")
        self.assertIn("192.0.2.1 at zen.spamhaus.org", found)
        self.assertIn("https://check.test/192.0.2.1", found)
        self.assertNotIn("psbl.surriel.com", found, "it refused to answer")
        looked = self.get(self.dora, "/domains/example.org/records")["lists_looked"]
        self.assertIsNotNone(looked)
        wait_until(lambda: any(b"list.names_us" in body for _, body in self.receiver.posts),
                   what="the alert")
        self.assertEqual(self.get(self.dora, "/domains/example.org/records")["lists_looked"],
                         looked, "six hours are not over")
        self.gate.configuration["alerts"]["public_lists"] = "off"
        self.gate.write()
        self.assertEqual(self.gate.run("config", "reload").returncode, 0)
        wait_until(lambda: not named(), timeout=90, what="the end of the watch")

    def test_an_account_that_bursts_is_seen_with_its_mail_and_its_login_disabled(self):
        for i in range(80):
            self.gate.post(compose(marker=f"m{i}"), [f"{i}@far.test"])
        [one] = self.get(self.dora, "/accounts")["accounts"]
        self.assertEqual((one["account"], one["brake"]), ("ann@example.org", "lock"))
        rows = self.get(self.dora, "/history?finding=auth.account(ann@example.org)"
                                   "&direction=outbound&since=7+days&limit=100")["rows"]
        self.assertGreaterEqual(len(rows), 10)
        held = [row["id"] for row in rows if row["state"] == "held"]
        if held:
            self.assertEqual(self.get(self.eric, "/quarantine/count")["held"], 0)
            self.assertEqual(self.eric.ask("POST", "/quarantine/delete", {"ids": held}).status, 404)
            done = self.dora.ask("POST", "/quarantine/delete", {"ids": held})
            self.assertEqual(done["changed"], len(held))
        found = self.get(self.root, "/hygiene")
        causes = {one["cause"]: one for one in found["causes"]}
        self.assertGreater(causes["O11"]["stopped"], 0)
        self.assertEqual(causes["O11"]["by"][0]["name"], "ann@example.org")
        own = self.get(self.dora, "/hygiene")
        self.assertEqual((own["mails"], own["causes"]), (found["mails"], found["causes"]))
        self.assertEqual(self.get(self.eric, "/hygiene")["mails"], 0)
        self.assertIn(("account", "ann@example.org"),
                      [(one["kind"], one["name"]) for one in found["senders"]])
        done = self.dora.ask("POST", "/accounts/disable?account=ann@example.org")
        self.assertEqual(done.status, 200, done.text)
        self.assertTrue(done["told"])
        _, body = wait_until(lambda: self.receiver.posts, what="the hook")[0]
        told = json.loads(body)
        self.assertEqual((told["kind"], told["account"], told["by"]),
                         ("account.disable_login", "ann@example.org", "dora"))

    def test_a_destination_that_refuses_us_stands_with_its_words_and_link(self):
        self.far.close()
        refusal = "550 5.7.1 [192.0.2.1] blocked using lists.test, see https://lists.test/why"
        self.open(InternalServer(port=self.gate.outside, address="127.0.0.11",
                                 script={"rcpt": refusal}))
        self.assertCode(self.gate.post(compose(), ["bob@far.test"]), 550)
        for who in [self.root, self.dora]:
            [one] = self.get(who, "/hygiene")["refusals"]
            self.assertEqual((one["domain"], one["link"], one["stands"]),
                             ("far.test", "https://lists.test/why", True))
        self.assertEqual(self.get(self.eric, "/hygiene")["refusals"], [])


if __name__ == "__main__":
    main()
