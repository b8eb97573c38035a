#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`mailweir auth check` and `mailweir domain`: the standards as the command line tells them."""
import json
import pathlib
import subprocess
import tempfile
import time

from support import Case, NameServer, main, options, skip

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "shared" / "vectors"
PLAIN = "From: Ann <ann@a.example>\r\nSubject: x\r\n\r\nHello.\r\n"
PASS, REJECT = "v=spf1 ip4:192.0.2.1 -all", "v=DMARC1; p=reject"


class AuthCheck(Case):
    def setUp(self):
        self.server = self.open(NameServer())
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_check(self, *arguments, message=PLAIN, code=0):
        path = self.folder / "message.eml"
        path.write_bytes(message if isinstance(message, bytes) else message.encode())
        done = subprocess.run([options.mailweir, "auth", "check", "--dns",
                               f"127.0.0.1:{self.server.port}", *arguments, path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def check(self, sender="ann@a.example", client="192.0.2.1", helo="mx.a.example", **settings):
        return self.run_check("--client", client, "--helo", helo, "--from", sender, **settings)

    def test_spf_alone_makes_an_aligned_pass(self):
        self.server.set_zone({"a.example": [("TXT", PASS)], "_dmarc.a.example": [("TXT", REJECT)]})
        found = self.check()
        self.assertEqual(found["spf"], {"result": "pass", "domain": "a.example", "scope": "mfrom",
                                        "explanation": ""})
        self.assertEqual(found["dkim"], [])
        self.assertEqual(found["arc"], {"result": "none"})
        self.assertEqual(found["dmarc"], {"result": "pass", "policy": "reject",
                                          "org_domain": "a.example"})

    def test_a_forged_sender_fails(self):
        self.server.set_zone({"a.example": [("TXT", PASS)], "_dmarc.a.example": [("TXT", REJECT)]})
        found = self.check(client="203.0.113.1")
        self.assertEqual(found["spf"]["result"], "fail")
        self.assertEqual(found["spf"]["explanation"], "DEFAULT")
        self.assertEqual(found["dmarc"]["result"], "fail")

    def test_a_null_sender_is_judged_by_helo(self):
        self.server.set_zone({"mx.a.example": [("TXT", PASS)],
                              "_dmarc.a.example": [("TXT", REJECT)]})
        found = self.check(sender="")
        self.assertEqual((found["spf"]["result"], found["spf"]["scope"]), ("pass", "helo"))
        self.assertEqual(found["dmarc"]["result"], "pass")

    def test_a_silent_or_failing_dns_is_temporary_and_soon_over(self):
        for trouble in ("SERVFAIL", "TIMEOUT"):
            with self.subTest(trouble):
                self.server.set_zone({"a.example": [(trouble, "")],
                                      "_dmarc.a.example": [(trouble, "")]})
                start = time.monotonic()
                found = self.check()
                self.assertLess(time.monotonic() - start, 5)
                self.assertEqual(found["spf"]["result"], "temperror")
                self.assertEqual(found["dmarc"]["result"], "temperror")

    def test_an_author_that_is_not_plain_does_not_pass(self):
        self.server.set_zone({"a.example": [("TXT", PASS)], "_dmarc.a.example": [("TXT", REJECT)]})
        for start, result in (("From: ann@b.example\r\n" + PLAIN, "permerror"),
                              ("From: ann@a.example, bob@b.example\r\n\r\nx\r\n", "permerror"),
                              ("Subject: x\r\n\r\nx\r\n", "none")):
            with self.subTest(start):
                self.assertEqual(self.check(message=start)["dmarc"]["result"], result)

    def test_usage(self):
        self.assertIn("--client", self.run_check("--client", "x", code=2))
        self.run_check("--from", "a@a.example", code=2)
        self.assertIn("--dns-timeout",
                      self.run_check("--client", "192.0.2.1", "--dns-timeout", "0", code=2))

    def test_all_of_spf_by_the_command_line(self):
        for scenario in spf_scenarios():
            self.server.set_zone({str(name): spf_records(records)
                                  for name, records in scenario["zonedata"].items()})
            for name, test in scenario["tests"].items():
                with self.subTest(f"{scenario['description']}: {name}"):
                    found = self.check(test["mailfrom"], test["host"], test["helo"])["spf"]
                    right = test["result"]
                    self.assertIn(found["result"], right if isinstance(right, list) else [right])
                    if "explanation" in test:
                        self.assertEqual(found["explanation"], test["explanation"])

    def test_the_examples_of_the_dkim_standards(self):
        path = VECTORS / "rfc-dkim-examples.json"
        if not path.exists():
            self.skipTest("no vectors beside the repository")
        for name, example in json.loads(path.read_text()).items():
            self.server.set_zone({owner: [(kind, value) for record in records
                                          for kind, value in record.items()]
                                  for owner, records in example["zone"].items()})
            found = self.check(message=(VECTORS / name).read_bytes())["dkim"]
            for one in found:
                self.assertEqual(one.pop("reason"), "")
            self.assertEqual(found, [{key: one[key] for key in
                                      ("result", "domain", "selector", "algorithm")}
                                     for one in example["expect"]])

    def test_a_domain_is_told_what_it_lacks(self):
        self.server.set_zone({
            "a.example": [("MX", (10, "mx.a.example")), ("TXT", "v=spf1 mx -all")],
            "mx.a.example": [("A", "192.0.2.1")],
            "1.2.0.192.in-addr.arpa": [("PTR", "mx.a.example")],
            "s1._domainkey.a.example": [("TXT", "v=DKIM1; k=ed25519; p="
                                         "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")],
            "_dmarc.a.example": [("TXT", REJECT)],
            "_mta-sts.a.example": [("TXT", "v=STSv1; id=20261122")],
            "_smtp._tls.a.example": [("TXT", "v=TLSRPTv1; rua=mailto:tls@a.example")],
            "_mta-sts.b.example": [("TXT", "v=STSv1")],
            "b.example": [("MX", (10, "mx.b.example")), ("TXT", "v=spf1 foo")],
            "mx.b.example": [("A", "192.0.2.2")]})
        self.assertEqual(self.domain("a.example"),
                         ({"MX": "ok", "PTR": "ok", "SPF": "ok", "DKIM": "ok", "DMARC": "ok",
                           "MTA-STS": "ok", "TLSRPT": "ok"}, 0, ""))
        states, code, paste = self.domain("b.example")
        self.assertEqual(states, {"MX": "ok", "PTR": "missing", "SPF": "wrong", "DKIM": "missing",
                                  "DMARC": "missing", "MTA-STS": "wrong", "TLSRPT": "note"})
        self.assertEqual(code, 1)
        self.assertIn("_smtp._tls.b.example. IN TXT", paste)
        self.assertIn("_dmarc.b.example. IN TXT", paste)
        self.assertIn("2.2.0.192.in-addr.arpa. IN PTR mx.b.example.", paste)

    def domain(self, name):
        done = subprocess.run([options.mailweir, "domain", "check", name, "--json", "--dns",
                               f"127.0.0.1:{self.server.port}"], capture_output=True, text=True,
                              check=False)
        rows = json.loads(done.stdout)
        return ({row["what"]: row["state"] for row in rows}, done.returncode,
                "".join(row["paste"] for row in rows))

    def test_scan_tells_the_same_as_auth_check(self):
        self.server.set_zone({"a.example": [("TXT", PASS)], "_dmarc.a.example": [("TXT", REJECT)]})
        checked = self.check()
        done = subprocess.run([options.mailweir, "scan", "--jsonl", "--client", "192.0.2.1",
                               "--helo", "mx.a.example", "--from", "ann@a.example", "--dns",
                               f"127.0.0.1:{self.server.port}", self.folder / "message.eml"],
                              capture_output=True, text=True, check=False)
        scanned = json.loads(done.stdout)
        self.assertEqual(scanned["auth"], checked)
        names = [finding["name"] for finding in scanned["findings"]]
        self.assertIn("spf.pass", names)
        self.assertIn("dmarc.pass", names)

    def test_organizational_domains(self):
        done = subprocess.run([options.mailweir, "domain", "organizational", "www.example.co.jp",
                               "co.jp", "WWW.Example.COM", "www.食狮.公司.cn", "192.0.2.1", "a b"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout.split("\n"), ["example.co.jp", "null", "example.com",
                                                   "食狮.公司.cn", "null", "null", ""])


def spf_scenarios():
    path = VECTORS / "rfc7208-tests.yml"
    if not path.exists():
        skip(f"no {path.name} beside the repository")
    try:
        import yaml
    except ImportError:
        skip("no yaml for python3")
    return [scenario for scenario in yaml.safe_load_all(path.read_text(encoding="utf-8"))
            if scenario]


def spf_records(records):
    """SPF records stand for TXT, too, unless the name has TXT of its own."""
    has_txt = any(isinstance(record, dict) and "TXT" in record for record in records)
    found = []
    for record in records:
        if not isinstance(record, dict):
            found.append((record, ""))
            continue
        (kind, value), = record.items()
        if value == "NONE" or (kind == "SPF" and has_txt):
            continue
        kind = "TXT" if kind == "SPF" else kind
        if kind == "TXT" and isinstance(value, list):
            value = "".join(value)
        found.append((kind, value.encode("latin-1") if kind == "TXT" else value))
    return found


if __name__ == "__main__":
    main()
