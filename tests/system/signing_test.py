#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What outbound listeners take is signed, what came from outside and goes on is sealed; others
verify both."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from support import (Case, Gateway, InternalServer, NameServer, compose, free_port, main, options,
                     skip, wait_until)

try:
    import dkim
except ImportError:
    skip("python3-dkim is not installed")

OWN = "ann@example.org"


def fields(message, name):
    """Values of all header fields of that name, unfolded."""
    head = message.split(b"\r\n\r\n", 1)[0].replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ")
    return [line.split(b":", 1)[1].strip().decode("latin-1") for line in head.split(b"\r\n")
            if line.lower().startswith(name.lower().encode() + b":")]


def tags(value):
    return dict(re.findall(r"(?:^|;)\s*([a-z]+)=\s*([^;]*?)\s*(?=;|$)", value))


def run(*arguments):
    return subprocess.run([options.mailweir, *map(str, arguments)], capture_output=True, text=True,
                          check=False)


class Signing(Case):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.records = {}
        for name, kind in (("r1", "rsa"), ("r2", "rsa"), ("e1", "ed25519")):
            made = run("dkim", "keygen", "--type", kind, "--key", cls.folder / name)
            assert made.returncode == 0, made.stderr
            record = "".join(re.findall(r'"([^"]*)"', made.stdout))
            for domain in ("example.org", "lists.example.net"):
                cls.records[f"{name}._domainkey.{domain}"] = record

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def key(self, selector, domain="example.org", file=None):
        return {"domain": domain, "selector": selector,
                "key": str(self.folder / (file or selector))}

    def gateway(self, **changes):
        """One server stands for the inside and for the world; it hears which by the recipient."""
        self.server = self.open(InternalServer())
        self.names = self.open(NameServer({n: [("TXT", r)] for n, r in self.records.items()}))
        self.out = free_port()
        policy = changes.pop("policy", {})
        listeners = [{"name": "mx", "address": f"127.0.0.1:{free_port()}"},
                     {"name": "out", "address": f"127.0.0.1:{self.out}", "role": "outbound",
                      "clients": ["127.0.0.0/8"]}]
        gateway = Gateway(self.server.port, start=False, policy=policy, changes={
            "listeners": listeners,
            "outbound": {"relay": [f"127.0.0.1:{self.server.port}"]},
            "dns": {"servers": [f"127.0.0.1:{self.names.port}"]}, **changes})
        gateway.inbound = gateway.port = int(listeners[0]["address"].split(":")[1])
        self.open(gateway).start()
        gateway.wait_ready(port=self.out)
        return gateway

    def send(self, gateway, message, sender=OWN, recipient=None, inbound=False):
        """To somebody else each time: the same mail goes to an outside address once an hour."""
        gateway.port = gateway.inbound if inbound else self.out
        count = self.server.count
        recipient = recipient or f"bob{count}@far.example"
        self.assertCode(gateway.send(message, sender=sender, recipients=[recipient]), 250)
        return self.server.wait_for(count + 1)[-1].data

    def dns(self, name, timeout=5):
        found = self.records.get(name.rstrip(b".").decode())
        return found.encode() if found else None

    def assert_signed(self, message, selectors, domain="example.org"):
        signatures = fields(message, "DKIM-Signature")
        self.assertEqual(sorted(tags(s)["s"] for s in signatures), sorted(selectors))
        for index, signature in enumerate(signatures):
            self.assertEqual(tags(signature)["d"], domain)
            self.assertTrue(dkim.DKIM(message).verify(idx=index, dnsfunc=self.dns), signature)
        if shutil.which("opendkim"):
            self.assert_opendkim_agrees(message, len(selectors))

    def assert_opendkim_agrees(self, message, count):
        path, zone = self.folder / "signed.eml", self.folder / "zone"
        path.write_bytes(message)
        zone.write_text("".join(f"{n} {r}\n" for n, r in self.records.items()))
        settings = self.folder / "opendkim.conf"
        settings.write_text(f"Mode v\nTestDNSData {zone}\nUserID {path.owner()}\n"
                            "Socket inet:0@127.0.0.1\n")
        said = subprocess.run(["opendkim", "-x", settings, "-vv", "-t", path],
                              capture_output=True, text=True, check=False).stdout
        self.assertEqual(said.count("dkim=pass"), count, said)

    def assert_sealed(self, message, instance):
        state, details, reason = dkim.arc_verify(message, dnsfunc=self.dns)
        self.assertEqual((state, details[0]["instance"]), (b"pass", instance), reason)

    def test_mail_of_our_authors_is_signed_by_every_key(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1"), self.key("e1")]})
        plain = compose(sender=OWN)
        bodies = {
            "dots": compose(sender=OWN, body=".\r\n..dots\r\n. \r\n\r\n\r\n"),
            "none": b"From: " + OWN.encode() + b"\r\n\r\n",
            "8 bit": compose(sender=OWN, subject="Grüße", body="日本語  \r\n\tx\r\n"),
            "large": compose(sender=OWN, size=3_000_000),
            "fields": compose(sender=OWN, extra="X: y\r\nX: z\r\nList-Id: <a.b>\r\n"),
            "below": compose(sender="ann@dept.example.org"),
            "plain": plain,
        }
        for name, message in bodies.items():
            with self.subTest(name=name):
                arrived = self.send(gateway, message)
                self.assertTrue(arrived.endswith(message))
                self.assert_signed(arrived, ["r1", "e1"])
        with self.subTest("without a last line end"), gateway.client() as client:
            client.envelope(OWN, ["bob@far.example"])
            self.assertCode(client.bdat([plain[:-5], plain[-5:-2]])[-1], 250)
            self.assert_signed(self.server.wait_for(len(bodies) + 1)[-1].data, ["r1", "e1"])

    def test_what_waits_in_the_store_goes_out_signed(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1")]})
        self.server.script["connect"] = "421 4.3.2 not now"
        gateway.port = self.out
        message = compose(sender=OWN, body="..\r\n.\r\n", size=100_000)
        self.assertCode(gateway.send(message, sender=OWN, recipients=["bob@far.example",
                                                                      "eve@far.example"]), 250)
        gateway.stop()
        self.server.script.clear()
        gateway.port = gateway.inbound
        gateway.start()
        arrived = self.server.wait_for(1)[-1].data
        self.assertTrue(arrived.endswith(message))
        self.assert_signed(arrived, ["r1"])

    def test_only_mail_of_our_authors_is_signed(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1")]})
        for name, message in {
                "another author": compose(sender="ann@far.example"),
                "two From fields": compose(sender=OWN, extra=f"From: {OWN}\r\n"),
                "two domains": compose(sender=OWN).replace(b"<" + OWN.encode() + b">",
                                                           b"ann@example.org, bob@far.example"),
                "no From": b"Subject: x\r\n\r\nHello.\r\n",
                "a name that only looks like ours": compose(sender="ann@notexample.org"),
                "an open comment": compose(sender=OWN).replace(b"<" + OWN.encode() + b">",
                                                               b"ann@example.org (")}.items():
            with self.subTest(name=name):
                self.assertEqual(fields(self.send(gateway, message), "DKIM-Signature"), [])
        arrived = self.send(gateway, compose(sender=OWN), recipient="bob@example.org", inbound=True)
        self.assertEqual(fields(arrived, "DKIM-Signature"), [], "it came from outside")

    def test_a_signature_covers_what_is_not_there(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1")], "expire": "14 days"})
        arrived = self.send(gateway, compose(sender=OWN))
        for added in (b"From: eve@far.example\r\n", b"Reply-To: eve@far.example\r\n",
                      b"Subject: other\r\n", b"Content-Type: text/html\r\n"):
            self.assertFalse(dkim.verify(added + arrived, dnsfunc=self.dns), added)
        said = tags(fields(arrived, "DKIM-Signature")[0])
        self.assertEqual(int(said["x"]) - int(said["t"]), 14 * 86400)

    def test_fields_are_chosen(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1")], "headers": ["X-Ours"],
                                     "oversign": ["From"]})
        arrived = self.send(gateway, compose(sender=OWN, extra="X-Ours: 1\r\n"))
        self.assert_signed(arrived, ["r1"])
        self.assertEqual(tags(fields(arrived, "DKIM-Signature")[0])["h"], "From:From:X-Ours")

    def test_keys_change_while_mail_flows(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1")]})
        pid = gateway.gate_pid()

        def reload_with(*keys):
            gateway.configuration["dkim"] = {"keys": list(keys)}
            before = gateway.log().count("reloaded")
            gateway.reload()
            wait_until(lambda: gateway.log().count("reloaded") > before, what="the reload")
        reload_with(self.key("r1"), self.key("r2"))
        self.assert_signed(self.send(gateway, compose(sender=OWN)), ["r1", "r2"])
        reload_with(self.key("r2"))
        self.assert_signed(self.send(gateway, compose(sender=OWN)), ["r2"])
        self.assertEqual(gateway.gate_pid(), pid)

    def test_a_key_that_vanishes_is_an_error_and_the_old_one_goes_on(self):
        copy = self.folder / "going"
        shutil.copy(self.folder / "r1", copy)
        os.chmod(copy, 0o600)
        gateway = self.gateway(dkim={"keys": [self.key("r1", file="going")]})
        copy.unlink()
        gateway.reload()
        wait_until(lambda: "reload refused" in gateway.log(), what="the refusal")
        self.assertRegex(gateway.log(), r"mailweir\.yaml:\d+:\d+: error: the key .*going cannot be "
                                        "read: No such file")
        self.assert_signed(self.send(gateway, compose(sender=OWN)), ["r1"])

    def test_wrong_keys_are_told_at_their_place(self):
        short, weak = self.folder / "short", self.folder / "weak"
        for path, bits in ((short, 512), (weak, 1024)):
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, str(bits)],
                           check=True, capture_output=True)
            os.chmod(path, 0o600)
        shutil.copy(self.folder / "r1", self.folder / "open")
        os.chmod(self.folder / "open", 0o644)
        (self.folder / "empty").write_text("")
        os.chmod(self.folder / "empty", 0o600)
        os.mkfifo(self.folder / "pipe")
        gateway = Gateway(1, start=False)
        self.addCleanup(gateway.close)

        def check(section):
            for name in ("dkim", "arc"):
                gateway.configuration.pop(name, None)
            gateway.configuration.update(section)
            gateway.write()
            return run("config", "check", "--config", gateway.config_path)
        for words, section in {
                "short is an RSA key of less than 1024": {"dkim": {"keys": [self.key("short")]}},
                "is open to every user": {"dkim": {"keys": [self.key("open")]}},
                "empty is no private key": {"dkim": {"keys": [self.key("empty")]}},
                "pipe cannot be read: is no file": {"dkim": {"keys": [self.key("pipe")]}},
                "nowhere cannot be read: No such file": {"dkim": {"keys": [self.key("nowhere")]}},
                '"a b" is no name': {"dkim": {"keys": [self.key("a b", file="r1")]}},
                '"x y" is no domain': {"dkim": {"keys": [self.key("r1", domain="x y")]}},
                "two keys of this domain": {"dkim": {"keys": [self.key("r1"), self.key("r1")]}},
                "without From": {"dkim": {"keys": [self.key("r1")], "oversign": ["To"]}},
                '"Received" changes': {"dkim": {"keys": [self.key("r1")], "headers": ["Received"]}},
                '"key" is missing': {"dkim": {"keys": [{"domain": "a.b", "selector": "s"}]}},
                '"domain" is missing: who seals': {"arc": {"seal": True, "selector": "s",
                                                           "key": "k"}}}.items():
            with self.subTest(words=words):
                done = check(section)
                self.assertEqual(done.returncode, 6, done.stderr)
                self.assertRegex(done.stderr, rf"mailweir\.yaml:\d+:\d+: error: .*{words}")
        for words, section in {
                "is an RSA key of 1024 bits": {"dkim": {"keys": [self.key("weak")]}},
                "none of": {"dkim": {"keys": [self.key("r1", domain="elsewhere.test")]}}}.items():
            done = check(section)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, rf"mailweir\.yaml:\d+:\d+: warning: .*{words}")

    def test_commands_know_the_configured_keys(self):
        gateway = self.gateway(dkim={"keys": [self.key("r1"), self.key("r2"), self.key("e1")]},
                               hostname="out.example.org")
        printed = run("dkim", "dns", "--config", gateway.config_path)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        published = {line.split(". IN TXT")[0]: "".join(re.findall(r'"([^"]*)"', line))
                     for line in printed.stdout.splitlines()}
        self.assertEqual(published, {n: r for n, r in self.records.items()
                                     if n.endswith("example.org")})
        one = run("dkim", "dns", "--config", gateway.config_path, "--selector", "e1")
        self.assertEqual(one.stdout.count("IN TXT"), 1)
        self.assertEqual(run("dkim", "dns", "--config", gateway.config_path, "--selector",
                             "nix").returncode, 5)

        self.names.set_zone({
            "r1._domainkey.example.org": [("TXT", self.records["r1._domainkey.example.org"])],
            "r2._domainkey.example.org": [("TXT", self.records["r1._domainkey.example.org"])],
            "example.org": [("TXT", "v=spf1 ip4:192.0.2.7 -all")],
            "out.example.org": [("A", "192.0.2.7"), ("A", "192.0.2.9")],
            "7.2.0.192.in-addr.arpa": [("PTR", "out.example.org")]})
        done = run("domain", "check", "example.org", "--json", "--config", gateway.config_path,
                   "--dns", f"127.0.0.1:{self.names.port}", "--address", "192.0.2.7", "--address",
                   "192.0.2.8", "--address", "192.0.2.9")
        rows = {(row["what"], row["name"]): row for row in json.loads(done.stdout)}
        states = {f"{what} {name}": row["state"] for (what, name), row in rows.items()}
        expected = {
            "DKIM r1._domainkey.example.org": "ok", "DKIM r2._domainkey.example.org": "wrong",
            "DKIM e1._domainkey.example.org": "missing",
            "PTR 192.0.2.7": "ok", "SPF 192.0.2.7": "ok",
            "PTR 192.0.2.8": "missing", "SPF 192.0.2.8": "wrong",
            "PTR 192.0.2.9": "missing", "SPF 192.0.2.9": "wrong"}
        self.assertEqual({name: states[name] for name in expected}, expected)
        helo = [row["state"] for row in json.loads(done.stdout) if row["what"] == "HELO"]
        self.assertEqual(helo, ["ok", "wrong", "ok"])
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.records["e1._domainkey.example.org"],
                      rows["DKIM", "e1._domainkey.example.org"]["paste"])
        self.assertEqual(rows["PTR", "192.0.2.8"]["paste"],
                         "8.2.0.192.in-addr.arpa. IN PTR out.example.org.")
        self.assertIn("ip4:192.0.2.8", rows["SPF", "192.0.2.8"]["paste"])

    def sealing(self, **changes):
        other = {name: changes.pop(name) for name in ("dkim", "workers") if name in changes}
        return self.gateway(arc={"seal": True, **self.key("r1")}, policy={
            "layers": ["spf", "dkim", "arc", "dmarc"],
            "rules": [{"when": "spf.none", "add": 4}], **changes}, **other)

    def test_mail_from_outside_is_sealed_on_its_way_in(self):
        gateway = self.sealing()
        for name, message in {"small": compose(body="..\r\n. \r\n\r\n"),
                              "large": compose(size=300_000)}.items():
            with self.subTest(name=name):
                arrived = self.send(gateway, message, "ann@sender.example", "bob@example.org", True)
                self.assertIn(b"Subject: [S_P_A_M] ", arrived, "it is sealed as it goes on")
                self.assert_sealed(arrived, 1)
                results = fields(arrived, "ARC-Authentication-Results")[0]
                self.assertIn("mx.test.example", results)
                self.assertIn("spf=none smtp.mailfrom=ann@sender.example", results)
                self.assertFalse(dkim.arc_verify(arrived.replace(b"[S_P_A_M] ", b""),
                                                 dnsfunc=self.dns)[0] == b"pass")

    def processor_ms(self, gateway):
        """Of the loop, which is the first thread where there is one loop, and of all others."""
        tasks = pathlib.Path(f"/proc/{gateway.gate_pid()}/task")
        times = {int(task.name): int((task / "schedstat").read_text().split()[0]) / 1e6
                 for task in tasks.iterdir()}
        loop = times.pop(gateway.gate_pid())
        return loop, sum(times.values())

    def cost_of_large_mail(self, gateway, inbound, outbound):
        before = self.processor_ms(gateway)
        for _ in range(3):
            arrived = self.send(gateway, inbound, "ann@lists.example.net", "bob@example.org", True)
            signed = self.send(gateway, outbound)
        after = self.processor_ms(gateway)
        gateway.stop()
        return arrived, signed, [end - begin for begin, end in zip(before, after)]

    def test_the_body_of_large_mail_is_hashed_elsewhere_than_on_a_loop(self):
        one_loop = {"workers": {"loops": 1}}
        message = compose(sender="ann@lists.example.net", size=20_000_000)
        signature = dkim.sign(message, b"r2", b"lists.example.net",
                              (self.folder / "r2").read_bytes(), include_headers=[b"from"],
                              canonicalize=(b"relaxed", b"relaxed"))
        both = signature + message, compose(sender=OWN, size=20_000_000)
        *_, plain = self.cost_of_large_mail(
            self.gateway(policy={"layers": [], "rules": []}, **one_loop), *both)
        arrived, signed, hashed = self.cost_of_large_mail(
            self.sealing(rules=[], dkim={"keys": [self.key("r1")]}, **one_loop), *both)
        self.assertIn("dkim=pass", fields(arrived, "Authentication-Results")[0])
        self.assertEqual(len(fields(arrived, "ARC-Seal")), 1)
        self.assertEqual(len(fields(signed, "DKIM-Signature")), 1)
        on_loop, elsewhere = (after - before for before, after in zip(plain, hashed))
        print(f"\nhashing 180 MB took {on_loop:.0f} ms of the loop, {elsewhere:.0f} ms of others")
        self.assertGreater(elsewhere, 50, "nothing was hashed")
        self.assertLess(on_loop, elsewhere / 2)

    def test_a_chain_goes_on_and_out_again(self):
        gateway = self.sealing(rules=[])
        key = (self.folder / "r2").read_bytes()
        message = b"Authentication-Results: list.example.net; spf=pass\r\n" + compose()
        before = b"".join(dkim.arc_sign(message, b"r2", b"lists.example.net", key,
                                        b"list.example.net",
                                        include_headers=[b"from", b"to", b"subject"]))
        arrived = self.send(gateway, before + message, "l@lists.example.net", "bob@example.org",
                            True)
        self.assert_sealed(arrived, 2)
        self.assertIn("arc=pass", fields(arrived, "ARC-Authentication-Results")[0])
        gone = self.send(gateway, arrived, "bob@example.org", "bob@far.example")
        self.assert_sealed(gone, 3)
        self.assertIn("arc=pass", fields(gone, "ARC-Authentication-Results")[0])
        with self.subTest("nothing to pass on"):
            plain = self.send(gateway, compose(), "bob@example.org", "eve@far.example")
            self.assertEqual(fields(plain, "ARC-Seal"), [])
        with self.subTest("a broken chain is said to be one, once"):
            broken = self.send(gateway, arrived.replace(b"Good morning", b"Bad morning"),
                               "l@lists.example.net", "bob@example.org", True)
            self.assertEqual(tags(fields(broken, "ARC-Seal")[0])["cv"], "fail")
            again = self.send(gateway, broken, "l@lists.example.net", "bob@example.org", True)
            self.assertEqual(len(fields(again, "ARC-Seal")), len(fields(broken, "ARC-Seal")))
        with self.subTest("keys that cannot be asked for"):
            other = before.replace(b"r2", b"r9") + message
            self.names.set_zone({**{n: [("TXT", r)] for n, r in self.records.items()},
                                 "r9._domainkey.lists.example.net": [("SERVFAIL", "")]})
            left = self.send(gateway, other, "l@lists.example.net", "bob@example.org", True)
            self.assertEqual(len(fields(left, "ARC-Seal")), 1)


if __name__ == "__main__":
    main()
