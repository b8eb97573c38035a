#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules in SpamAssassin's language, in the sealed workers of a running gateway."""
from pathlib import Path

from support import Case, Gateway, InternalServer, compose, main

STOCK = Path("/usr/share/spamassassin")
POLICY = {"layers": ["rules", "recipients"],
          "rules": [{"when": "rules.hit", "add": "weight"}]}
BAD = "You have won the LOTTERY, dear friend.\r\n"


class Rules(Case):
    def gateway(self, rules, text=None, policy=POLICY):
        server = self.open(InternalServer())
        gateway = Gateway(server.port, policy=policy, changes={"layers": {"rules": rules}},
                          start=False)
        if text is not None:
            self.file = gateway.folder / "local.cf"
            self.file.write_text(text)
            gateway.configuration["layers"]["rules"]["folders"] = [str(self.file)]
            gateway.write()
        self.open(gateway)
        gateway.start()
        return gateway

    def stats(self, gateway):
        table = gateway.json("rules", "stats")
        return table, {row["name"]: row for row in table["tests"]}

    def test_hits_count_and_a_broken_file_changes_nothing(self):
        gateway = self.gateway({"own": False}, "body WON /lottery/i\nscore WON 9.5\n"
                               "body QUIET /never there/\n")
        self.assertClass(gateway.send(compose(body=BAD)), 5)
        self.assertCode(gateway.send(compose(body="Flowers.\r\n")), 250)
        table, tests = self.stats(gateway)
        self.assertEqual((table["messages"], tests["WON"]["hits"]), (2, 1))
        self.assertEqual(table["measured"], 1)
        self.assertGreater(tests["WON"]["nanoseconds"], 0)
        self.assertIn("WON", gateway.run("rules", "stats").stdout)

        self.file.write_text("body WON /lottery/i\nscore WON 9.5\nbody BROKEN lottery/\n")
        done = gateway.run("config", "reload")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("local.cf:3:", done.stderr + done.stdout)
        self.assertClass(gateway.send(compose(body=BAD)), 5)

        self.file.write_text("body WON /lottery/i\nscore WON 0.1\n")
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        self.assertCode(gateway.send(compose(body=BAD)), 250)

    def test_a_rule_that_costs_too_much_is_given_up_and_said(self):
        gateway = self.gateway({"own": False},
                               "body SLOW /(?:a+)+(?:a+)+(?:a+)+b/\nscore SLOW 1\n"
                               "body WON /lottery/i\nscore WON 9.5\n")
        self.assertCode(gateway.send(compose(body=("a" * 900 + "cb\r\n") * 3)), 250)
        _, tests = self.stats(gateway)
        self.assertEqual(tests["SLOW"]["gave_up"], 1)
        self.assertEqual(tests["SLOW"]["hits"], 0)
        self.assertClass(gateway.send(compose(body=BAD)), 5)
        names = [f["name"] for row in gateway.history() for f in row.get("findings", [])]
        self.assertIn("rules.gave_up", names)

    def test_the_last_hop_is_what_the_gateway_saw(self):
        gateway = self.gateway(
            {"own": False},
            "header LIAR X-Spam-Relays-Trusted =~ /^\\[ ip=127\\.0\\.0\\.1 rdns=\\S* "
            "helo=liar\\.example by=/\nscore LIAR 9.5\n")
        for name, expected in (("honest.example", 2), ("liar.example", 5)):
            client = gateway.client()
            client.ehlo(name)
            self.assertClass(
                client.transact("ann@sender.example", ["bob@example.org"], compose()), expected)
            client.close()

    def test_the_stock_rules_of_spamassassin(self):
        if not STOCK.is_dir():
            self.skipTest("Debian's package spamassassin is not installed")
        gateway = self.gateway({"own": False, "spamassassin": True})
        gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
        self.assertCode(gateway.send(compose(body="Lunch at noon?\r\n")), 250)
        self.assertClass(gateway.send(compose(body=gtube)), 5)
        table, tests = self.stats(gateway)
        self.assertEqual(tests["GTUBE"]["hits"], 1)
        self.assertGreater(len(table["tests"]), 100, "tests that were measured")


if __name__ == "__main__":
    main()
