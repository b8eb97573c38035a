#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each noun of the command line against a living daemon, and its exit codes."""
import json
import re
import subprocess

from support import Case, Gateway, InternalServer, compose, main, options, wait_until

OK, FAILED, USAGE, UNREACHABLE, NOT_PERMITTED, NOT_FOUND, INVALID = range(7)
WORDS = {"words": {"rules": [
    {"name": "hold", "where": "subject", "text": "hold me", "then": "quarantine"},
    {"name": "no", "where": "subject", "text": "refuse me", "then": "block"},
]}}
RULES = {"rules": [{"when": "words.block", "then": "reject"},
                   {"when": "words.quarantine", "then": "quarantine"}]}


def alone(*arguments):
    """A command that needs no daemon."""
    return subprocess.run([options.mailweir, *map(str, arguments)], capture_output=True, text=True,
                          check=False)


class Commands(Case):
    def setUp(self):
        self.server = self.open(InternalServer())
        self.gateway = self.open(Gateway(self.server.port, policy=RULES, changes={"layers": WORDS}))

    def run_ok(self, *arguments, **settings):
        done = self.gateway.run(*arguments, **settings)
        self.assertEqual(done.returncode, OK, f"{arguments}: {done.stderr}{done.stdout}")
        return done.stdout

    def run_exit(self, code, *arguments):
        done = self.gateway.run(*arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stderr}{done.stdout}")
        return done

    def test_status_health_version_layers(self):
        self.assertIn("mx", self.run_ok("status"))
        self.assertEqual(self.gateway.json("status")["listeners"][0]["name"], "mx")
        self.run_ok("health")
        self.assertRegex(alone("version").stdout, r"\d+\.\d+\.\d+")
        bare = alone("layers")
        for layer in ("dos", "blocklist", "rate", "helo", "headers", "lists", "upstream", "words"):
            self.assertIn(layer, bare.stdout)

    def test_queue(self):
        self.server.stop()
        self.assertCode(self.gateway.send(compose("wait", marker="q1")), 250)
        row = self.gateway.queue()[0]
        self.assertEqual((row["recipient"], row["state"], row["subject"]),
                         ("bob@example.org", "waiting", "wait"))
        self.assertIn(row["id"], self.run_ok("queue", "list"))
        self.assertIn("bob@example.org", self.run_ok("queue", "show", row["id"]))
        self.assertIn("Good morning.", self.run_ok("queue", "cat", row["id"]))
        self.run_ok("queue", "hold", row["id"])
        self.assertEqual(self.gateway.queue(), [])
        self.run_ok("queue", "release", row["id"])
        self.assertEqual(len(self.gateway.queue()), 1)
        self.server.start()
        self.run_ok("queue", "retry", row["id"])
        self.server.wait_for(1, 30)
        wait_until(lambda: self.gateway.queue() == [])  # its reply has come, too
        self.server.stop()
        self.assertCode(self.gateway.send(compose(marker="q2")), 250)
        row = wait_until(self.gateway.queue)[0]
        self.run_ok("queue", "delete", row["id"])
        self.assertEqual(self.gateway.queue(), [])
        self.run_exit(NOT_FOUND, "queue", "show", row["id"][:-3] + "ZZ9/1")
        self.run_ok("queue", "flush")

    def test_quarantine(self):
        for number in range(3):
            message = compose(f"hold me {number}", marker=str(number))
            self.assertCode(self.gateway.send(message), 250)
        rows = self.gateway.quarantine()
        self.assertEqual(len(rows), 3)
        self.assertIn("hold me 1", self.run_ok("quarantine", "list"))
        self.assertIn("hold me", self.run_ok("quarantine", "show", rows[0]["id"]))
        self.run_ok("quarantine", "release", rows[0]["id"])
        self.server.wait_for(1)
        self.run_ok("quarantine", "delete", rows[1]["id"])
        self.assertEqual(len(self.gateway.quarantine()), 1)
        self.run_exit(NOT_FOUND, "quarantine", "release", rows[1]["id"])

    def test_history_trace_explain(self):
        self.assertCode(self.gateway.send(compose(marker="clean")), 250)
        refusal = self.gateway.send(compose("refuse me", marker="refused"))
        self.assertCode(refusal, 550)
        rows = self.gateway.history()
        self.assertEqual([r["action"] for r in rows], ["reject", "deliver"])
        self.assertEqual(len(self.gateway.history("--recipient", "bob@example.org")), 2)
        self.assertEqual(self.gateway.history("--recipient", "eve@example.org"), [])
        lines = self.run_ok("history", "search", "--jsonl").splitlines()
        self.assertEqual(len([json.loads(line) for line in lines]), 2)
        identity = rows[1]["id"][:13]
        for question in (identity, "<clean@sender.example>"):
            traced = self.run_ok("trace", question)
            self.assertIn(identity, traced)
            self.assertIn("kept", traced, "the internal server's words")
        bounce = f"Your message was refused: 550 {refusal[1]}"
        self.assertIn(rows[0]["id"][:13], self.run_ok("trace", bounce))
        explained = self.run_ok("explain", rows[0]["id"])
        self.assertIn("words.block", explained)
        self.run_exit(NOT_FOUND, "trace", "0000000000000")

    def test_audit(self):
        self.assertEqual(self.gateway.run("block", "add", "audited.example").returncode, 0)
        outcome, act = self.gateway.json("audit", "list", "--limit", "2")
        self.assertEqual([act["act"], outcome["act"]], ["block add"] * 2)
        self.assertEqual(outcome["object"], "outcome: added")
        self.assertIn("audited.example", act["object"])
        self.assertIn("audited.example", self.gateway.run("audit", "list").stdout)
        found = self.gateway.json("audit", "list", "--text", "audited.example", "--since", "1 h",
                                  "--act", "block add")
        self.assertEqual([entry["number"] for entry in found], [act["number"]])

    def test_allow_and_block(self):
        self.run_ok("block", "add", "spam.example")
        self.run_ok("allow", "add", "--scope", "user:bob@example.org", "friend@spam.example")
        self.assertIn("spam.example", self.run_ok("block", "list"))
        self.assertIn("friend@spam.example", self.run_ok("allow", "list"))
        self.assertIn("spam.example", self.run_ok("block", "test", "x@spam.example"))
        self.run_ok("block", "remove", "spam.example")
        self.run_exit(NOT_FOUND, "block", "remove", "spam.example")
        self.run_exit(USAGE, "block", "add", "not an entry")
        for wide in ("com", "co.jp", "*.kobe.jp"):
            self.run_exit(USAGE, "block", "add", wide)  # nobody is there to be asked
        self.run_ok("block", "add", "--yes", "ac.jp")
        self.run_ok("block", "remove", "ac.jp")

    def test_policy_and_config(self):
        self.assertIn("words.quarantine", self.run_ok("policy", "show"))
        path = self.gateway.folder / "policy.yaml"
        self.assertEqual(alone("policy", "check", path).returncode, OK)
        path.write_text("layers: [lists]\nrules:\n  - { when: words.blokc, then: reject }\n")
        done = alone("policy", "check", path)
        self.assertEqual(done.returncode, INVALID)
        self.assertRegex(done.stderr + done.stdout, r"policy\.yaml:3:\d+: error: ")
        self.gateway.write()
        check = ("config", "check", "--config")
        self.assertEqual(alone(*check, self.gateway.config_path).returncode, OK)
        broken = self.gateway.folder / "broken.yaml"
        broken.write_text("hostname: a.example\nlisteners:\n  - { name: mx, adress: \"x:1\" }\n")
        done = alone(*check, broken)
        text = done.stderr + done.stdout
        self.assertEqual(done.returncode, INVALID, text)
        self.assertRegex(text, r"broken\.yaml:3:\d+: error: ")
        self.assertTrue(re.search(r"^ *\^", text, re.M), "a caret")
        self.assertIn("address", text, "did you mean")
        broken.write_text("domains:\n  - { name: a.example, next_hop: [\"127.0.0.1:9\"],\n"
                          "      recipients: { file: /nonexistent } }\n")
        done = alone(*check, broken)
        self.assertEqual(done.returncode, INVALID, done.stderr + done.stdout)
        self.assertRegex(done.stderr, r"broken\.yaml:3:\d+: error: the file of recipients")

    def test_a_broken_configuration_does_not_hide_the_daemon(self):
        folder = self.gateway.folder
        (folder / "conf.d").mkdir()
        data = json.dumps(str(self.gateway.data))
        (folder / "conf.d" / "10-data.yaml").write_text(f"data: {data}")
        del self.gateway.configuration["data"]
        self.gateway.configuration["hostnam"] = "misspelt"
        self.gateway.write()
        done = alone("config", "reload", "--config", self.gateway.config_path)
        self.assertEqual(done.returncode, INVALID, done.stderr)
        self.assertIn("did you mean", done.stderr)
        self.assertEqual(alone("status", "--config", self.gateway.config_path).returncode, OK)

    def test_scan(self):
        folder = self.gateway.folder / "mail"
        folder.mkdir()
        for number, subject in enumerate(("fine", "refuse me", "hold me")):
            (folder / f"{number}.eml").write_bytes(compose(subject, marker=subject))
        command = ("scan", "--config", self.gateway.config_path, "--to", "bob@example.org")
        done = alone(*command, "--jsonl", folder)
        self.assertEqual(done.returncode, OK, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([r["verdict"]["action"] for r in rows],
                         ["deliver", "reject", "quarantine"])
        done = alone(*command, "--summary", folder)
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertRegex(done.stdout, r"refuse 1\b")

    def test_exit_codes(self):
        self.run_exit(USAGE, "queue", "frobnicate")
        self.run_exit(USAGE, "nonsense")
        self.gateway.stop()
        self.run_exit(UNREACHABLE, "status")
        self.run_exit(UNREACHABLE, "queue", "list")
        several = alone("backup", "verify", "one.tar.zst", "two.tar.zst")
        self.assertEqual((several.returncode, several.stdout), (USAGE, ""), several.stderr)
        self.assertIn("two.tar.zst", several.stderr)

    def test_the_config_of_a_listing_option_is_one_json_document(self):
        for noun in ("queue", "quarantine"):
            self.assertEqual(self.gateway.run(noun, "list", "--json").returncode, OK)
            json.loads(self.run_ok(noun, "list", "--json"))


if __name__ == "__main__":
    main()
