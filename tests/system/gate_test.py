#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the gate does with whole messages: verdicts, stamps, lists, mixed transactions."""
import base64
import re
import time
from email import message_from_bytes
from email.header import decode_header, make_header

from support import (Case, Gateway, InternalServer, added_fields, compose, difference, main,
                     wait_until)

WORDS = {"words": {"rules": [
    {"name": "offer", "where": "subject", "text": "special offer", "then": "tag"},
    {"name": "tokubai", "where": "subject", "text": "特別価格", "then": "tag"},
    {"name": "password", "where": "body", "pattern": "confirm your password", "then": "quarantine"},
    {"name": "lottery", "where": "subject", "text": "international lottery", "then": "block"},
    {"name": "friend", "where": "header X-Friend", "text": "yes", "then": "allow"},
]}}
RULES = {"rules": [
    {"when": "words.allow", "then": "allow"},
    {"when": "words.block", "then": "reject"},
    {"when": "words.quarantine", "then": "quarantine"},
    {"when": "words.tag", "then": "tag"},
]}
SILENT = {**RULES, "rules": [{"when": "words.block", "then": "discard"}]}


class Gate(Case):
    def pair(self, policy=None, **settings):
        server = self.open(InternalServer())
        changes = {"layers": WORDS, **settings.pop("changes", {})}
        gateway = self.open(Gateway(server.port, policy=policy or RULES, changes=changes,
                                    **settings))
        return gateway, server


class Relay(Gate):
    def test_a_clean_message_arrives_with_added_lines_only(self):
        gateway, server = self.pair()
        sent = compose(body=".dot\r\n..two\r\n\r\nend\r\n")
        reply = gateway.send(sent)
        self.assertCode(reply, 250)
        arrived = server.wait_for(1)[0]
        self.assertEqual(arrived.data[-len(sent):], sent)
        self.assertIsNone(difference(sent, arrived.data))
        added = added_fields(sent, arrived.data)
        self.assertIn("received", added)
        self.assertIn(b"ESMTP", added["received"])
        self.assertIn(b"client.example", added["received"])
        self.assertIn("x-mailweir-verdict", added)
        identity = re.search(r"\b[0-9A-HJKMNP-TV-Z]{13}\b", reply[1], re.I).group(0)
        self.assertIn(identity.encode(), added["received"], "one id everywhere")

    def test_binary_looking_bytes_and_long_lines_pass_unchanged(self):
        gateway, server = self.pair()
        body = bytes(b for b in range(1, 256) if b not in (10, 13)) + b"\r\n"
        body += b"y" * 70_000 + b"\r\n"
        sent = compose() + body
        self.assertCode(gateway.send(sent), 250)
        self.assertIsNone(difference(sent, server.wait_for(1)[0].data))

    def test_forged_verdict_fields_are_removed(self):
        gateway, server = self.pair()
        extra = ("X-Mailweir-Verdict: deliver score=-9\r\nX-Spam-Status: No,\r\n score=-100\r\n"
                 "X-Spam-Flag: NO\r\nX-Other: kept\r\n")
        sent = compose(extra=extra)
        self.assertCode(gateway.send(sent), 250)
        arrived = server.wait_for(1)[0].data
        self.assertNotIn(b"score=-100", arrived)
        self.assertNotIn(b"score=-9", arrived)
        self.assertIn(b"X-Other: kept\r\n", arrived)
        self.assertIsNone(difference(sent, arrived))

    def test_large_messages_and_both_ways_of_data(self):
        gateway, server = self.pair()
        for size in (1_000_000, 5_000_000):
            sent = compose(size=size)
            self.assertCode(gateway.send(sent), 250)
            with gateway.client() as client:
                client.envelope("ann@sender.example", ["bob@example.org"])
                replies = client.bdat([sent[:70_000], sent[70_000:300_001], sent[300_001:]])
                self.assertEqual([c for c, _ in replies], [250, 250, 250])
        arrived = server.wait_for(4)
        for message in arrived:
            self.assertIsNone(difference(compose(size=1_000_000 if len(message.data) < 2e6
                                                 else 5_000_000), message.data))

    def test_utf8_addresses_and_parameters_go_on(self):
        gateway, server = self.pair()
        with gateway.client() as client:
            self.assertCode(client.ask("MAIL FROM:<ann@sender.example> BODY=8BITMIME SMTPUTF8 "
                                       "SIZE=500 RET=HDRS ENVID=QQ1"), 250)
            self.assertCode(client.ask("RCPT TO:<bo\u00e9@example.org> NOTIFY=FAILURE "
                                       "ORCPT=rfc822;bob@example.org"), 250)
            self.assertCode(client.data(compose()), 250)
        message = server.wait_for(1)[0]
        self.assertEqual(message.recipients, ["bo\u00e9@example.org"])
        self.assertIn("SMTPUTF8", message.parameters)
        self.assertIn("RET=HDRS", message.parameters)
        self.assertTrue(any("NOTIFY=FAILURE" in c for c in server.saw("RCPT")))

    def test_the_plain_sink_is_given_no_parameters_it_does_not_know(self):
        server = self.open(InternalServer(extensions=()))
        gateway = self.open(Gateway(server.port))
        with gateway.client() as client:
            client.envelope("ann@sender.example", ["bob@example.org"],
                            " BODY=8BITMIME SIZE=300 RET=FULL")
            self.assertCode(client.data(compose()), 250)
        self.assertEqual(server.wait_for(1)[0].parameters, "")

    def test_chunking_to_a_next_hop_that_offers_it(self):
        server = self.open(InternalServer(extensions=("CHUNKING", "PIPELINING", "8BITMIME")))
        gateway = self.open(Gateway(server.port))
        sent = compose(body=".dot\r\n..\r\n.\r\n")
        self.assertCode(gateway.send(sent), 250)
        self.assertIsNone(difference(sent, server.wait_for(1)[0].data))

    def test_lmtp_next_hop(self):
        server = self.open(InternalServer(protocol="lmtp"))
        gateway = self.open(Gateway(server.port, domain={"next_hop": {
            "servers": [f"127.0.0.1:{server.port}"], "protocol": "lmtp"}}))
        self.assertCode(gateway.send(compose()), 250)
        self.assertTrue(server.saw("LHLO"))
        server.script["dot"] = lambda r: "550 5.2.2 full" if r.startswith("bob") else None
        reply = gateway.send(compose(marker="two"), recipients=["ann@example.org",
                                                                "bob@example.org"])
        self.assertCode(reply, 250)
        server.wait_for(2)
        held = wait_until(gateway.quarantine, what="bob's refused copy to be held")
        self.assertEqual(held[0]["recipient"], "bob@example.org")

    def test_a_mail_loop_is_refused(self):
        gateway, server = self.pair()
        extra = "".join(f"Received: from a by b; hop {n}\r\n" for n in range(60))
        self.assertClass(gateway.send(compose(extra=extra)), 5)
        self.assertEqual(server.count, 0)


