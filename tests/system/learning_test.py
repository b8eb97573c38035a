#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Classifier and fingerprints learn: from files, from decisions on mail that passed, and nothing is
forgotten by a kill."""
import json
import random
import subprocess

from support import Case, Gateway, InternalServer, compose, main, wait_until
from support.run import options

RULES = [{"when": "words.quarantine", "then": "quarantine"},
         {"when": "classifier.spam", "add": "weight"},
         {"when": "classifier.ham", "add": "weight*0.3"},
         {"when": "classifier.offset", "add": "weight"}]
HOLD = {"layers": {"words": {"rules": [
    {"name": "hold", "where": "subject", "text": "hold", "then": "quarantine"}]}}}
SPAM = "casino pills winner jackpot bargain miracle discount lottery million guaranteed".split()
HAM = "minutes meeting report review patch kernel draft agenda schedule invoice".split()
OFFER = (
    "Our pharmacy has the lowest prices on the whole continent and ships within two\r\n"
    "days. Every customer who orders before {day} gets a second package for free,\r\n"
    "without questions and without any prescription from a doctor. Thousands of happy\r\n"
    "people have ordered from us last month, and they come back again every time.\r\n")
COMMON = "the a of to in for on with at by from this that we you our your and or not".split()


def run(*arguments):
    """A command that needs no daemon."""
    return subprocess.run([options.mailweir, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120)


class Learning(Case):
    def setUp(self):
        self.random = random.Random(7)
        self.count = 0
        self.server = self.open(InternalServer())
        layers = ["lists", "helo", "headers", "words", "fingerprint", "classifier", "recipients"]
        self.gateway = self.open(Gateway(self.server.port, changes=HOLD,
                                         policy={"layers": layers, "rules": RULES}))

    def text(self, words, subject=""):
        """A message of its own with words of one kind."""
        self.count += 1
        chosen = self.random.choices(words, k=15) + self.random.choices(COMMON, k=40)
        self.random.shuffle(chosen)
        return compose(subject=subject or " ".join(self.random.choices(words, k=3)),
                       body=" ".join(chosen) + "\r\n", marker=f"m{self.count}")

    def teach(self, each):
        for label, words in (("spam", SPAM), ("ham", HAM)):
            folder = self.gateway.folder / label
            folder.mkdir(exist_ok=True)
            for number in range(each):
                (folder / f"{number}.eml").write_bytes(self.text(words))
            done = self.gateway.run("learn", label, folder, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"{each} learnt", done.stderr)
        return done.stdout.splitlines()

    def findings(self, words, recipient="bob@example.org"):
        """Names, details and weights of what was known of a new message."""
        return self.findings_of(self.text(words), recipient)

    def findings_of(self, text, recipient="bob@example.org"):
        self.assertCode(self.gateway.send(text, recipients=(recipient,)), 250)
        newest = lambda: self.gateway.history("--limit", "1")
        before = self.newest if hasattr(self, "newest") else None
        wait_until(lambda: newest() and newest()[0]["id"] != before, 10, "the history")
        row = newest()[0]
        self.newest = row["id"]
        found = row["findings"]
        found = json.loads(found) if isinstance(found, str) else found
        return {one["name"]: one for one in found
                if one["name"].startswith(("classifier.", "fingerprint."))}

    def test_it_is_silent_then_tells_apart_and_survives_a_kill(self):
        self.assertIn("classifier.silent", self.findings(SPAM))
        lessons = self.teach(210)
        self.assertIn("classifier.spam", self.findings(SPAM))
        self.assertIn("classifier.ham", self.findings(HAM))
        self.gateway.kill()
        self.gateway.start()
        self.assertIn("classifier.spam", self.findings(SPAM))
        identity = lessons[0].split("\t")[0]
        self.assertEqual(self.gateway.run("unlearn", identity).returncode, 0)
        self.assertEqual(self.gateway.run("unlearn", identity).returncode, 5)
        path = self.gateway.folder / "one.eml"
        path.write_bytes(self.text(SPAM))
        self.gateway.stop()
        judged = run("scan", "--jsonl", "--config", self.gateway.config_path, path)
        self.assertGreater(json.loads(judged.stdout)["verdict"]["probability"], 0.8, judged.stderr)

    def test_a_release_teaches_ham_and_a_deletion_as_spam_spam(self):
        for words in (HAM, SPAM):
            self.assertCode(self.gateway.send(self.text(words, subject="hold this")), 250)
        held = self.gateway.quarantine()
        self.assertEqual(len(held), 2)
        spam, ham = sorted((row["id"] for row in held), reverse=True)
        self.assertEqual(self.gateway.run("quarantine", "delete", "--spam", spam).returncode, 0)
        self.assertEqual(self.gateway.run("quarantine", "release", ham).returncode, 0)
        for label, row in (("spam", spam), ("ham", ham)):
            done = self.gateway.run("learn", label, row)
            self.assertIn("1 known already", done.stderr)

    def test_a_release_of_many_says_less_of_each_and_one_of_very_many_nothing(self):
        for count, outcome in ((12, "1 learnt"), (101, "failed")):
            for _ in range(count):
                self.assertCode(self.gateway.send(self.text(HAM, subject="hold this")), 250)
            held = self.gateway.quarantine()[0]["id"].split("/")[0]
            self.assertEqual(self.gateway.run("quarantine", "release", "--all").returncode, 0)
            # An administrator who says the same of one of them adds something, or is the first.
            taken_back = self.gateway.run("unlearn", held).returncode
            self.assertEqual(taken_back, 0 if count == 12 else 5)

    def test_what_a_file_taught_is_corrected_by_its_id(self):
        path = self.gateway.folder / "one.eml"
        path.write_bytes(self.text(SPAM))
        identity = self.gateway.run("learn", "spam", path).stdout.split("\t")[0]
        self.assertIn("1 learnt", self.gateway.run("learn", "ham", identity).stderr)
        self.assertIn("1 known already", self.gateway.run("learn", "ham", identity).stderr)

    def test_an_untrusted_word_takes_back_nothing_of_an_administrators(self):
        self.findings(SPAM)
        identity = self.newest.split("/")[0]
        self.assertIn("1 learnt", self.gateway.run("learn", "spam", identity).stderr)
        eve = ("--user", "eve@example.org")
        self.assertIn("1 learnt", self.gateway.run("learn", "ham", *eve, identity).stderr)
        self.assertIn("1 known already", self.gateway.run("learn", "spam", identity).stderr)
        self.assertEqual(
            self.gateway.run("unlearn", "--user", "bob@example.org", identity).returncode, 5)
        self.assertEqual(self.gateway.run("unlearn", "--user", "EVE@example.org",
                                          identity).returncode, 0)
        self.assertEqual(self.gateway.run("unlearn", identity).returncode, 0)

    def test_a_log_decision_teaches_by_its_id_and_can_be_taken_back(self):
        self.findings(SPAM)
        identity = self.newest.split("/")[0]
        self.assertIn("1 learnt", self.gateway.run("learn", "spam", identity).stderr)
        self.assertIn("1 known already", self.gateway.run("learn", "spam", identity).stderr)
        self.assertIn("1 learnt", self.gateway.run("learn", "ham", identity).stderr)
        self.assertEqual(self.gateway.run("unlearn", identity).returncode, 0)
        self.assertEqual(self.gateway.run("learn", "spam", "0000000000000").returncode, 5)
        both = self.gateway.run("unlearn", "0000000000000", identity, "0000000000001")
        self.assertEqual(both.returncode, 5)
        self.assertEqual(self.gateway.run("learn", "ham", identity).returncode, 0)
        both = self.gateway.run("unlearn", "0000000000000", identity)
        self.assertIn(f"{identity} is no lesson any more", both.stdout)

    def copy_of_offer(self, day):
        self.count += 1
        return compose(subject="an offer", body=OFFER.format(day=day), marker=f"m{self.count}")

    def is_known(self, day="Friday"):
        """Whether a copy of the offer is found as known spam."""
        found = self.findings_of(self.copy_of_offer(day))
        return "fingerprint.exact" in found or "fingerprint.fuzzy" in found

    def test_a_file_teaches_fingerprints_too_and_unlearn_takes_that_back(self):
        path = self.gateway.folder / "offer.eml"
        path.write_bytes(self.copy_of_offer("Friday").replace(b"\r\n", b"\n"))
        self.assertFalse(self.is_known())
        for user in ((), ("--user", "eve@example.org")):
            done = self.gateway.run("learn", "spam", *user, path)
            self.assertIn("1 learnt", done.stderr)
            self.assertTrue(self.is_known())
            self.assertTrue(self.is_known("Monday"))
            identity = done.stdout.split("\t")[0]
            self.assertEqual(self.gateway.run("unlearn", *user, identity).returncode, 0)
            self.assertFalse(self.is_known())
            self.assertFalse(self.is_known("Monday"))
            self.assertEqual(self.gateway.run("unlearn", *user, identity).returncode, 5)

    def test_decisions_on_what_is_held_teach_fingerprints_too(self):
        text = OFFER.format(day="Friday")
        send = lambda: self.gateway.send(compose(subject="hold this", body=text))
        self.assertCode(send(), 250)
        held = self.gateway.quarantine()[0]["id"]
        self.assertEqual(self.gateway.run("quarantine", "delete", "--spam", held).returncode, 0)
        self.assertTrue(self.is_known())
        self.assertCode(send(), 250)
        held = self.gateway.quarantine()[0]["id"]
        self.assertEqual(self.gateway.run("quarantine", "release", held).returncode, 0)
        self.assertFalse(self.is_known())

    def test_a_trap_is_taken_though_nobody_knows_it_and_teaches(self):
        known = self.gateway.folder / "recipients"
        known.write_text("bob@example.org\n")
        self.gateway.stop()
        self.gateway.configuration["domains"][0]["recipients"] = {"file": str(known)}
        self.gateway.configuration["layers"]["traps"] = {"addresses": ["Trap@example.org"]}
        self.gateway.policy["layers"] = [*self.gateway.policy["layers"], "traps"]
        self.gateway.policy["rules"] = [{"when": "traps.address", "then": "discard"}, *RULES]
        self.gateway.write()
        self.gateway.start()
        self.assertFalse(self.is_known())
        delivered = len(self.server.accepted)
        send = lambda who: self.gateway.send(self.copy_of_offer("Friday"), recipients=(who,))
        self.assertCode(send("nobody@example.org"), 550)
        self.assertCode(send("trap@example.org"), 250)
        self.assertEqual(len(self.server.accepted), delivered)
        wait_until(lambda: "traps.address" in str(self.gateway.history("--limit", "1")), 10,
                   "the history")
        self.newest = self.gateway.history("--limit", "1")[0]["id"]
        self.assertTrue(self.is_known("Monday"))
        taught = self.gateway.run("unlearn", self.newest_but_one())
        self.assertEqual(taught.returncode, 0, "the classifier learnt it, too: " + taught.stderr)
        self.assertFalse(self.is_known())

    def newest_but_one(self):
        return self.gateway.history("--limit", "2")[1]["id"].split("/")[0]

    def test_a_user_has_an_offset_of_their_own(self):
        self.teach(205)
        for number in range(12):
            path = self.gateway.folder / f"mine{number}.eml"
            path.write_bytes(self.text(SPAM))
            done = self.gateway.run("learn", "ham", "--user", "eve@example.org", path)
            self.assertEqual(done.returncode, 0, done.stderr)
        found = self.findings(SPAM, "eve@example.org")
        self.assertIn("classifier.offset", found)
        self.assertNotIn("classifier.offset", self.findings(SPAM))

    def test_evaluate_prints_each_probability_and_the_sums(self):
        folder = self.gateway.folder
        lines = []
        for number in range(120):
            label, words = (("spam", SPAM), ("ham", HAM))[number % 2]
            (folder / f"e{number}.eml").write_bytes(self.text(words))
            lines.append(f"{label} e{number}.eml\n")
        (folder / "index").write_text("".join(lines))
        evaluate = lambda *more: run("evaluate", "--index", folder / "index", *more)
        rows = [json.loads(line) for line in evaluate("--jsonl").stdout.splitlines()]
        self.assertEqual([row["label"] for row in rows[:-1]], ["spam", "ham"] * 60)
        self.assertEqual(rows[0]["probability"], 0.5)
        self.assertLess(rows[-1]["one_minus_roca_percent"], 5)
        self.assertGreater(rows[-1]["features_us"], 0)
        self.assertIn("1-ROCA (%)", evaluate("--limit", "50").stdout)
        self.assertEqual(evaluate("--limit", "x").returncode, 2)
        (folder / "index").write_text("junk e1.eml\n")
        self.assertEqual(evaluate().returncode, 1)
        (folder / "index").write_text("ham nothing.eml\n")
        self.assertEqual(evaluate().returncode, 5)


if __name__ == "__main__":
    main()
