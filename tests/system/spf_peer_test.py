#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""SPF beside python3-spf: generated records, the same zone, the same answer."""
import json
import random
import subprocess
import sys
import tempfile

from support import Case, NameServer, ask, main, options, skip

try:
    import spf
except ImportError:
    # Another python3 than Debian's may run this; the module is pure Python.
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        import spf
    except ImportError:
        skip("python3-spf is not installed; SPF was not compared with it")

ask("--cases", type=int, default=250)
ask("--seed", type=int, default=7208)
CLIENTS = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8:1::77"]
NAMES = [f"d{number}.example" for number in range(6)] + ["h.d0.example", "void.example"]
# What the other one says where it goes its own way: it counts every query without an answer, we one
# for each term of a record (RFC 7208 §4.6.4); it looks for "include:%{d}" in terms never reached;
# it wants unknown modifiers to be single, which are to be ignored however often they stand (§6).
OWN_WAYS = ("Void lookup limit", "trivial recursion", "x-y= MUST appear at most once")


def target(chance):
    return chance.choice(NAMES + ["%{d}", "%{o}", "%{h}", "%{l}.%{d}", "%{d2}", "%{s}.d1.example",
                                  "%{ir}.%{v}.d0.example", "%{dr-}.d0.example", "d1.example.",
                                  "%{L}.x.d2.example", "%{i}.d3.example"])


def goes_its_own_way(words, zone):
    """A name of the client that cannot be looked up is passed over (§5.5), not an error."""
    has_ptr = any(" ptr" in value or "tr:" in value for records in zone.values()
                  for kind, value in records if kind == "TXT")
    return any(way in words for way in OWN_WAYS) or (has_ptr and "Temporary Error" in words)


def term(chance):
    sign = chance.choice(["", "", "", "+", "-", "~", "?"])
    length = chance.choice(["", "", "", "/24", "//64", "/16//32", "/0", "/32"])
    kind = chance.randrange(100)
    if kind < 20:
        return sign + "ip4:" + chance.choice(["192.0.2.1", "192.0.2.0/25", "198.51.100.0/24",
                                              "0.0.0.0/0", "203.0.113.1"])
    if kind < 30:
        return sign + "ip6:" + chance.choice(["2001:db8::1", "2001:db8::/32", "2001:db8:1::/48",
                                              "::/0", "::ffff:192.0.2.1"])
    if kind < 45:
        return sign + "a" + chance.choice(["", ":" + target(chance)]) + length
    if kind < 57:
        return sign + "mx" + chance.choice(["", ":" + target(chance)]) + length
    if kind < 64:
        return sign + "ptr" + chance.choice(["", ":" + target(chance)])
    if kind < 76:
        return sign + "include:" + target(chance)
    if kind < 84:
        return sign + "exists:" + target(chance)
    if kind < 90:
        return chance.choice(["redirect=", "exp=", "x-y="]) + target(chance)
    if kind < 93:
        return chance.choice(["a/33", "ip4:1.2.3", "all:x", "include", "foo", "a:%{x}.d0.example",
                              "redirect=", "mx:d0", "a:d0.example/024", "-"])
    return sign + "all"


def zone_of(chance):
    zone = {}
    for name in NAMES[:-1]:
        records = []
        if chance.random() < 0.9:
            words = [term(chance) for _ in range(chance.randrange(1, 6))]
            end = chance.choice(["-all", "~all", "?all", ""])
            records.append(("TXT", " ".join(["v=spf1", *words, end]).strip()))
        if chance.random() < 0.05:
            records.append(("TXT", "v=spf1 -all"))
        for address in CLIENTS:
            if chance.random() < 0.25:
                records.append(("AAAA" if ":" in address else "A", address))
        for rank in range(chance.randrange(3)):
            records.append(("MX", (rank, chance.choice(NAMES))))
        if chance.random() < 0.04:
            records = [("SERVFAIL", "")]
        zone[name] = records
    for address in CLIENTS:
        if chance.random() < 0.6:
            zone[reverse(address)] = [("PTR", name) for name in chance.sample(NAMES, 2)]
    return zone


def reverse(address):
    import ipaddress
    return ipaddress.ip_address(address).reverse_pointer


class PeerDns:
    """The zone as python3-spf asks for it."""

    def __init__(self, zone):
        self.zone = zone

    def __call__(self, name, kind, *_):
        name = name.rstrip(".").lower()
        records = self.zone.get(name, [])
        if ("SERVFAIL", "") in records:
            raise spf.TempError("DNS SERVFAIL")
        return [((name, kind), (value.encode(),) if kind == "TXT" else value)
                for own, value in records if own == kind]


class SpfPeer(Case):
    def test_generated_records(self):
        server = self.open(NameServer())
        chance = random.Random(options.seed)
        tally, compared = {}, 0
        with tempfile.NamedTemporaryFile(suffix=".eml") as message:
            message.write(b"From: ann@d0.example\r\n\r\nx\r\n")
            message.flush()
            for number in range(options.cases):
                zone = zone_of(chance)
                client, helo = chance.choice(CLIENTS), chance.choice(NAMES)
                sender = chance.choice(["ann.b-c@" + NAMES[0], "bob@" + NAMES[1], ""])
                spf.DNSLookup = PeerDns(zone)
                peer, _, words = spf.query(client, sender, helo, receiver="unknown",
                                           timeout=20).check()
                server.set_zone(zone)
                ours = self.ask_ours(server, client, helo, sender, message.name)
                tally[ours] = tally.get(ours, 0) + 1
                if ours != peer and goes_its_own_way(words, zone):
                    continue
                compared += 1
                with self.subTest(number):
                    self.assertEqual(ours, peer, f"{client} {helo} {sender!r} {words}\n"
                                     + "\n".join(f"{k}: {v}" for k, v in zone.items()))
        print(f"{compared} of {options.cases} compared; ours: {tally}", flush=True)
        self.assertGreater(compared, options.cases * 0.8)

    def ask_ours(self, server, client, helo, sender, path):
        done = subprocess.run([options.mailweir, "auth", "check", "--dns",
                               f"127.0.0.1:{server.port}", "--client", client, "--helo", helo,
                               "--from", sender, path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["spf"]["result"]


if __name__ == "__main__":
    main()
