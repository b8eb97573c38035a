#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Outside sender, gateway, a real Postfix with aliases, a list and a `.forward`, gateway, outside
server: what goes round is known, stopped, named, and nobody who was forged hears of it."""
from support import Case, compose, main, wait_until
from support.round_trip import TEXT, RoundTrip


class Peers(Case):
    def setUp(self):
        self.world = self.open(RoundTrip(
            aliases={"info": "someone@far.test", "sales": "someone@far.test",
                     "team": "games, news, someone@far.test", "dead": "gone@far.test"},
            forwards={"games": ["\\games", "games@far.test"]}))
        self.gate, self.postfix, self.far = self.world.gate, self.world.postfix, self.world.far

    def comes_in(self, to, marker, subject="a quiet note"):
        message = compose(marker=marker, subject=subject, recipient=f"{to}@example.org", body=TEXT)
        self.assertCode(self.gate.send(message, recipients=[f"{to}@example.org"]), 250)

    def test_spam_stays_in_the_mailbox_and_its_copy_is_held_under_the_forwarders_name(self):
        self.comes_in("games", "spam", "a great offer")
        wait_until(lambda: self.gate.quarantine(), timeout=60, what="the copy held")
        self.world.drained()
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
        self.world.drained()
        to_someone = [m for m in self.far.accepted if "someone@far.test" in m.recipients]
        self.assertEqual(len(to_someone), 1)

    def test_a_forwarding_that_fails_tells_no_forged_sender(self):
        self.comes_in("dead", "gone")
        wait_until(lambda: any(row["action"] == "discard" for row in
                               self.gate.history("--recipient", "ann@sender.example")),
                   timeout=60, what="the bounce discarded")
        self.world.drained()
        self.assertEqual(self.far.count, 0)


if __name__ == "__main__":
    main()
