#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`mailweir mime dump`, and the layers that judge what a message carries: EICAR is found in every
reading of ambiguous messages, programs by their octets, words in decoded text."""
import base64
import hashlib
import json
import subprocess
import tempfile

from support import Case, Gateway, InternalServer, main, options

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HASH = hashlib.sha256(EICAR).hexdigest()
B64 = base64.b64encode(EICAR).decode()
PART = f"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n{B64}\n"
NICE = "Content-Type: text/plain\n\nnice\n"
AMBIGUOUS = {
    "plain": f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{PART}--b--\n",
    "two types": "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n"
                 f"--b\n{PART}--b--\n",
    "two boundaries": "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n"
                      f"--a\n{NICE}--a--\n--b\n{PART}--b--\n",
    "longer line": "Content-Type: multipart/mixed; boundary=b\n\n"
                   f"--b\n{NICE}--bx\n{PART}--b--\n",
    "after the end": "Content-Type: multipart/mixed; boundary=b\n\n"
                     f"--b\n{NICE}--b--\n--b\n{PART}--b--\n",
    "no boundary": f"Content-Type: multipart/mixed\n\n--b\n{PART}--b--\n",
    "two encodings": "Content-Type: a/b\nContent-Transfer-Encoding: 7bit\n"
                     f"Content-Transfer-Encoding: base64\n\n{B64}\n",
    "odd encoding": f"Content-Type: a/b\nContent-Transfer-Encoding: base 64\n\n{B64}\n",
    "padding inside": "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n"
                      f"{B64}\nQUJD\n",
    "encoded container": "Content-Type: multipart/mixed; boundary=b\n"
                         "Content-Transfer-Encoding: base64\n\n"
                         + base64.b64encode(f"--b\n{PART}--b--\n".encode()).decode() + "\n",
    "encoded message": "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
                       + base64.b64encode(f"Subject: x\n{PART}".encode()).decode() + "\n",
    "comment": "Content-Type: multipart/mixed (x); boundary=(y) b\n\n" f"--b\n{PART}--b--\n",
    "segments": 'Content-Type: multipart/mixed; boundary*0="a"; boundary*1="b"\n\n'
                f"--ab\n{PART}--ab--\n",
}
WORDS = {"words": {"rules": [
    {"name": "lotto", "where": "body", "text": "jackpot", "then": "block"},
    {"name": "named", "where": "attachment", "text": "invoice", "then": "block"},
]}}
POLICY = {"layers": ["words", "attachments"], "rules": [
    {"when": "words.block", "then": "reject"},
    {"when": "attachments.blocked", "then": "reject"}]}


def dump(message):
    with tempfile.NamedTemporaryFile(suffix=".eml") as file:
        file.write(message.encode() if isinstance(message, str) else message)
        file.flush()
        done = subprocess.run([options.mailweir, "mime", "dump", file.name], capture_output=True,
                              text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class MimeDump(Case):
    def test_what_a_message_says(self):
        found = dump("From: =?utf-8?B?5bGx55Sw?= <y@example.jp>\n"
                     "To: a@example.org, B <b@example.org>\n"
                     "Subject: =?iso-2022-jp?B?GyRCJDMkcxsoQg==?=\n"
                     "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
                     "<a href='http://EXAMPLE.org/%7Ex'>x</a> www.example.com\n--b\n"
                     "Content-Type: text/plain; name*=utf-8''%E3%81%82.txt\n\nhello\n--b--\n")
        self.assertEqual(found, {
            "subject": "こん", "from": ["y@example.jp"], "to": ["a@example.org", "b@example.org"],
            "attachments": [{"name": "あ.txt", "sha256": hashlib.sha256(b"hello").hexdigest()}],
            "urls": ["http://example.org/%7Ex", "http://www.example.com/"]})

    def test_eicar_is_there_in_every_reading(self):
        for name, message in AMBIGUOUS.items():
            with self.subTest(name):
                hashes = [file["sha256"] for file in dump(message)["attachments"]]
                self.assertIn(HASH, hashes)

    def test_a_missing_file(self):
        done = subprocess.run([options.mailweir, "mime", "dump", "/nonexistent"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 5)


class ContentLayers(Case):
    def test_words_and_kinds_in_the_session(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy=POLICY, changes={"layers": WORDS}))

        def send(head, body):
            return gateway.send(f"From: a@example.com\r\nSubject: x\r\n{head}\r\n{body}".encode())

        encoded = "Content-Transfer-Encoding: base64\r\n"
        self.assertCode(send("", "good morning\r\n"), 250)
        hidden_word = base64.b64encode(b"the JACKPOT is yours").decode() + "\r\n"
        self.assertCode(send(encoded, hidden_word), 550)
        self.assertCode(send("Content-Type: a/b; name=\"Invoice.pdf\"\r\n", "x\r\n"), 550)
        program = b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0" + bytes(500)
        self.assertCode(send("Content-Type: image/png; name=a.png\r\n" + encoded,
                             base64.b64encode(program).decode() + "\r\n"), 550)
        # A part that nobody can put together is held, and the sender told nothing else.
        self.assertCode(send("Content-Type: message/partial; id=a; number=1\r\n", "x\r\n"), 250)


if __name__ == "__main__":
    main()
