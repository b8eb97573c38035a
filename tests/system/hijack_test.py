#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody takes an account over that was silent for sixty days and sends 500 mails with it: it is
stopped within ten, administrators hear of it, honest colleagues notice nothing. The days before
are written by habit_fill, with the gateway's own code. Usage: hijack_test.py --mailweir PATH
[--fill PATH]"""
import time

from support import Case, InternalServer, ask, compose, main, skip, wait_until
from support.dns import Unbound
from support.outbound import Sender

ask("--fill", help="habit_fill (default: tests/habit_fill beside the gateway)")
RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11"]
POLICY = {"layers": ["recipients", "habit"],
          "rules": [{"when": "habit.lock", "then": "reject"},
                    {"when": "habit.hold", "then": "quarantine"},
                    {"when": "habit.slow", "then": "defer"}]}
PEOPLE = [("ann@example.org", 60, 60), ("ben@example.org", 60, 0),
          ("eve@example.org", 60, 0), ("dan@example.org", 5, 1)]


class Hijack(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        dns = self.open(Unbound(RECORDS))
        self.inside = self.open(InternalServer())
        self.gate = self.open(Sender(
            dns.address, next_hop=self.inside.port, policy=POLICY, past=PEOPLE,
            changes={"layers": {"habit": {"observe_for": "0 s"}},
                     "alerts": {"mail": ["chief@example.org"], "after": "1 s"}}))
        self.far = self.open(InternalServer(port=self.gate.outside, address="127.0.0.11"))

    def post(self, sender, to, marker):
        return self.gate.post(compose(sender=sender, marker=marker), [to], sender)[0]

    def attack(self, victim, count=500):
        """The attacker's mails, with the colleagues' in between; who got through."""
        honest = []
        for i in range(count):
            self.post(victim, f"stranger{i}@far.test", f"bad{i}")
            if i % 50 == 25:
                for name in ("eve@example.org", "dan@example.org"):
                    code = self.post(name, f"friend{i // 50}@far.test", f"good-{name[:3]}-{i}")
                    honest.append(code)
        return honest

    def sent_by(self, sender):
        return [mail for mail in self.far.accepted if mail.sender == sender]

    def test_an_account_that_was_silent_is_stopped_within_ten_mails(self):
        begun = time.monotonic()
        honest = self.attack("ann@example.org")
        self.assertLess(time.monotonic() - begun, 600)
        self.assertEqual(honest, [250] * len(honest))
        wait_until(lambda: len(self.sent_by("eve@example.org")) == 10, what="honest mail out")
        self.assertEqual(len(self.sent_by("dan@example.org")), 10)
        passed = len(self.sent_by("ann@example.org"))
        print(f"silent for 60 days: {passed} of 500 went out")
        self.assertLessEqual(passed, 10)
        braked = self.gate.json("account", "list")["accounts"]
        self.assertEqual([(a["account"], a["brake"]) for a in braked],
                         [("ann@example.org", "lock")])
        self.assertIn("account.locked", self.gate.run("health", "--json").stdout)
        alert = wait_until(lambda: [mail for mail in self.inside.accepted
                                    if "chief@example.org" in mail.recipients
                                    and b"ann@example.org" in mail.data],
                           timeout=60, what="the alert")
        self.assertTrue(alert)

    def test_one_that_works_every_day_gets_little_further(self):
        honest = self.attack("ben@example.org")
        self.assertEqual(honest, [250] * len(honest))
        passed = len(self.sent_by("ben@example.org"))
        print(f"at work every day: {passed} of 500 went out")
        self.assertLessEqual(passed, 40)
        braked = self.gate.json("account", "list")["accounts"]
        self.assertEqual([(a["account"], a["brake"]) for a in braked],
                         [("ben@example.org", "lock")])


if __name__ == "__main__":
    main()
