#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The layer intent in the session: local lists that change while it runs, and DNS lists."""
import os
import shutil
import subprocess
import time

from support import Case, Gateway, InternalServer, NameServer, main, skip, wait_until

RULES = [{"when": "intent.phishing_link", "then": "reject"},
         {"when": "intent.spam_link", "then": "quarantine"},
         {"when": "intent.listed", "then": "reject"},
         {"when": "intent.other_site", "then": "quarantine"}]


def linking(*sites, html=False):
    kind = "text/html" if html else "text/plain"
    text = "\r\n".join(f"<a href='http://{s}/x'>here</a>" if html else f"see http://{s}/x ok"
                       for s in sites)
    return (f"From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
            f"\r\n{text}\r\n").encode()


class Links(Case):
    def gateway(self, servers=(), **settings):
        self.server = self.open(InternalServer())
        return self.open(Gateway(
            self.server.port, policy={"layers": ["intent"], "rules": RULES},
            changes={"dns": {"servers": list(servers)}, "layers": {"intent": settings}}))

    def write(self, gateway, name, text):
        path = gateway.folder / name
        path.write_text(text)
        # As if written a while ago: a file just written may be half there.
        os.utime(path, (time.time() - 60, time.time() - 60 + self.age))
        self.age += 1
        return str(path)

    age = 0


class Lists(Links):
    def test_a_list_that_changes_counts_without_a_reload(self):
        gateway = self.gateway()
        path = self.write(gateway, "bad", "evil.net\n")
        gateway.configuration["layers"]["intent"] = {"phishing_files": [path],
                                                     "look_every": "1 s"}
        gateway.reload()
        wait_until(lambda: gateway.send(linking("www.evil.net"))[0] == 550)
        self.assertCode(gateway.send(linking("worse.net")), 250)
        self.write(gateway, "bad", "worse.net\n# evil.net went\n")
        wait_until(lambda: gateway.send(linking("a.b.worse.net", html=True))[0] == 550)
        self.assertCode(gateway.send(linking("evil.net")), 250)

    def test_a_reload_takes_other_lists_and_a_refused_one_none(self):
        gateway = self.gateway()
        self.assertCode(gateway.send(linking("pills.net")), 250)
        path = self.write(gateway, "spam", "pills.net\n")
        gateway.configuration["layers"]["intent"] = {"spam_files": [path]}
        gateway.reload()
        wait_until(lambda: gateway.send(linking("pills.net"))[0] == 250
                   and len(gateway.quarantine()) > 0)
        other = self.write(gateway, "other", "fine.net\n")
        gateway.configuration["layers"]["intent"] = {
            "spam_files": [other, "/nowhere/at/all"]}
        gateway.reload()
        wait_until(lambda: "/nowhere/at/all" in gateway.log())
        held = len(gateway.quarantine())
        self.assertCode(gateway.send(linking("fine.net")), 250)
        self.assertCode(gateway.send(linking("pills.net")), 250)
        self.assertEqual(len(gateway.quarantine()), held + 1, "the old list stays in service")

    def test_a_feed_as_it_comes_packed_by_zstd(self):
        if not shutil.which("zstd"):
            skip("zstd is not installed")
        gateway = self.gateway()
        path = self.write(gateway, "feed.txt", "".join(f"s{i}.net\n" for i in range(20_000)))
        subprocess.run(["zstd", "-q", path], check=True)
        gateway.configuration["layers"]["intent"] = {"phishing_files": [path + ".zst"]}
        gateway.reload()
        wait_until(lambda: gateway.send(linking("x.s19999.net"))[0] == 550)
        self.assertCode(gateway.send(linking("s20000.net")), 250)


class DnsLists(Links):
    def test_a_listed_site_is_refused_a_refusal_of_the_list_counts_for_nothing(self):
        dns = self.open(NameServer({
            "evil.net.uri.test": [("A", "127.0.0.2")],
            "7.2.0.192.uri.test": [("A", "127.0.0.2")],
            "any.net.no.test": [("A", "127.255.255.254")]}))
        gateway = self.gateway([f"127.0.0.1:{dns.port}"], dns_lists=[
            {"zone": "uri.test", "addresses": True}, {"zone": "no.test"}])
        self.assertCode(gateway.send(linking("www.good.net")), 250)
        self.assertCode(gateway.send(linking("www.evil.net", "192.0.2.8")), 550)
        self.assertCode(gateway.send(linking("192.0.2.7")), 550)
        self.assertCode(gateway.send(linking("www.any.net")), 250)
        lists = {one["zone"]: one["up"] for one in gateway.json("status")["dns"]["lists"]}
        self.assertEqual(lists, {"uri.test": True, "no.test": False})

    def test_a_message_of_many_sites_asks_no_more_than_its_budget(self):
        dns = self.open(NameServer({}))
        gateway = self.gateway([f"127.0.0.1:{dns.port}"], most_asked=100, dns_lists=[
            {"zone": f"u{i}.test"} for i in range(5)])
        before = len(dns.asked)
        self.assertCode(gateway.send(linking(*(f"n{i}.net" for i in range(100)))), 250)
        self.assertLessEqual(len(dns.asked) - before, 40 + 2)


class Text(Links):
    def test_text_against_target(self):
        gateway = self.gateway()
        message = linking("evil.net", html=True)
        self.assertCode(gateway.send(message), 250)
        self.assertEqual(len(gateway.quarantine()), 0)
        self.assertCode(gateway.send(message.replace(b">here<", b">www.bank.com<")), 250)
        self.assertEqual(len(gateway.quarantine()), 1)


if __name__ == "__main__":
    main()
