#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The classifier learns: from files, from decisions on mail that passed, and forgets nothing when
it is killed."""
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
        layers = ["lists", "helo", "headers", "words", "classifier", "recipients"]
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
        """Names, details and weights of what the classifier said of a new message."""
        self.assertCode(self.gateway.send(self.text(words), recipients=(recipient,)), 250)
        newest = lambda: self.gateway.history("--limit", "1")
        before = self.newest if hasattr(self, "newest") else None
        wait_until(lambda: newest() and newest()[0]["id"] != before, 10, "the history")
        row = newest()[0]
        self.newest = row["id"]
        found = row["findings"]
        found = json.loads(found) if isinstance(found, str) else found
        return {one["name"]: one for one in found if one["name"].startswith("classifier.")}

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
            done = self.gateway.run("learn", label, row.split("/")[0])
            self.assertIn("1 known already", done.stderr)

    def test_a_log_decision_teaches_by_its_id_and_can_be_taken_back(self):
        self.findings(SPAM)
        identity = self.newest.split("/")[0]
        self.assertIn("1 learnt", self.gateway.run("learn", "spam", identity).stderr)
        self.assertIn("1 known already", self.gateway.run("learn", "spam", identity).stderr)
        self.assertIn("1 learnt", self.gateway.run("learn", "ham", identity).stderr)
        self.assertEqual(self.gateway.run("unlearn", identity).returncode, 0)
        self.assertEqual(self.gateway.run("learn", "spam", "0000000000000").returncode, 1)

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
        self.assertIn("1-ROCA (%)", evaluate("--limit", "50").stdout)
        self.assertEqual(evaluate("--limit", "x").returncode, 2)
        (folder / "index").write_text("junk e1.eml\n")
        self.assertEqual(evaluate().returncode, 1)
        (folder / "index").write_text("ham nothing.eml\n")
        self.assertEqual(evaluate().returncode, 5)


if __name__ == "__main__":
    main()