class Verdicts(Gate):
    def test_a_tag_before_an_ascii_subject(self):
        gateway, server = self.pair()
        self.assertCode(gateway.send(compose("A special  offer, today")), 250)
        arrived = server.wait_for(1)[0].data
        self.assertIn(b"\r\nSubject: [S_P_A_M] A special  offer, today\r\n", b"\r\n" + arrived)
        self.assertEqual(arrived.lower().count(b"\nsubject:"), 1)
        self.assertIn(b"X-Spam-Flag: YES", arrived)
        self.assertIsNone(difference(compose("A special  offer, today"), arrived))

    def test_a_tag_before_a_japanese_subject(self):
        gateway, server = self.pair()
        text = "本日限り特別価格のご案内"
        for charset in ("utf-8", "iso-2022-jp"):
            word = base64.b64encode(text.encode(charset)).decode()
            self.assertCode(gateway.send(compose(f"=?{charset}?B?{word}?=")), 250)
            arrived = server.wait_for(server.count or 1)[-1].data
            subject = message_from_bytes(arrived)["Subject"]
            self.assertEqual(str(make_header(decode_header(subject))), "[S_P_A_M] " + text)
            for line in arrived.split(b"\r\n\r\n")[0].split(b"\r\n"):
                self.assertLessEqual(len(line), 998)
                self.assertTrue(all(b < 128 for b in line))

    def test_quarantine_is_held_and_released_byte_for_byte(self):
        gateway, server = self.pair()
        sent = compose("Urgent", body="Please confirm your password.\r\n.\r\n..\r\n")
        self.assertCode(gateway.send(sent), 250)
        held = gateway.quarantine()
        self.assertEqual((held[0]["reason"], held[0]["detail"]), ("words.quarantine", "password"))
        self.assertEqual([(r["recipient"], r["state"]) for r in held],
                         [("bob@example.org", "held")])
        self.assertEqual(server.count, 0)
        self.assertEqual(gateway.run("quarantine", "release", held[0]["id"]).returncode, 0)
        self.assertIsNone(difference(sent, server.wait_for(1)[0].data))
        self.assertEqual(gateway.quarantine(), [])
        time.sleep(1)
        self.assertEqual(server.count, 1)

    def test_discard_says_250_and_nobody_else_hears_of_it(self):
        gateway, server = self.pair(SILENT)
        self.assertCode(gateway.send(compose("International lottery")), 250)
        row = wait_until(gateway.history)[0]
        self.assertEqual(row["action"], "discard")
        self.assertEqual((server.count, gateway.queue(), gateway.quarantine()), (0, [], []))

    def test_a_refusal_has_code_id_and_contact(self):
        gateway, server = self.pair()
        code, text = gateway.send(compose("International Lottery"))
        self.assertEqual(code, 550)
        self.assertRegex(text, r"^5\.7\.1 ")
        self.assertIn("https://help.example.org/mail", text)
        row = gateway.history()[0]
        self.assertIn(row["id"][:13], text)
        self.assertEqual((row["action"], server.count), ("reject", 0))

    def test_mixed_verdicts_in_one_transaction(self):
        domains = {"domains": {"strict.example": {"rules": [
            {"when": "words.tag", "then": "reject"}]}}}
        server = self.open(InternalServer())
        next_hop = [f"127.0.0.1:{server.port}"]
        gateway = self.open(Gateway(policy={**RULES, **domains}, changes={
            "layers": WORDS, "domains": [
                {"name": "example.org", "recipients": "any", "next_hop": next_hop},
                {"name": "strict.example", "recipients": "any", "next_hop": next_hop}]}))
        both = ["bob@example.org", "eve@strict.example"]
        self.assertCode(gateway.send(compose("special offer"), recipients=both), 250)
        arrived = server.wait_for(1)[0]
        self.assertEqual(arrived.recipients, ["bob@example.org"])
        self.assertIn(b"Subject: [S_P_A_M] special offer", arrived.data)
        self.assertEqual([r["recipient"] for r in gateway.quarantine()], ["eve@strict.example"])
        self.assertClass(gateway.send(compose("special offer"), recipients=both[1:]), 5)
        actions = {r["recipient"]: r["action"] for r in gateway.history()}
        self.assertEqual(actions["bob@example.org"], "tag")
        time.sleep(0.5)
        self.assertFalse([m for m in server.accepted if m.sender == ""], "never a bounce")

    def test_observe_explains_and_acts_never(self):
        gateway, server = self.pair({**RULES, "mode": "observe"})
        sent = compose("International lottery")
        self.assertCode(gateway.send(sent), 250)
        self.assertIsNone(difference(sent, server.wait_for(1)[0].data))
        self.assertIn("words.block", str(gateway.history()[0]))

    def test_a_listed_forwarder_never_hears_a_5xx_for_contents(self):
        gateway, server = self.pair(listener={"forwarders": ["127.0.0.0/8"]})
        self.assertCode(gateway.send(compose("International lottery")), 250)
        self.assertEqual(server.count, 0)
        self.assertEqual(len(gateway.quarantine()), 1)


