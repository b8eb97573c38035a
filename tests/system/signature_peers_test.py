#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What we sign others verify, and the other way round: python3-dkim and opendkim."""
import base64
import itertools
import json
import pathlib
import random
import re
import shutil
import subprocess
import tempfile

from support import Case, NameServer, main, options, skip

FORMS = [f"{header}/{body}" for header, body in itertools.product(("simple", "relaxed"), repeat=2)]
# No blanks that a milter would take from the value: opendkim would hash another field.
HEADER = ("From: Ann <ann@example.org>\r\nTo: bob@example.jp,\r\n\tcarol@example.jp\r\n"
          "Subject: two  blanks \r\n and a fold\r\nReceived: by a; x\r\nReceived: by b; y\r\n"
          "X-Blank: a \t x\r\n")
NAME = "s1._domainkey.example.org"


def dkimpy():
    try:
        import dkim
    except ImportError:
        skip("python3-dkim is not installed")
    return dkim


def messages():
    """Bodies that canonicalization changes, and some by chance."""
    yield from (b"", b"\r\n", b"\r\n\r\n\r\n", b"Hello.\r\n", b"Hello.", b" \t\r\n",
                b"a  b\t\tc \r\n",
                b"a\r\n\r\n b\r\n \r\n\r\n", b".\r\n..\r\n.dot\r\n", b"\r\nlate\r\n",
                "日本語のメール\r\n".encode(), b"x" * 5000 + b"\r\n")
    chance = random.Random(3)
    for _ in range(12):
        yield b"".join(chance.choice((b"word", b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b"."))
                       for _ in range(chance.randrange(400))) + b"\r\n"


