#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A digest's whole way: held mail, the mail that tells of it, its link, the page, the delivery."""
import email
import email.policy
import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from support import Case, Gateway, InternalServer, main, wait_until
from support.browser import Browser
from support.gateway import free_port
from support.messages import compose

PASSWORD = "correct horse battery"
HOLD = {"rules": [{"when": "words.points", "add": "weight*1"}], "points": {"quarantine": 6},
        "layers": ["lists", "words", "headers", "recipients"]}
WORDS = {"layers": {"words": {"rules": [
    {"name": "pills", "where": "subject", "text": "cheap pills", "points": 7}]}}}


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text).group(1)


class Digests(Case):
    def setUp(self):
        self.server = self.open(InternalServer())
        self.port = free_port()
        people = {"digest": "daily 7", "digest_to": "everyone"}
        web = {"address": f"127.0.0.1:{self.port}", "url": f"http://127.0.0.1:{self.port}/"}
        self.gateway = self.open(Gateway(self.server.port, policy=HOLD,
                                         changes={**WORDS, "web": web, "people": people}))
        made = self.gateway.run("user", "add", "bob", "--address", "bob@example.org",
                                "--language", "ja", "--password-file", "-", input=PASSWORD + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        Browser(self.port).until_ready()

    def hold(self, **fields):
        self.assertCode(self.gateway.send(compose(**{"subject": "cheap pills", **fields})), 250)

    def digest(self, count, messages=1):
        """The `count`th mail at the internal server, sent by the command, telling of `messages`."""
        def is_held_long_enough():
            run = self.gateway.run("quarantine", "digest", "--user", "bob", "--jsonl", "--dry-run")
            return f'"messages":{messages},' in run.stdout

        def is_sent():
            run = self.gateway.run("quarantine", "digest", "--user", "bob", "--jsonl")
            self.assertEqual(run.returncode, 0, run.stderr)
            return '"sent":true' in run.stdout
        wait_until(is_held_long_enough, what="what a digest would tell", timeout=30)
        wait_until(is_sent, what="a digest", timeout=30)
        wait_until(lambda: len(self.server.accepted) == count, what="the digest's delivery")
        return self.server.accepted[-1]

    def link(self, mail, action):
        message = email.message_from_bytes(mail.data, policy=email.policy.default)
        text = message.get_body(("plain",)).get_content()
        found = re.search(rf"http\S+/digest\?d=\S+&a={action}", text)
        self.assertTrue(found, text)
        return message, text, found.group(0)[len(f"http://127.0.0.1:{self.port}"):]

    def test_from_held_mail_to_one_delivery(self):
        self.hold(subject="cheap pills <script>alert(1)</script>")
        self.hold(subject="cheap pills again")
        mail = self.digest(1, messages=2)
        message, text, link = self.link(mail, "deliver")
        self.assertEqual(mail.sender, "postmaster@example.org")
        self.assertEqual(mail.recipients, ["bob@example.org"])
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertIn("/preferences>", message["List-Unsubscribe"])
        self.assertIn("2通", message["Subject"])
        self.assertNotIn("pills", str(message["Subject"]))
        html = message.get_body(("html",)).get_content()
        self.assertNotIn("<script", html)
        # Nothing has come since, so nothing is sent again.
        again = self.gateway.run("quarantine", "digest", "--json")
        self.assertNotIn('"sent":true', again.stdout)

        # Scanners of links open them, many at once.
        with ThreadPoolExecutor(16) as scanners:
            pages = list(scanners.map(lambda _: Browser(self.port).get(link), range(200)))
        self.assertEqual({page.status for page in pages}, {200})
        self.assertEqual(len(self.server.accepted), 1)
        self.assertEqual(Browser(self.port).ask("HEAD", link).status, 200)
        self.assertEqual(len(self.server.accepted), 1)

        page = Browser(self.port).get(link, Accept_Language="ja")
        self.assertIn("配送する", page.text)
        # Who looks before deciding sees why, and no text; who has decided, what it was.
        self.assertIn("<dt>理由</dt>", page.text)
        fields = {"d": hidden(page, "d"), "action": "deliver"}
        done = Browser(self.port).post("/digest", fields, Accept_Language="ja")
        self.assertEqual(done.status, 200)
        self.assertIn("配送する: <strong>cheap pills", done.text)
        self.assertIn('href="/quarantine"', done.text)
        wait_until(lambda: len(self.server.accepted) == 2, what="the released mail")
        self.assertIn(b"cheap pills", self.server.accepted[1].data)

        with ThreadPoolExecutor(8) as replays:
            answers = list(replays.map(
                lambda _: Browser(self.port).post("/digest", fields).status, range(20)))
        self.assertEqual(set(answers), {409})
        used = Browser(self.port).get(link)
        self.assertIn("is held no longer", used.text)
        self.assertIn('href="/quarantine"', used.text)
        self.assertNotIn("<form", used.text)
        self.assertEqual(len(self.server.accepted), 2)
        acts = self.gateway.run("audit", "list", "--jsonl").stdout
        self.assertIn("digest link", acts)
        self.assertIn("bob@example.org", acts)

    def test_many_posts_at_once_deliver_once(self):
        self.hold()
        _, _, link = self.link(self.digest(1), "allow")
        fields = {"d": hidden(Browser(self.port).get(link), "d"), "action": "allow"}
        with ThreadPoolExecutor(8) as people:
            answers = list(people.map(
                lambda _: Browser(self.port).post("/digest", fields).status, range(16)))
        self.assertEqual(answers.count(200), 1, answers)
        self.assertEqual(answers.count(409), 15, answers)
        wait_until(lambda: len(self.server.accepted) == 2, what="the released mail")
        # The author is allowed from now on.
        self.hold()
        wait_until(lambda: len(self.server.accepted) == 3, what="the allowed mail")

    def test_a_forged_link_and_a_link_of_another_gateway_do_nothing(self):
        self.hold()
        _, _, link = self.link(self.digest(1), "block")
        token = re.search(r"d=([^&]+)", link).group(1)
        flipped = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
        browser = Browser(self.port)
        for wrong in ("", "x", flipped, token + "A", token[:40]):
            self.assertEqual(browser.get("/digest?d=" + wrong).status, 410)
            self.assertEqual(browser.post("/digest", {"d": wrong, "action": "deliver"}).status,
                             410)
        self.gateway.stop()
        (self.gateway.data / "digest.key").unlink()
        self.gateway.start()
        browser.until_ready()
        self.assertEqual(browser.get(link).status, 410)
        self.assertEqual(len(self.server.accepted), 1)

    def test_a_gate_killed_in_the_middle_tells_everybody_once(self):
        people = [f"p{number}@example.org" for number in range(60)]
        for person in people:
            self.assertCode(self.gateway.send(compose(subject="cheap pills"),
                                              recipients=[person]), 250)
        time.sleep(4)  # what was held within the last moments waits for the next
        command = threading.Thread(target=self.gateway.run, args=("quarantine", "digest"))
        command.start()
        wait_until(lambda: len(self.server.accepted) > 3, what="the first digests")
        os.kill(self.gateway.gate_pid(), signal.SIGKILL)
        command.join()
        def rest():
            run = self.gateway.run("quarantine", "digest", "--jsonl")
            return run.returncode == 0 and '"sent":true' not in run.stdout
        wait_until(rest, timeout=60, what="a round with nothing left")
        wait_until(lambda: len({mail.recipients[0] for mail in self.server.accepted})
                   == len(people), what="all digests")
        # A delivery that was cut off may be repeated; that is the same mail.
        mails = {email.message_from_bytes(mail.data)["Message-ID"]: mail.recipients[0]
                 for mail in self.server.accepted}
        self.assertEqual(sorted(mails.values()), sorted(people))

    def test_a_restart_tells_nothing_twice(self):
        self.hold()
        self.digest(1)
        self.gateway.stop()
        self.gateway.start()
        for _ in range(3):
            run = self.gateway.run("quarantine", "digest", "--jsonl")
            self.assertNotIn('"sent":true', run.stdout)
        self.assertEqual(len(self.server.accepted), 1)


if __name__ == "__main__":
    main()
