#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who is whose: aliases and details; who is new: greylisting; who was bad: reputation."""
from support import Case, Gateway, InternalServer, compose, main, wait_until
from support.directory import Directory

BLOCK = {"layers": {"words": {"rules": [
    {"name": "lottery", "where": "subject", "text": "lottery", "then": "block"},
    {"name": "hold", "where": "subject", "text": "hold", "then": "quarantine"}]}}}
RULES = [{"when": "words.block", "then": "reject"},
         {"when": "words.quarantine", "then": "quarantine"}]


class Senders(Case):
    def pair(self, policy=None, domain=None, **settings):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy=policy, domain=domain,
                                    listener={"xclient": ["127.0.0.1"]}, **settings))
        return gateway, server

    def send_as(self, gateway, address, recipient="bob@example.org", subject="a note",
                sender="ann@sender.example"):
        self.sent = getattr(self, "sent", 0) + 1
        with gateway.client() as client:
            self.assertCode(client.ask(f"XCLIENT ADDR={address}"), 220)
            client.ehlo()
            return client.transact(sender, [recipient],
                                   compose(subject=subject, marker=f"m{self.sent}"))


class Aliases(Senders):
    def test_details_and_aliases_are_their_owners(self):
        folder = self.open(Gateway(start=False))  # just for its folder
        people, aliases = folder.folder / "people", folder.folder / "aliases"
        people.write_text("bob@example.org\n")
        aliases.write_text("info@example.org bob@example.org\n"
                           "team@example.org: bob@example.org, eve@example.org\n")
        gateway, server = self.pair(
            policy={"rules": RULES}, changes=BLOCK,
            domain={"recipients": {"file": str(people)}, "detail": "+", "aliases": str(aliases)})
        for recipient, code in (("bob+shop@example.org", 250), ("info+x@example.org", 250),
                                ("team@example.org", 250), ("eve+x@example.org", 550),
                                ("nobody@example.org", 550)):
            self.assertCode(self.send_as(gateway, "192.0.2.1", recipient), code)
        self.assertEqual([m.recipients for m in server.wait_for(3)],
                         [["bob+shop@example.org"], ["info+x@example.org"], ["team@example.org"]])
        gateway.run("block", "add", "eve@sender.example", "--scope", "user:bob@example.org")
        reply = self.send_as(gateway, "192.0.2.1", "info@example.org", sender="eve@sender.example")
        self.assertCode(reply, 550)
        self.send_as(gateway, "192.0.2.1", "bob+held@example.org", "hold this")
        held = gateway.json("quarantine", "list", "--recipient", "bob@example.org")
        self.assertIn("bob+held@example.org", str(held))
        aliases.write_text("new@example.org bob@example.org\n")
        wait_until(lambda: self.send_as(gateway, "192.0.2.1", "new@example.org")[0] == 250, 15,
                   "the new alias")
        self.assertCode(self.send_as(gateway, "192.0.2.1", "info@example.org"), 550)

    def test_an_unreadable_file_of_aliases_defers_who_may_be_one(self):
        gateway, _ = self.pair(domain={"aliases": "/nonexistent/aliases",
                                       "recipients": "callout"})
        self.assertCode(self.send_as(gateway, "192.0.2.1"), 450)

    def test_a_whole_domain_is_anothers_under_its_old_or_its_new_name(self):
        server = self.open(InternalServer(
            script={"rcpt": lambda a: None if "bob" in a else "550 5.1.1 unknown"}))
        hop = [f"127.0.0.1:{server.port}"]
        gateway = self.open(Gateway(server.port, listener={"xclient": ["127.0.0.1"]}, changes={
            "domains": [{"name": "new.example", "next_hop": hop},
                        {"name": "old.example", "alias_of": "new.example"},
                        {"name": "older.example", "alias_of": "new.example", "rewrite": True}]}))
        for recipient, code in (("bob@old.example", 250), ("bob@older.example", 250),
                                ("eve@old.example", 550)):
            self.assertCode(self.send_as(gateway, "192.0.2.1", recipient), code)
        self.assertEqual([m.recipients for m in server.wait_for(2)],
                         [["bob@old.example"], ["bob@new.example"]])
        self.assertTrue(all("@new.example" in c for c in server.saw("RCPT")[:1]),
                        "the owner is asked for")

    def test_a_directory_names_the_owner(self):
        if not Directory.program():
            self.skipTest("slapd is not installed")
        directory = self.open(Directory([("bob@example.org", ["b.smith@example.org"])]))
        settings = directory.settings(filter="(|(mail={address})(description={address}))",
                                      canonical="mail")
        gateway, server = self.pair(changes={"ldap": [settings]},
                                    domain={"recipients": {"ldap": "staff"}})
        gateway.run("block", "add", "eve@sender.example", "--scope", "user:bob@example.org")
        self.assertCode(self.send_as(gateway, "192.0.2.1", "b.smith@example.org",
                                     sender="eve@sender.example"), 550)
        self.assertCode(self.send_as(gateway, "192.0.2.1", "b.smith@example.org"), 250)
        self.assertEqual(server.wait_for(1)[0].recipients, ["b.smith@example.org"])


