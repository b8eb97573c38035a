#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What people do over web.sock: sign-in, their own quarantine, lists, preferences; a directory."""
import json
import time

from support import Case, Gateway, InternalServer, main, skip, wait_until
from support.directory import Directory
from support.messages import compose
from support.pages import Pages

PASSWORD = "correct horse battery"
HOLD = {"rules": [{"when": "words.points", "add": "weight*1"}], "points": {"quarantine": 6},
        "layers": ["lists", "words", "headers", "recipients"]}
WORDS = {"layers": {"words": {"rules": [
    {"name": "pills", "where": "subject", "text": "cheap pills", "points": 7}]}}}


class Api(Case):
    def gateway(self, changes=None, **settings):
        server = self.open(InternalServer())
        return server, self.open(Gateway(server.port, changes={**WORDS, **(changes or {})},
                                         policy=HOLD, **settings))

    def person(self, gateway, name, *arguments):
        made = gateway.run("user", "add", name, "--password-file", "-", *arguments,
                           input=PASSWORD + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        pages = Pages(gateway)
        self.assertEqual(pages.sign_in(name, PASSWORD).status, 201)
        return pages

    def held(self, pages):
        return [row["id"] for row in pages.ask("GET", "/quarantine")["rows"]]


class OwnMail(Api):
    def test_a_person_sees_previews_and_releases_the_own_mail_and_no_other(self):
        server, gateway = self.gateway()
        bob = self.person(gateway, "bob", "--address", "bob@example.org")
        eve = self.person(gateway, "eve", "--address", "eve@example.org")
        reply = gateway.send(compose(subject="cheap pills"))
        self.assertCode(reply, 250)
        wait_until(lambda: self.held(bob), what="held mail")
        row = self.held(bob)[0]
        self.assertEqual(self.held(eve), [])
        segment = row.replace("/", "%2F")
        self.assertEqual(eve.ask("GET", f"/messages/{segment}").status, 404)
        preview = bob.ask("GET", f"/messages/{segment}/preview")
        self.assertEqual((preview.status, preview["subject"]), (200, "cheap pills"))
        body = {"ids": [row]}
        self.assertEqual(eve.ask("POST", "/quarantine/release", body).status, 404)
        self.assertEqual(bob.ask("POST", "/quarantine/delete", body).status, 200)
        self.assertEqual(self.held(bob), [])
        self.assertEqual(bob.ask("POST", "/quarantine/restore", body).status, 200)
        self.assertEqual(bob.ask("POST", "/quarantine/release", body).status, 200)
        wait_until(lambda: server.accepted, what="the released mail")
        acts = gateway.run("audit", "list", "--jsonl").stdout
        self.assertIn("quarantine release", acts)

    def held_everywhere(self, pages):
        """What the quarantine counts and what the system's page says."""
        return (pages.ask("GET", "/quarantine/count")["held"],
                pages.ask("GET", "/system")["store"]["held"])

    def delete_all(self, pages):
        """The answer to a deletion of all, once it is over."""
        answer = pages.ask("POST", "/quarantine/delete", {"all": True})
        job = json.loads(answer.text).get("job")
        if job:
            wait_until(lambda: pages.ask("GET", f"/jobs/{job}")["state"] == "done", what="the job")
        return answer

    def test_a_deletion_of_all_is_taken_back_whole(self):
        _, gateway = self.gateway()
        root = self.person(gateway, "root", "--role", "administrator")
        eve = self.person(gateway, "eve", "--address", "eve@example.org")
        for few, recipients in ((True, ["bob@example.org", "ann@example.org"]),
                                (False, [f"u{i}@example.org" for i in range(100)])):
            for number in range(1 if few else 6):
                self.assertCode(gateway.send(compose(subject=f"cheap pills {number}"),
                                             recipients=recipients), 250)
            count = len(recipients) * (1 if few else 6) + (0 if few else 2)
            wait_until(lambda: self.held_everywhere(root) == (count, count), what="held mail")
            answer = self.delete_all(root)
            self.assertEqual(answer.status, 200 if few else 202, answer.text)
            self.assertEqual(self.held_everywhere(root), (0, 0), "deleted is held no more")
            body = {"ids": answer["ids"]} if few else {"job": answer["job"]}
            self.assertEqual(eve.ask("POST", "/quarantine/restore", body).status, 404)
            self.assertEqual(root.ask("POST", "/quarantine/restore", body).status,
                             200 if few else 202)
            wait_until(lambda: self.held_everywhere(root) == (count, count), what="held again")
            self.assertEqual(root.ask("POST", "/quarantine/restore", body).status, 404)
        gateway.kill()
        gateway.start()
        self.assertEqual(self.held_everywhere(root), (602, 602), "counted anew")

    def test_an_own_entry_acts_on_the_next_message(self):
        server, gateway = self.gateway()
        bob = self.person(gateway, "bob", "--address", "bob@example.org")
        entry = {"list": "block", "entry": "ann@sender.example"}
        self.assertEqual(bob.ask("POST", "/lists", entry).status, 201)
        self.assertClass(gateway.send(compose()), 5)
        self.assertEqual(bob.ask("DELETE",
                                 "/lists?list=block&entry=ann@sender.example").status, 200)
        self.assertCode(gateway.send(compose()), 250)
        decided = [row["rule"] for row in bob.ask("GET", "/history")["rows"]]
        self.assertTrue(any("lists.block_user" in rule for rule in decided), decided)

    def test_own_thresholds_and_a_filter_switched_off_act_on_the_next_message(self):
        server, gateway = self.gateway()
        bob = self.person(gateway, "bob", "--address", "bob@example.org")
        spam = compose(subject="cheap pills")
        gateway.send(spam)
        wait_until(lambda: len(self.held(bob)) == 1, what="held mail")
        changed = bob.ask("PUT", "/preferences", {"thresholds": {"quarantine": 9, "tag": 5}})
        self.assertEqual(changed.status, 200, changed.text)
        gateway.send(spam)
        wait_until(lambda: len(server.accepted) == 1, what="the tagged mail")
        self.assertIn(b"[S_P_A_M]", server.accepted[0].data)
        self.assertEqual(bob.ask("PUT", "/preferences", {"filter_off": True}).status, 200)
        gateway.send(spam)
        wait_until(lambda: len(server.accepted) == 2, what="the mail as it was")
        self.assertNotIn(b"[S_P_A_M]", server.accepted[1].data)
        # Only for him.
        gateway.send(spam, recipients=["carol@example.org"])
        self.assertEqual(len(self.held(bob)), 1)
        held = gateway.run("quarantine", "list", "--jsonl").stdout
        self.assertIn("carol@example.org", held)

    def test_without_a_quarantine_its_verdict_is_a_tag(self):
        server, gateway = self.gateway({"people": {"quarantine": False}})
        bob = self.person(gateway, "bob", "--address", "bob@example.org")
        self.assertFalse(bob.ask("GET", "/session")["features"]["quarantine"])
        gateway.send(compose(subject="cheap pills"))
        wait_until(lambda: server.accepted, what="the tagged mail")
        self.assertIn(b"[S_P_A_M]", server.accepted[0].data)

    def test_a_session_survives_a_restart_of_the_gate_and_a_new_password_ends_it(self):
        _, gateway = self.gateway()
        bob = self.person(gateway, "bob", "--address", "bob@example.org")
        gateway.stop()
        gateway.start()
        self.assertEqual(bob.ask("GET", "/session").status, 200)
        gateway.run("user", "passwd", "bob", "--password-file", "-", input="another long one\n")
        self.assertEqual(bob.ask("GET", "/session").status, 401)
        self.assertNotIn(PASSWORD, gateway.log_path.read_text(errors="replace"))

    def test_the_first_run(self):
        _, gateway = self.gateway()
        link = gateway.run("setup", "--link")
        self.assertEqual(link.returncode, 0, link.stderr)
        token = link.stdout.strip().split("token=")[1]
        pages = Pages(gateway)
        answer = pages.ask("POST", "/setup", {"token": token, "name": "root",
                                              "password": PASSWORD})
        self.assertEqual(answer.status, 201, answer.text)
        self.assertNotEqual(gateway.run("setup", "--link").returncode, 0)
        self.assertEqual(Pages(gateway).sign_in("root", PASSWORD).status, 201)


class ByDirectory(Api):
    """slapd's people: uid u0, u1, …, and the password that `set_password` gave them."""

    def setUp(self):
        if not Directory.program():
            skip("slapd is not installed")

    def pair(self, people, **sign_in):
        directory = self.open(Directory(people, passwords=True))
        _, gateway = self.gateway({"ldap": [directory.settings()],
                                   "sign_in": {"ldap": "staff", "aliases": "description",
                                               "domains": "o", **sign_in}})
        return directory, gateway

    def test_a_person_signs_in_and_is_all_the_own_addresses(self):
        _, gateway = self.pair([("bob@example.org", ["robert@example.org"])])
        pages = Pages(gateway)
        answer = pages.sign_in("U0", Directory.password_of(0))
        self.assertEqual(answer.status, 201, answer.text)
        account = answer["account"]
        self.assertEqual((account["name"], account["role"], account["local"]),
                         ("u0", "user", False))
        self.assertEqual(account["addresses"], ["bob@example.org", "robert@example.org"])
        self.assertEqual(Pages(gateway).sign_in("u0", "wrong").status, 401)
        self.assertEqual(Pages(gateway).sign_in("u0", "").status, 401)
        self.assertEqual(Pages(gateway).sign_in("nobody", "wrong").status, 401)

    def test_a_name_is_a_value_and_never_a_piece_of_filter(self):
        _, gateway = self.pair(["bob@example.org"])
        for name in ("*", "u*", "u0)(uid=*", "*)(|(uid=*"):
            self.assertEqual(Pages(gateway).sign_in(name, Directory.password_of(0)).status, 401,
                             name)

    def test_who_has_no_address_is_told_so_with_the_contact(self):
        _, gateway = self.pair(["bob@example.org"], address="telephoneNumber", aliases="")
        answer = Pages(gateway).sign_in("u0", Directory.password_of(0))
        self.assertEqual(answer.status, 403)
        self.assertIn("no mail address", answer["detail"])
        self.assertIn("https://help.example.org/mail", answer["detail"])

    def test_guesses_are_limited(self):
        _, gateway = self.pair(["bob@example.org"])
        pages = Pages(gateway)
        codes = [pages.sign_in("u0", f"guess {i}").status for i in range(12)]
        self.assertEqual(codes, [401] * 10 + [429] * 2)

    def test_a_directory_that_hangs_is_told_of_in_time_and_costs_no_attempts(self):
        directory, gateway = self.pair(["bob@example.org"])
        local = self.person(gateway, "carol", "--address", "carol@example.org")
        directory.freeze()
        for _ in range(12):
            begun = time.monotonic()
            answer = Pages(gateway).sign_in("u0", Directory.password_of(0))
            self.assertEqual(answer.status, 503, answer.text)
            self.assertIn("retry-after", answer.headers)
            self.assertLess(time.monotonic() - begun, 6)
        self.assertEqual(local.ask("GET", "/session").status, 200)
        self.assertCode(gateway.send(compose()), 250)
        directory.thaw()
        wait_until(lambda: Pages(gateway).sign_in("u0", Directory.password_of(0)).status == 201,
                   timeout=30, what="the directory's return")


if __name__ == "__main__":
    main()
