#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Outside sender, gateway, a real Postfix with aliases, a list and a `.forward`, gateway, outside
server: what goes round is known, stopped, named, and nobody who was forged hears of it."""
from support import Case, InternalServer, compose, main, skip, wait_until
from support.dns import Unbound
from support.outbound import Sender
from support.gateway import free_port
from support.postfix import Postfix
from two_way_test import POLICY, RECORDS, TEXT, WORDS


class RoundTrip(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        if not Postfix.program():
            skip("no Postfix, or not root")
        self.dns = self.open(Unbound(RECORDS))
        self.gate = self.open(Sender(self.dns.address, next_hop=free_port(), policy=POLICY,
                                     changes={"layers": {"words": WORDS}},
                                     outbound={"srs": "example.org"}))
        self.postfix = self.open(Postfix(
            self.gate.out,
            aliases={"info": "someone@far.test", "sales": "someone@far.test",
                     "team": "games, news, someone@far.test", "dead": "gone@far.test"},
            forwards={"games": ["\\games", "games@far.test"]}))
        self.gate.configuration["domains"][0]["next_hop"] = [f"127.0.0.1:{self.postfix.port}"]
        self.gate.stop()
        self.gate.write()
        self.gate.start()
        self.far = self.open(InternalServer(
            port=self.gate.outside, address="127.0.0.11",
            script={"rcpt": lambda argument: "550 5.1.1 no such user" if "gone@" in argument
                    else None}))

    def comes_in(self, to, marker, subject="a quiet note"):
        message = compose(marker=marker, subject=subject, recipient=f"{to}@example.org", body=TEXT)
        self.assertCode(self.gate.send(message, recipients=[f"{to}@example.org"]), 250)

    def drained(self):
        wait_until(self.postfix.is_drained, timeout=60, what="an empty queue of Postfix")

    def test_spam_stays_in_the_mailbox_and_its_copy_is_held_under_the_forwarders_name(self):
        self.comes_in("games", "spam", "a great offer")
        wait_until(lambda: self.gate.quarantine(), timeout=60, what="the copy held")
        self.drained()
        self.assertEqual(self.far.count, 0)
        self.assertEqual(len(self.postfix.mailbox("games")), 1)
        self.assertIn("games@example.org", str(self.gate.json("account", "forwarding")))

    def test_wanted_mail_goes_on_under_a_name_of_ours(self):
        self.comes_in("games", "fine")
        copy = self.far.wait_for(1, timeout=60)[0]
        self.assertEqual(copy.recipients, ["games@far.test"])
        self.assertTrue(copy.sender.startswith("SRS0="), copy.sender)

    def test_three_aliases_to_one_outside_address_send_one_copy(self):
        message = compose(marker="news", body=TEXT)
        names = ["info@example.org", "sales@example.org", "team@example.org"]
        for name in names:
            self.assertCode(self.gate.send(message, recipients=[name]), 250)
        wait_until(lambda: len(self.gate.history("--recipient", "someone@far.test")) == 3,
                   timeout=60, what="three copies on their way")
        self.drained()
        to_someone = [m for m in self.far.accepted if "someone@far.test" in m.recipients]
        self.assertEqual(len(to_someone), 1)

    def test_a_forwarding_that_fails_tells_no_forged_sender(self):
        self.comes_in("dead", "gone")
        wait_until(lambda: any(row["action"] == "discard" for row in
                               self.gate.history("--recipient", "ann@sender.example")),
                   timeout=60, what="the bounce discarded")
        self.drained()
        self.assertEqual(self.far.count, 0)


if __name__ == "__main__":
    main()
