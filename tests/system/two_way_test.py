#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What came in and goes out again, and accounts that send far too much: known, stopped, named."""
from support import Case, InternalServer, compose, main, skip, wait_until
from support.dns import Unbound
from support.outbound import Sender
from support.round_trip import POLICY, RECORDS, TEXT, WORDS

SIGNS = {"sign_return_paths": True}


class TwoWay(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        self.dns = self.open(Unbound(RECORDS))
        self.inside = self.open(InternalServer())

    def gateway(self, rules=(), layers=None, outbound=None, domain=None):
        policy = {**POLICY, "rules": [*rules, *POLICY["rules"]]}
        self.gate = self.open(Sender(self.dns.address, next_hop=self.inside.port, policy=policy,
                                     changes={"layers": {"words": WORDS, **(layers or {})}},
                                     outbound=outbound, domain=domain))
        self.far = self.open(InternalServer(port=self.gate.outside, address="127.0.0.11"))
        return self.gate

    def comes_in(self, marker, subject="a quiet note", body=TEXT):
        """A mail for bob, as it stands in his mailbox."""
        message = compose(marker=marker, subject=subject, body=body)
        self.assertCode(self.gate.send(message), 250)
        return self.inside.wait_for(self.inside.count)[-1].data

    def forward(self, message, to="bob@far.test", sender="ann@sender.example"):
        return self.gate.post(message, [to], sender)


class Forwards(TwoWay):
    def test_spam_that_somebody_forwards_is_held_and_its_mailbox_named(self):
        gate = self.gateway()
        arrived = self.comes_in("spam", "a great offer")
        self.assertIn(b"[S_P_A_M]", arrived)
        self.assertCode(self.forward(arrived), 250)
        held = gate.quarantine()
        self.assertEqual([row["reason"] for row in held], ["forward.spam"])
        self.assertEqual(self.far.count, 0)
        row = gate.history("--recipient", "bob@far.test")[0]
        fact = next(f for f in row["findings"] if f["name"] == "forward.spam")
        self.assertEqual(fact["detail"], "bob@example.org")
        forwarding = gate.json("account", "forwarding")["forwarding"]
        self.assertEqual([(f["from"], f["to"], f["spam"]) for f in forwarding],
                         [("bob@example.org", "bob@far.test", 1)])
        self.assertEqual(gate.run("quarantine", "release", held[0]["id"]).returncode, 0)
        self.far.wait_for(1)

    def test_it_is_known_whatever_the_forwarder_does_to_it(self):
        gate = self.gateway()
        arrived = self.comes_in("one", "a great offer")
        changed = {
            "a footer": arrived + b"-- \r\nlist of the river\r\n",
            "a subject": arrived.replace(b"[S_P_A_M] a great offer", b"Fwd: have a look"),
            "another id": arrived.replace(b"<one@sender.example>", b"<new@example.org>"),
        }
        for number, (what, message) in enumerate(changed.items()):
            with self.subTest(what):
                self.assertCode(self.forward(message, f"{number}@far.test"), 250)
                self.assertEqual(len(gate.quarantine()), number + 1)

    def test_wanted_mail_passes_and_a_policy_for_some_discards_or_refuses(self):
        gate = self.gateway([{"when": "forward.spam(bob@*)", "then": "reject"}])
        self.assertCode(self.forward(self.comes_in("fine")), 250)
        self.assertEqual(self.far.count, 1)
        self.assertCode(self.forward(self.comes_in("spam", "a great offer")), 550)
        self.assertEqual(gate.quarantine(), [])
        self.assertEqual(self.far.count, 1)

    def test_the_field_that_names_the_account_goes_no_further(self):
        gate = self.gateway(outbound={"account_header": "X-Account",
                                      "account_header_from": ["127.0.0.1"]})
        forged = "X-Account: ben@example.org\r\n"
        self.assertCode(gate.send(compose(marker="in", extra=forged)), 250)
        arrived = self.inside.wait_for(1)[0].data
        self.assertNotIn(b"ben@example.org", arrived)
        self.assertCode(self.forward(arrived), 250)
        self.assertNotIn("ben@example.org", str(gate.history("--recipient", "bob@far.test")))

    def test_who_got_the_same_text_before_reads_no_mail_of_a_colleague(self):
        gate = self.gateway()
        self.comes_in("spam", "a great offer")
        own = compose(marker="spam", sender="ann@example.org", subject="not for bob", body=TEXT)
        self.assertCode(gate.post(own, ["x@far.test"], "ann@example.org"), 250)
        held = gate.json("quarantine", "list", "--recipient", "bob@example.org")
        self.assertNotIn("not for bob", str(held))

    def test_the_same_mail_goes_to_one_outside_address_once(self):
        gate = self.gateway()
        arrived = self.comes_in("news")
        for _ in range(3):
            self.assertCode(self.forward(arrived), 250)
        self.assertEqual(self.far.count, 1)
        rows = gate.history("--recipient", "bob@far.test")
        self.assertEqual(sum("left already as" in row["delivery"] for row in rows), 2)
        self.assertCode(self.forward(arrived, "other@far.test"), 250)
        self.assertEqual(self.far.count, 2)

    def test_forwarded_mail_leaves_under_a_name_of_ours_and_bounces_find_back(self):
        gate = self.gateway(outbound={"srs": "example.org"})
        self.assertCode(self.forward(self.comes_in("note"), sender="ann@far.test"), 250)
        sender = self.far.wait_for(1)[0].sender
        self.assertTrue(sender.startswith("SRS0=") and sender.endswith("=far.test=ann@example.org"),
                        sender)
        bounce = compose(marker="bounce", subject="not delivered")
        self.assertCode(gate.send(bounce, sender="", recipients=[sender]), 250)
        self.assertEqual(self.far.wait_for(2)[1].recipients, ["ann@far.test"])
        self.assertCode(gate.send(bounce, recipients=[sender]), 550)
        forged = sender.replace("ann", "eve")
        self.assertCode(gate.send(bounce, sender="", recipients=[forged]), 550)

    def test_a_new_mail_whose_text_a_spam_had_too_is_no_forward(self):
        gate = self.gateway()
        self.comes_in("spam", "a great offer")
        ours = compose(sender="ann@example.org", recipient="bob@far.test", marker="ours", body=TEXT)
        self.assertCode(gate.post(ours, ["bob@far.test"], "ann@example.org"), 250)
        self.far.wait_for(1)
        self.assertEqual(gate.quarantine(), [])

    def test_a_bounce_counts_where_it_knows_sender_mail_and_recipient_and_once(self):
        gate = self.gateway()
        ours = compose(sender="ann@example.org", recipient="bob@far.test", marker="ours")
        self.assertCode(gate.post(ours, ["bob@far.test"], "ann@example.org"), 250)

        def facts(to, failed):
            bounce = compose(sender="mailer@far.test", recipient=to, marker="back",
                             extra="Content-Type: multipart/report\r\n",
                             body=f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\n"
                                  "Status: 5.1.1\r\n\r\nMessage-ID: <ours@sender.example>\r\n")
            self.assertCode(gate.send(bounce, sender="", recipients=[to]), 250)
            row = gate.history("--recipient", to)[0]
            return {f["name"] for f in row["findings"]} & {"bounce.returned", "bounce.unmatched"}
        self.assertEqual(facts("ben@example.org", "bob@far.test"), {"bounce.unmatched"})
        self.assertEqual(facts("ann@example.org", "customer@far.test"), {"bounce.unmatched"})
        self.assertEqual(facts("ann@example.org", "bob@far.test"), {"bounce.returned"})

    def test_nobody_outside_hears_of_forwarded_mail_that_fails(self):
        gate = self.gateway(outbound={"srs": "example.org"})
        arrived = self.comes_in("note")
        self.far.close()
        self.assertCode(self.forward(arrived, sender="ann@far.test"), 250)
        refusal = {"rcpt": "550 5.1.1 no such user"}
        far = self.open(InternalServer(port=gate.outside, address="127.0.0.11", script=refusal))
        wait_until(lambda: [row["reason"] for row in gate.quarantine()] == ["delivery.refused"],
                   what="the mail held for a person")
        self.assertEqual((far.count, self.inside.count), (0, 1))

    def test_a_bounce_is_taken_for_ours_by_the_return_path_under_which_the_mail_left(self):
        gate = self.gateway([{"when": "bounce.unsigned", "then": "reject"}], domain=SIGNS)
        self.assertCode(gate.post(compose(marker="out"), ["bob@far.test"]), 250)
        sender = self.far.wait_for(1)[0].sender
        self.assertRegex(sender, r"^prvs=0\d{3}[0-9a-f]{6}=ann@example\.org$")
        bounce = compose(marker="back", subject="not delivered")
        self.assertCode(gate.send(bounce, sender="", recipients=[sender]), 250)
        self.assertEqual(self.inside.wait_for(1)[0].recipients, ["ann@example.org"])
        for refused in ("ann@example.org", sender.replace("ann", "eve")):
            self.assertCode(gate.send(bounce, sender="", recipients=[refused]), 550)
        self.assertCode(gate.send(compose(marker="other"), recipients=["ann@example.org"]), 250)
        row = gate.history("--recipient", "ann@example.org", "--action", "reject")[0]
        self.assertEqual(row["findings"][0]["name"], "bounce.unsigned")
        # Too long to be signed, so it left as it is.
        long = "news-bounces+customer=a.very.long.company.example@example.org"
        self.assertCode(gate.post(compose(marker="verp"), ["bob@far.test"], long), 250)
        self.assertEqual(self.far.wait_for(2)[1].sender, long)
        self.assertCode(gate.send(bounce, sender="", recipients=[long]), 250)

    def test_mail_from_the_queue_leaves_under_a_signed_return_path_that_nobody_here_meets(self):
        gate = self.gateway(domain=SIGNS)
        refused = "unknown@far.test"
        self.far.script["rcpt"] = lambda argument: (
            "550 5.1.1 no such user" if refused in argument else "451 4.3.0 later"
            if not self.far.saw("QUIT") else None)
        self.assertCode(gate.post(compose(marker="out"), [refused, "bob@far.test"]), 250)
        notice = self.inside.wait_for(1)[0]
        self.assertEqual(notice.recipients, ["ann@example.org"])
        self.assertIn(b"no such user", notice.data)
        self.far.script.clear()
        self.assertEqual(gate.run("queue", "flush").returncode, 0)
        self.assertTrue(self.far.wait_for(1)[0].sender.startswith("prvs="))

    def test_an_answer_of_a_program_to_a_forged_sender_goes_nowhere(self):
        gate = self.gateway()
        self.comes_in("forged")
        answer = compose(marker="away", sender="bob@example.org", recipient="ann@far.test",
                         extra="Auto-Submitted: auto-replied\r\n"
                               "In-Reply-To: <forged@sender.example>\r\n")
        self.assertCode(gate.post(answer, ["ann@far.test"], "bob@example.org"), 250)
        self.assertEqual(self.far.count, 0)
        row = gate.history("--recipient", "ann@far.test")[0]
        self.assertEqual(row["action"], "discard")


class Brake(TwoWay):
    def test_an_account_that_sends_far_too_much_is_stopped_and_others_are_not(self):
        gate = self.gateway(layers={"habit": {"observe_for": "0 s", "in_10_minutes": 6,
                                              "pushes": 20}})
        codes = [gate.post(compose(marker=f"m{i}"), [f"{i}@far.test"])[0] for i in range(80)]
        self.assertLessEqual(self.far.count, 10)
        self.assertEqual(codes[:5], [250] * 5)
        self.assertEqual(codes[-1], 550)
        self.assertIn(451, codes)
        self.assertCode(gate.post(compose(marker="other"), ["x@far.test"], "eve@example.org"), 250)
        braked = gate.json("account", "list")["accounts"]
        self.assertEqual([(a["account"], a["brake"]) for a in braked],
                         [("ann@example.org", "lock")])
        self.assertIn("account.locked", gate.run("health", "--json").stdout)
        self.assertEqual(gate.run("account", "release", "ann@example.org").returncode, 0)
        self.assertCode(gate.post(compose(marker="again"), ["y@far.test"]), 250)
        wait_until(lambda: "account.locked" not in gate.run("health", "--json").stdout,
                   what="all is well")

    def test_a_new_installation_only_looks(self):
        gate = self.gateway(layers={"habit": {"in_10_minutes": 6}})
        for i in range(12):
            self.assertCode(gate.post(compose(marker=f"m{i}"), [f"{i}@far.test"]), 250)
        self.assertIn("habit.would", str(gate.history("--recipient", "11@far.test")))


class Names(TwoWay):
    def test_a_destination_that_blames_our_name_is_told_of(self):
        gate = self.gateway()
        self.far.close()
        refusal = "550 5.7.1 [192.0.2.1] blocked using lists.test, see https://lists.test/why"
        far = self.open(InternalServer(port=gate.outside, address="127.0.0.11",
                                       script={"rcpt": refusal}))
        self.assertCode(gate.post(compose(), ["bob@far.test"]), 550)
        self.assertIn("destination.refuses_us", gate.run("health", "--json").stdout)
        far.script.clear()
        self.assertCode(gate.post(compose(marker="well"), ["bob@far.test"]), 250)
        self.assertNotIn("destination.refuses_us", gate.run("health", "--json").stdout)
        far.close()
        far = self.open(InternalServer(port=gate.outside, address="127.0.0.11",
                                       script={"connect": "554 5.7.1 poor reputation"}))
        gate.post(compose(marker="greeted"), ["bob@far.test"])
        wait_until(lambda: "destination.refuses_us" in gate.run("health", "--json").stdout,
                   what="the greeting told of")
        far.close()
        self.open(InternalServer(port=gate.outside, address="127.0.0.11"))
        self.assertCode(gate.post(compose(marker="two"), ["bob@far.test"]), 250)
        wait_until(lambda: "destination.refuses_us" not in gate.run("health", "--json").stdout,
                   what="all is well")

    def test_an_author_who_is_somebody_else_becomes_the_account(self):
        gate = self.gateway(layers={"sender": {"rewrite": True}})
        gate.policy["layers"].append("sender")
        gate.stop()
        gate.write()
        gate.start()
        message = compose(sender="ann@web.test", marker="mine")
        self.assertCode(gate.post(message, ["bob@far.test"]), 250)
        arrived = self.far.wait_for(1)[0].data
        self.assertIn(b"From: <ann@example.org>", arrived)
        self.assertIn(b"Reply-To: <ann@web.test>", arrived)
        self.assertNotIn(b"From: <ann@web.test>", arrived)


if __name__ == "__main__":
    main()