class Greylisting(Senders):
    def test_a_stranger_comes_again_and_is_known_after_a_restart(self):
        policy = {"layers": ["lists", "greylist"],
                  "rules": [{"when": "greylist.wait", "then": "defer"}]}
        gateway, _ = self.pair(policy, changes={"layers": {"greylist": {"delay": "1 s"}}})
        self.assertCode(self.send_as(gateway, "192.0.2.1"), 450, "4.7.1 greylisted")
        gateway.stop()
        gateway.start()
        wait_until(lambda: self.send_as(gateway, "192.0.2.1")[0] == 250, what="the pause's end")
        self.assertCode(self.send_as(gateway, "192.0.2.77", sender="x@y.example"), 250)
        self.assertCode(self.send_as(gateway, "192.0.3.1"), 450)
        gateway.stop()
        gateway.start()
        self.assertCode(self.send_as(gateway, "192.0.2.1", "carol@example.org"), 250)


class Reputation(Senders):
    def test_spam_makes_a_bad_name_that_can_be_seen_and_forgotten(self):
        policy = {"layers": ["lists", "words", "reputation"],
                  "rules": [*RULES, {"when": "reputation.bad", "then": "tag"}]}
        gateway, server = self.pair(policy, changes=BLOCK)

        def standing(of="192.0.2.66"):
            return gateway.json("reputation", "show", of)["standings"][0]
        self.assertEqual((standing()["good"], standing()["bad"]), (0, 0))
        for _ in range(8):
            self.assertCode(self.send_as(gateway, "192.0.2.66", subject="lottery"), 550)
        bad = standing()
        self.assertAlmostEqual(bad["bad"], 8, delta=0.01)
        self.assertLess(bad["score"], -0.5)
        self.assertCode(self.send_as(gateway, "192.0.2.66"), 250)
        self.assertIn(b"S_P_A_M", server.wait_for(1)[0].data)
        self.assertAlmostEqual(standing()["bad"], 8, delta=0.01, msg="it does not feed on itself")
        self.assertCode(self.send_as(gateway, "192.0.2.67"), 250)
        self.assertIn(b"S_P_A_M", server.wait_for(2)[1].data, "nor is its network any better")
        gateway.stop()
        gateway.start()
        self.assertAlmostEqual(standing()["bad"], 8, delta=0.01)
        self.assertIn("8", gateway.run("reputation", "show", "192.0.2.0/24").stdout)
        self.assertIn("forgot 2 records", gateway.run("reputation", "reset", "192.0.2.66").stdout)
        self.assertEqual(standing()["bad"], 0)
        self.send_as(gateway, "198.51.100.1", subject="hold this")
        self.assertEqual(round(standing("198.51.100.1")["bad"]), 1)
        gateway.run("quarantine", "release", "--all", "--recipient",
                    "bob@example.org")
        self.assertEqual(round(standing("198.51.100.1")["good"]), 3)
        self.assertNotEqual(gateway.run("reputation", "show", "no such thing").returncode, 0)
        self.assertCode(self.send_as(gateway, "192.0.2.66"), 250)
        self.assertNotIn(b"S_P_A_M", server.wait_for(3)[2].data)

    def test_what_is_refused_at_rcpt_makes_a_bad_name_once_a_mail(self):
        policy = {"layers": ["lists", "helo", "recipients", "reputation"],
                  "rules": [{"when": "helo.localhost", "then": "reject"}]}
        gateway, _ = self.pair(policy)

        def bad(of):
            return round(gateway.json("reputation", "show", of)["standings"][0]["bad"])
        for address, helo in (("192.0.2.66", "localhost"), ("198.51.100.1", "mx.sender.example")):
            for _ in range(3):
                with gateway.client() as client:
                    self.assertCode(client.ask(f"XCLIENT ADDR={address}"), 220)
                    client.ehlo(helo)
                    client.ask("MAIL FROM:<ann@sender.example>")
                    for name in ("bob", "unknown", "carol"):
                        client.ask(f"RCPT TO:<{name}@example.org>")
        self.assertEqual(bad("192.0.2.66"), 3)
        self.assertEqual(bad("198.51.100.1"), 0)


if __name__ == "__main__":
    main()