class SignaturePeers(Case):
    @classmethod
    def setUpClass(cls):
        cls.dkim = dkimpy()
        if not shutil.which("opendkim"):
            skip("opendkim is not installed")
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.keys, cls.records = {}, {}
        for kind in ("rsa", "ed25519"):
            path = cls.folder / f"{kind}.pem"
            printed = cls.run_mailweir("dkim", "keygen", "--type", kind, "--key", path)
            assert path.stat().st_mode & 0o777 == 0o600
            cls.keys[kind] = path
            cls.records[kind] = "".join(re.findall(r'"([^"]*)"', printed.decode()))

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @staticmethod
    def run_mailweir(*arguments):
        return subprocess.run([options.mailweir, *arguments], check=True,
                              capture_output=True).stdout

    def sign(self, kind, form, message):
        path = self.folder / "plain.eml"
        path.write_bytes(message)
        return self.run_mailweir("dkim", "sign", "--key", self.keys[kind], "--domain",
                                 "example.org", "--selector", "s1", "--canonicalization", form,
                                 path)

    def verdicts(self, kind, message):
        server = self.open(NameServer({NAME: [("TXT", self.records[kind])]}))
        path = self.folder / "signed.eml"
        path.write_bytes(message)
        printed = self.run_mailweir("auth", "check", "--client", "192.0.2.1", "--dns",
                                    f"127.0.0.1:{server.port}", path)
        return [(one["result"], one["reason"]) for one in json.loads(printed)["dkim"]]

    def dns_of(self, kind):
        return lambda name, timeout=5: (
            self.records[kind].encode() if name.rstrip(b".") == NAME.encode() else None)

    def opendkim(self, lines, message):
        path, configuration = self.folder / "given.eml", self.folder / "opendkim.conf"
        path.write_bytes(message)
        configuration.write_text("\n".join(lines + ["UserID " + str(path.owner()),
                                                    "Socket inet:0@127.0.0.1", ""]))
        return subprocess.run(["opendkim", "-x", configuration, "-vv", "-t", path],
                              capture_output=True, text=True, check=False).stdout

    def test_python_verifies_what_we_sign(self):
        for kind, form, body in itertools.product(self.keys, FORMS, messages()):
            with self.subTest(kind=kind, form=form, body=body[:60]):
                signed = self.sign(kind, form, HEADER.encode() + b"\r\n" + body)
                self.assertTrue(self.dkim.verify(signed, dnsfunc=self.dns_of(kind)))
                changed = signed.replace(b"Ann", b"Eve", 1)
                self.assertFalse(self.dkim.verify(changed, dnsfunc=self.dns_of(kind)))

    def test_opendkim_verifies_what_we_sign(self):
        for kind, form, body in itertools.product(self.keys, FORMS, messages()):
            if not body.endswith(b"\r\n"):
                continue  # it reads lines
            with self.subTest(kind=kind, form=form, body=body[:60]):
                data = self.folder / "zone"
                data.write_text(f"{NAME} {self.records[kind]}\n")
                said = self.opendkim(["Mode v", f"TestDNSData {data}"],
                                     self.sign(kind, form, HEADER.encode() + b"\r\n" + body))
                self.assertIn("dkim=pass", said)

    def test_we_verify_what_python_signs(self):
        for kind, form, body in itertools.product(self.keys, FORMS, messages()):
            with self.subTest(kind=kind, form=form, body=body[:60]):
                message = HEADER.encode() + b"\r\n" + body
                key = self.keys[kind].read_bytes()
                if kind == "ed25519":  # it wants the bare 32 octets
                    der = subprocess.run(["openssl", "pkey", "-in", self.keys[kind], "-outform",
                                          "DER"], check=True, capture_output=True).stdout
                    key = base64.b64encode(der[-32:])
                field = self.dkim.sign(message, b"s1", b"example.org", key,
                                       canonicalize=tuple(form.encode().split(b"/")),
                                       signature_algorithm=f"{kind}-sha256".encode(),
                                       include_headers=[b"from", b"to", b"subject", b"x-blank",
                                                        b"cc"])
                self.assertEqual(self.verdicts(kind, field + message), [("pass", "")])
                self.assertEqual(self.verdicts(kind, field + message.replace(b"Ann", b"Eve"))[0][0],
                                 "fail")

    def test_we_verify_what_opendkim_signs(self):
        for form, body in itertools.product(FORMS, messages()):
            if not body.endswith(b"\r\n"):
                continue
            with self.subTest(form=form, body=body[:60]):
                message = HEADER.encode() + b"\r\n" + body
                said = self.opendkim(["Mode s", "Domain example.org", "Selector s1",
                                      f"KeyFile {self.keys['rsa']}", f"Canonicalization {form}",
                                      "InternalHosts 0.0.0.0/0", "RequireSafeKeys false"], message)
                found = re.search(r"hname='DKIM-Signature' hvalue='(.*?)'", said, re.DOTALL)
                self.assertIsNotNone(found, said)
                field = "DKIM-Signature: " + found[1].replace("\n", "\r\n") + "\r\n"
                self.assertEqual(self.verdicts("rsa", field.encode() + message), [("pass", "")])

    def test_python_validates_what_we_seal(self):
        server = self.open(NameServer({NAME: [("TXT", self.records["rsa"])]}))
        for body in messages():
            message = HEADER.encode() + b"\r\n" + body
            for round_ in range(3):
                path = self.folder / "sealing.eml"
                path.write_bytes(b"Authentication-Results: mx.example.org; dmarc=pass\r\n"
                                 + message)
                fields = self.run_mailweir(
                    "auth", "seal", "--dns", f"127.0.0.1:{server.port}", "--authserv-id",
                    "mx.example.org", "--domain", "example.org", "--selector", "s1", "--key",
                    self.keys["rsa"], "--headers", "from:to:subject", path)
                message = fields + message
                with self.subTest(body=body[:60], round=round_):
                    state = self.dkim.arc_verify(message, dnsfunc=self.dns_of("rsa"))
                    self.assertEqual(state[0], b"pass", state)


if __name__ == "__main__":
    main()
