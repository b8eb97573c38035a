#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The gate and the DNS: a real resolver, its death, and a zone that means harm."""
import subprocess
import time

from support import Case, Gateway, InternalServer, compose, main, options, skip, wait_until
from support.dns import HostileZone, Unbound

POLICY = {
    "layers": ["lists", "reverse", "helo", "dnsbl", "headers", "recipients"],
    "rules": [
        {"when": "dnsbl.listed", "then": "reject"},
        {"when": "reverse.none", "add": 1},
        {"when": "helo.unknown", "add": 1},
    ],
    "points": {"tag": 1.5, "block": 50},
}
LISTS = {"dnsbl": {"lists": [{"zone": "bl.test"}]}}
RECORDS = [
    "7.2.0.192.in-addr.arpa. 60 IN PTR mx.good.test.",
    "mx.good.test. 60 IN A 192.0.2.7",
    "66.2.0.192.bl.test. 60 IN A 127.0.0.2",
]


class Dns(Case):
    def gateway(self, dns, policy=POLICY, **settings):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy=policy,
                                    listener={"xclient": ["127.0.0.1"]},
                                    changes={"dns": dns, **settings}))
        return gateway, server

    def send_as(self, gateway, address, helo, sender="ann@good.test", message=None):
        """Speaks for a client elsewhere; the deciding reply and how long it took from MAIL on."""
        self.sent = getattr(self, "sent", 0) + 1
        client = self.open(gateway.client())
        self.assertCode(client.ask(f"XCLIENT ADDR={address}"), 220)
        client.ehlo(helo)
        start = time.monotonic()
        reply = client.transact(sender, ["bob@example.org"],
                                message or compose(marker=f"m{self.sent}"))
        took = time.monotonic() - start
        client.quit()
        return reply, took


class RealResolver(Dns):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        self.unbound = self.open(Unbound(RECORDS))
        self.gate, self.server = self.gateway({"servers": [self.unbound.address]}, layers=LISTS)

    def is_up(self):
        return self.gate.json("status")["dns"]["up"]

    def test_names_and_lists_are_asked_for(self):
        self.assertCode(self.send_as(self.gate, "192.0.2.7", "mx.good.test")[0], 250)
        good = self.server.wait_for(1)[0].data
        self.assertIn(b"(mx.good.test [192.0.2.7])", good, "the confirmed name")
        self.assertNotIn(b"S_P_A_M", good)
        self.assertCode(self.send_as(self.gate, "192.0.2.66", "mx.good.test")[0], 550)
        self.assertCode(self.send_as(self.gate, "192.0.2.8", "nowhere.test")[0], 250)
        self.assertIn(b"S_P_A_M", self.server.wait_for(2)[1].data)
        status = self.gate.json("status")["dns"]
        self.assertEqual(status["servers"], [self.unbound.address])
        self.assertGreater(status["questions"], 5)
        self.assertEqual([(one["zone"], one["hits"]) for one in status["lists"]], [("bl.test", 1)])
        self.assertIn(self.unbound.address, self.gate.run("status").stdout)

    def assertUnharmed(self, count, most):
        """Mail flows, nothing is refused for want of the DNS, and none waits long for it."""
        before = len(self.server.accepted)
        for i in range(count):
            reply, took = self.send_as(self.gate, f"192.0.2.{100 + i}", f"host{i}.elsewhere.test")
            self.assertCode(reply, 250)
            self.assertLess(took, most, f"message {i} waited for the DNS")
        for message in self.server.wait_for(before + count)[before:]:
            self.assertNotIn(b"S_P_A_M", message.data, "nothing may weigh that is not known")

    def plain_time(self):
        return max(self.send_as(self.gate, "192.0.2.7", "mx.good.test")[1] for _ in range(3))

    def test_a_silent_resolver_adds_at_most_half_a_second(self):
        usual = self.plain_time()
        self.unbound.silence()
        # Two loops, each finds out for itself.
        self.assertUnharmed(6, usual + 0.5)
        wait_until(lambda: not self.is_up(), what="the breaker")
        usual = self.plain_time()
        self.assertUnharmed(6, usual + 0.2)
        self.unbound.resume()
        wait_until(self.is_up, what="the recovery")
        self.assertCode(self.send_as(self.gate, "192.0.2.66", "mx.good.test")[0], 550)

    def test_a_killed_resolver_adds_nothing_and_comes_back(self):
        usual = self.plain_time()
        self.unbound.kill()
        self.assertUnharmed(6, usual + 0.5)
        self.unbound.start()
        wait_until(self.is_up, what="the recovery")
        self.assertCode(self.send_as(self.gate, "192.0.2.66", "mx.good.test")[0], 550)


    def test_all_layers_together_wait_at_most_half_a_second_and_refuse_nothing(self):
        names = Hostile.known_layers(self)
        self.gate.policy["layers"] = names
        # Whatever asks the DNS would refuse the mail if it took silence for an answer.
        self.gate.policy["rules"] = self.gate.policy["rules"] + [
            {"when": name, "then": "reject"} for name in (
                "spf.fail", "spf.none", "spf.permerror", "dkim.fail", "dkim.permerror",
                "dmarc.fail", "dmarc.reject",
                "dmarc.none", "dmarc.permerror", "arc.fail", "reverse.none",
                "reverse.unconfirmed", "helo.unknown", "helo.mismatch", "dnsbl.hit")]
        self.gate.configuration["layers"] = {"dnsbl": {"lists": [
            {"zone": f"bl{i}.test"} for i in range(10)]}}
        self.gate.reload()
        wait_until(lambda: "reloaded" in self.gate.log(), what="the reload")
        fields = "".join(f"DKIM-Signature: v=1; a=rsa-sha256; d=d{i}.test; s=s; h=from; "
                         "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
                         for i in range(4))
        seal = ("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.test; s=s; t=1; b=AAAA\r\n"
                "ARC-Message-Signature: i=1; a=rsa-sha256; d=a.test; s=s; h=from; t=1; "
                "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
                "ARC-Authentication-Results: i=1; a.test; spf=pass\r\n")
        message = (fields + seal).encode() + compose(sender="ann@author.test")
        quick = self.send_as(self.gate, "10.0.0.1", "localhost.test", message=message)[1]
        self.unbound.silence()
        for i in range(4):
            reply, took = self.send_as(self.gate, f"192.0.2.{140 + i}", f"h{i}.unknown.test",
                                       f"ann@s{i}.test", message)
            self.assertCode(reply, 250)
            print(f"message {i} with a silent resolver: {took:.3f} s", flush=True)
            self.assertLess(took, quick + 0.5)
        self.unbound.resume()


