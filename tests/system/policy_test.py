#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A policy from its check to its rollback while mail flows, and rules that are tried on it."""
import json
import os
import random
import signal
import subprocess
import threading
import time

from support import Case, Gateway, InternalServer, compose, main, options, wait_until

WORDS = {"words": {"rules": [{"name": "offer", "where": "subject", "text": "special offer",
                              "then": "block"}]}}
TAGGING = ("layers: [words, recipients]\nrules:\n  - { when: words.block, then: tag }\n")
REFUSING = TAGGING.replace("then: tag", "then: reject")
HOLDING = TAGGING.replace("then: tag", "then: quarantine")
OFFER = compose(subject="A special offer")


class Policy(Case):
    def gateway(self, **changes):
        self.server = self.open(InternalServer())
        gateway = Gateway(self.server.port, start=False,
                          changes={"policy": None, "layers": WORDS, **changes})
        self.open(gateway)
        return gateway.start()

    def write(self, gateway, document, name="candidate.yaml"):
        path = gateway.folder / name
        path.write_text(document)
        return path

    def apply(self, gateway, document, *arguments):
        return gateway.run("policy", "apply", self.write(gateway, document), *arguments)

    def apply_well(self, gateway, document, *arguments):
        done = self.apply(gateway, document, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return gateway.json("policy", "show")["revision"]

    def last_subject(self):
        data = self.server.accepted[-1].data
        return [line for line in data.split(b"\r\n") if line.startswith(b"Subject:")][0]

    def test_from_check_to_rollback(self):
        gateway = self.gateway()
        shown = gateway.json("policy", "show")
        self.assertEqual((shown["revision"], shown["origin"], shown["locked"]),
                         (0, "built_in", None))
        self.assertEqual(self.apply_well(gateway, TAGGING, "--note", "the first"), 2)
        self.assertCode(gateway.send(OFFER), 250)
        self.assertIn(b"[S_P_A_M]", self.last_subject())

        wrong = REFUSING.replace("words.block", "words.blok")
        done = subprocess.run([options.mailweir, "policy", "check", self.write(gateway, wrong)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 6)
        self.assertIn("did you mean \"words.block\"", done.stderr)
        done = self.apply(gateway, wrong)
        self.assertEqual(done.returncode, 6)
        self.assertIn("the document:3:", done.stderr)
        self.assertEqual(gateway.json("policy", "show")["revision"], 2)

        candidate = self.write(gateway, REFUSING)
        self.assertEqual(
            gateway.run("policy", "diff", candidate).stdout,
            "--- in force\n+++ candidate\n@@ -1,3 +1,3 @@\n layers: [words, recipients]\n rules:\n"
            "-  - { when: words.block, then: tag }\n+  - { when: words.block, then: reject }\n")
        result = gateway.json("policy", "simulate", candidate)
        self.assertEqual((result["looked_at"], result["unchanged"]), (1, 0))
        change, = result["changes"]
        self.assertEqual((change["from"], change["to"], change["count"]), ("tag", "reject", 1))
        self.assertIsNone(result["domains"][0]["safe"], "one mail tells nothing")
        self.assertIn("reject instead of tag",
                      gateway.run("policy", "simulate", candidate).stdout)

        self.assertEqual(self.apply_well(gateway, REFUSING, "--note", "refuse offers"), 3)
        self.assertClass(gateway.send(OFFER), 5)
        late = self.apply(gateway, TAGGING, "--expected", "2")
        self.assertEqual(late.returncode, 1)
        self.assertIn("changed meanwhile", late.stderr)

        done = gateway.run("policy", "rollback", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertCode(gateway.send(OFFER), 250)
        self.assertIn(b"[S_P_A_M]", self.last_subject())
        listed = gateway.json("policy", "show", "--list")
        self.assertEqual(listed["current"], 4)
        self.assertEqual([(r["number"], r["of"], r["note"]) for r in listed["revisions"]],
                         [(4, 2, "back to revision 2"), (3, 0, "refuse offers"),
                          (2, 0, "the first"), (1, 0, "what came with the gateway")])
        self.assertEqual(gateway.run("policy", "show", "--revision", "3").stdout, REFUSING)
        acts = [(row["act"], row["object"]) for row in gateway.json("audit", "list")]
        for entry in (("policy apply", "the first"),
                      ("policy apply", "outcome: revision 3 is in force"),
                      ("policy apply", "outcome: refused: another came first"),
                      ("policy rollback", "back to revision 2")):
            self.assertIn(entry, acts)

        done = gateway.run("policy", "rollback", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(gateway.json("policy", "show")["document"], shown["document"],
                         "what stood before the first change")

    def test_a_policy_of_a_file_is_locked(self):
        self.server = self.open(InternalServer())
        gateway = self.open(Gateway(self.server.port))
        shown = gateway.json("policy", "show")
        self.assertEqual(shown["origin"], "file")
        self.assertIn("mailweir.yaml:", shown["locked"])
        done = self.apply(gateway, TAGGING)
        self.assertEqual(done.returncode, 1)
        self.assertIn("set in a file", done.stderr)
        # What it would do can be asked all the same.
        self.assertEqual(gateway.json("policy", "simulate",
                                      self.write(gateway, REFUSING))["looked_at"], 0)

    def assert_one_of_both(self, gateway, last, new):
        """A number that a kill left without effect is not used again."""
        shown = gateway.json("policy", "show")
        self.assertEqual(shown["problem"], "")
        self.assertGreaterEqual(shown["revision"], last["revision"])
        wanted = last["document"] if shown["revision"] == last["revision"] else new
        self.assertEqual(shown["document"], wanted, "the old or the new")
        self.assertEqual(gateway.run("policy", "show", "--revision",
                                     str(shown["revision"])).stdout, shown["document"])
        reply = gateway.send(OFFER)
        self.assertClass(reply, 5 if "reject" in shown["document"] else 2)
        return shown

    def test_kill_9_while_a_policy_is_put_in_force(self):
        gateway = self.gateway()
        self.apply_well(gateway, TAGGING)
        last = gateway.json("policy", "show")
        for number in range(8):
            document = (REFUSING, TAGGING)[number % 2]
            worker = threading.Thread(target=self.apply, args=(gateway, document))
            worker.start()
            time.sleep(random.uniform(0.0, 0.12))
            gateway.kill()
            worker.join()
            gateway.start()
            last = self.assert_one_of_both(gateway, last, document)
        # A gate that is started anew has what was in force.
        last = self.apply_well(gateway, REFUSING)
        os.kill(gateway.gate_pid(), signal.SIGKILL)
        wait_until(lambda: gateway.run("policy", "show").returncode == 0, what="a new gate")
        gateway.wait_ready()
        self.assertEqual(gateway.json("policy", "show")["revision"], last)
        self.assertClass(gateway.send(OFFER), 5)

    def test_a_revision_that_does_not_load_any_more_gives_way_loudly(self):
        gateway = self.gateway()
        self.apply_well(gateway, TAGGING)
        self.apply_well(gateway, REFUSING)
        gateway.kill()
        (gateway.data / "policy" / "00000003.yaml").write_text("layers: [a_layer_of_old]\n")
        gateway.start()
        shown = gateway.json("policy", "show")
        self.assertEqual(shown["revision"], 2)
        self.assertIn("revision 3 of the policy does not load any more", shown["problem"])
        self.assertIn("revision 3 of the policy does not load", gateway.log())
        self.assertIn("does not load any more", gateway.run("health").stderr)
        self.assertCode(gateway.send(OFFER), 250)
        self.assertEqual(self.apply_well(gateway, REFUSING), 4)
        self.assertEqual(gateway.json("policy", "show")["problem"], "")
        self.assertClass(gateway.send(OFFER), 5)

    def test_people_who_released_make_it_unsafe_to_refuse(self):
        gateway = self.gateway()
        self.apply_well(gateway, HOLDING)
        for number in range(3):  # the same one again might be taken as sent again
            offer = compose(subject="A special offer", marker=f"m{number}")
            self.assertCode(gateway.send(offer), 250)
        held = gateway.quarantine()
        self.assertEqual(len(held), 3)
        self.assertEqual(gateway.run("quarantine", "release", held[0]["id"]).returncode, 0)
        wait_until(lambda: self.server.count == 1, what="the released mail")
        result = gateway.json("policy", "simulate", self.write(gateway, REFUSING), "--rescan")
        domain, = result["domains"]
        self.assertEqual((domain["refused"], domain["newly"], domain["released"],
                          domain["regretted"]), (3, 3, 1, 1))
        self.assertEqual(domain["examples"], [held[0]["id"]])
        self.assertGreaterEqual(result["rescanned"], 2)
        self.assertEqual(result["changes"][0]["count"], 3)

    def test_rules_are_tried_on_held_mail_and_history(self):
        gateway = self.gateway()
        self.apply_well(gateway, HOLDING)
        gateway.send(OFFER)
        gateway.send(compose(subject="A special offer", body="Dear lottery winner\r\n"))
        gateway.send(compose(subject="Lunch"))
        path = self.write(gateway, "body LUCK /lottery winner/\nscore LUCK 2.5\n"
                                   "header FOOD Subject =~ /lunch/i\nbroken line\n", "try.cf")
        result = gateway.json("rules", "test", "--rules", path)
        self.assertEqual(result["looked_at"], {"bodies": 2, "history": 3, "unscannable": 0})
        self.assertEqual(result["undecided"], ["LUCK"])
        self.assertEqual(result["complaints"][0]["line"], 4)
        tests = {test["name"]: test for test in result["tests"]}
        self.assertEqual((tests["LUCK"]["hits"], tests["LUCK"]["score"]), (1, 2.5))
        self.assertGreater(tests["LUCK"]["microseconds"], 0)
        self.assertEqual((tests["FOOD"]["hits"], tests["FOOD"]["history_hits"]), (0, 1))

        path = self.write(gateway, "- { name: luck, where: body, text: lottery, points: 2 }\n"
                                   "- { name: food, where: subject, text: LUNCH, then: tag }\n")
        result = gateway.json("rules", "test", "--words", "--rules", path)
        tests = {test["name"]: test for test in result["tests"]}
        self.assertEqual((tests["luck"]["hits"], tests["luck"]["effect"]), (1, "points"))
        self.assertEqual((tests["food"]["history_hits"], tests["food"]["effect"]), (1, "tag"))
        path = self.write(gateway, "- { name: luck, where: bodi, text: lottery, points: 2 }\n")
        done = gateway.run("rules", "test", "--words", "--rules", path)
        self.assertEqual(done.returncode, 6)
        self.assertIn("did you mean \"body\"", done.stderr)

        listed = {rule["name"]: rule for rule in gateway.json("rules", "stats")["tests"]}
        self.assertEqual((listed["offer"]["layer"], listed["offer"]["hits"]), ("words", 2))
        self.assertRegex(listed["offer"]["source"], r"mailweir\.yaml:\d+")
        self.assertEqual(listed["offer"]["kind"], "subject: block")
        self.assertGreater(len(listed), 100, "the rules that ship are listed")


if __name__ == "__main__":
    main()
