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
        self.assertUnharmed(6, usual + 0.6)
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