class Forwarders(Dns):
    def test_lists_are_asked_for_the_first_unknown_hop_behind_a_listed_forwarder(self):
        if not Unbound.program():
            skip("unbound is not installed")
        dns = self.open(Unbound(RECORDS + [
            "9.2.0.192.list.dnswl.org. 60 IN A 127.0.5.3",
            "66.2.0.192.list.dnswl.org. 60 IN A 127.0.0.255",
            "50.113.0.203.bl.test. 60 IN A 127.0.0.2"]))
        server = self.open(InternalServer())
        codes = [f"127.0.2-15.{i} = -{i + 1}" for i in range(4)]
        gateway = self.open(Gateway(
            server.port, policy={**POLICY, "rules": [
                {"when": "dnsbl.listed", "add": 5}, {"when": "dnsbl.allowed", "add": "weight"}]},
            listener={"xclient": ["127.0.0.1"], "forwarders": ["203.0.113.50", "203.0.113.51"]},
            changes={"dns": {"servers": [dns.address]}, "layers": {"dnsbl": {"lists": [
                {"zone": "bl.test"}, {"zone": "list.dnswl.org", "codes": codes}]}}}))

        def judged(hops):
            fields = "".join(f"Received: from {name} ({name} [{ip}]) by {by}; "
                             "Mon, 05 Jan 2026 09:00:00 +0000\r\n" for name, ip, by in hops)
            reply, _ = self.send_as(gateway, "203.0.113.50", "fwd.example", "ann@good.test",
                                    fields.encode() + compose(marker=f"f{len(server.accepted)}"))
            self.assertCode(reply, 250)
            return server.wait_for(len(server.accepted))[-1].data
        good = judged([("good", "192.0.2.9", "fwd.example"), ("bot", "192.0.2.66", "good")])
        self.assertIn(b"score=-4.0", good, "what stands behind an unknown host is its own word")
        bad = judged([("fwd2", "203.0.113.51", "fwd.example"), ("bot", "192.0.2.66", "fwd2")])
        self.assertIn(b"score=5.0", bad, "two forwarders back stands a listed host")
        rested = judged([("good", "192.0.2.9", "fwd.example")])
        self.assertIn(b"score=0.0", rested, "a list that refuses us says nothing for a while")
        status = {one["zone"]: one for one in gateway.json("status")["dns"]["lists"]}
        self.assertEqual([status["list.dnswl.org"][key] for key in ("hits", "refusals")], [1, 1])
        self.assertIn("list.dnswl.org", gateway.run("status").stdout)


class Hostile(Dns):
    def test_never_more_than_forty_questions_a_message(self):
        zone = self.open(HostileZone())
        names = self.known_layers()
        policy = {**POLICY, "layers": names, "rules": []}
        lists = {"dnsbl": {"lists": [{"zone": f"bl{i}.evil.example"} for i in range(20)]}}
        gateway, server = self.gateway({"servers": [zone.address]}, policy, layers=lists)
        fields = "".join(f"DKIM-Signature: v=1; a=rsa-sha256; d=d{i}.evil.example; s=s; h=from; "
                         "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
                         for i in range(30))
        for i in range(3):
            before = len(zone.asked)
            message = fields.encode() + compose(sender="a@x.evil.example", marker=f"m{i}")
            reply, _ = self.send_as(gateway, f"192.0.2.{i + 1}", f"helo{i}.evil.example",
                                    f"a@s{i}.evil.example", message)
            self.assertCode(reply, 250)
            asked = len(zone.asked) - before
            self.assertGreater(asked, 20, "the zone does not even try")
            self.assertLessEqual(asked, 40, zone.asked[before:])

    def known_layers(self):
        """Every layer that a policy can name and that needs nothing else set up."""
        wanted = ["lists", "reverse", "helo", "dnsbl", "spf", "dkim", "arc", "dmarc", "headers",
                  "recipients"]
        known = subprocess.run([options.mailweir, "layers"], capture_output=True, text=True).stdout
        return [name for name in wanted if f"\n{name}: " in "\n" + known]


if __name__ == "__main__":
    main()