class Lists(Gate):
    def test_block_and_allow_entries_and_who_wins(self):
        gateway, server = self.pair()
        self.assertEqual(gateway.run("block", "add", "spam.example").returncode, 0)
        self.assertClass(gateway.send(compose(), sender="x@spam.example"), 5)
        self.assertClass(gateway.send(compose(), sender="x@deep.spam.example"), 5)
        self.assertEqual(gateway.run("allow", "add", "good@spam.example").returncode, 0)
        self.assertCode(gateway.send(compose("International lottery"), sender="good@spam.example"),
                        250)
        self.assertEqual(server.count, 1)
        self.assertEqual(gateway.run("block", "remove", "spam.example").returncode, 0)
        self.assertCode(gateway.send(compose(), sender="x@spam.example"), 250)

    def test_a_users_block_entry_concerns_that_user_only(self):
        gateway, server = self.pair()
        done = gateway.run("block", "add", "--scope", "user:bob@example.org", "pest@sender.example")
        self.assertEqual(done.returncode, 0, done.stderr)
        with gateway.client() as client:
            replies = client.envelope("pest@sender.example", ["bob@example.org", "amy@example.org"])
            self.assertEqual([c for c, _ in replies], [250, 550, 250])
            self.assertCode(client.data(compose()), 250)
        self.assertEqual(server.wait_for(1)[0].recipients, ["amy@example.org"])
        self.assertEqual(gateway.quarantine(), [], "a user's block is never held")

    def test_a_block_entry_on_the_header_from_discards_where_others_receive(self):
        gateway, server = self.pair()
        gateway.run("block", "add", "--scope", "user:bob@example.org", "pest@other.example")
        sent = compose(sender="pest@other.example")
        self.assertCode(gateway.send(sent, recipients=["bob@example.org", "amy@example.org"]), 250)
        self.assertEqual(server.wait_for(1)[0].recipients, ["amy@example.org"])
        self.assertEqual(gateway.quarantine(), [])

    def test_a_blocklisted_network_is_cut_at_the_door(self):
        gateway, server = self.pair()
        path = gateway.folder / "networks"
        path.write_text("# test\n127.9.0.0/16\n")
        gateway.configuration["blocklist"] = {"files": [str(path)]}
        gateway.reload()

        def greeted():
            client = gateway.client(source="127.9.8.7", greet=False)
            reply = client.reply()
            closed = client.is_closed(3)
            client.close()
            return reply if reply[0] == 554 and closed else None
        code, text = wait_until(greeted)
        self.assertRegex(text, r"^5\.7\.1 ")
        self.assertIn("https://help.example.org/mail", text)
        self.assertCode(gateway.send(compose()), 250)
        self.assertEqual(server.count, 1)
        tested = gateway.run("block", "test", "127.9.8.7")
        self.assertIn(str(path), tested.stdout)


if __name__ == "__main__":
    main()
