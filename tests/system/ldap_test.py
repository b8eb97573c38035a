#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Recipients in a real directory (slapd): who exists, and every way it can fail."""
import threading
import time

from support import Case, Gateway, InternalServer, main, skip, wait_until
from support.directory import ELSEWHERE, Directory

PEOPLE = ["bob@example.org", "o'hara@example.org", ("carol@example.org", ["car@example.org"])]


class Ldap(Case):
    def setUp(self):
        if not Directory.program():
            skip("slapd is not installed")

    def pair(self, people=PEOPLE, source="staff", also=(), **changes):
        directory = self.open(Directory(people))
        settings = directory.settings(**changes)
        settings["servers"] = [*settings["servers"], *also]
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, changes={"ldap": [settings]},
                                    domain={"recipients": {"ldap": source}}))
        return directory, gateway

    def rcpt(self, gateway, *recipients):
        """Replies to RCPT in one transaction, and how long each took."""
        with gateway.client() as client:
            client.ask("MAIL FROM:<ann@sender.example>")
            replies = []
            for recipient in recipients:
                start = time.monotonic()
                replies.append(client.ask(f"RCPT TO:<{recipient}>"))
                self.took = time.monotonic() - start
            return replies if len(replies) > 1 else replies[0]


class WhoExists(Ldap):
    def test_people_of_the_directory_get_mail_and_nobody_else(self):
        directory, gateway = self.pair()
        replies = self.rcpt(gateway, "bob@example.org", "BOB@example.org", "o'hara@example.org",
                            "nobody@example.org")
        self.assertEqual([code for code, _ in replies], [250, 250, 250, 550])
        self.assertIn("5.1.1", replies[3][1])
        asked = directory.count("SRCH base")
        self.rcpt(gateway, "bob@example.org", "nobody@example.org")
        self.assertEqual(directory.count("SRCH base"), asked, "answers are cached")
        self.assertEqual(gateway.run("health").returncode, 0)

    def test_a_recipient_is_a_value_and_never_a_piece_of_filter(self):
        _, gateway = self.pair()
        for local in ("*", "b*b", '"*)(uid=*"', '"bob)(|(uid=*"', r'"\\2a"', r'"b\\6fb"', "b*",
                      '"*)(&"', "bob|*"):
            reply = self.rcpt(gateway, f"{local}@example.org")
            self.assertEqual(reply[0] // 100, 5, f"{local}: {reply}")
        self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)

    def test_a_map_of_its_own_asks_elsewhere_in_a_named_directory(self):
        _, gateway = self.pair(source={"name": "staff",
                                       "filter": "(|(mail={address})(description={address}))"})
        self.assertCode(self.rcpt(gateway, "car@example.org"), 250)

    def test_thousands_of_questions_take_four_connections(self):
        people = [f"user{i}@example.org" for i in range(3000)]
        directory, gateway = self.pair(people)
        wrong = []

        def ask(first):
            with gateway.client() as client:
                for start in range(first, 3000, 800):
                    client.ask("MAIL FROM:<ann@sender.example>")
                    for i in range(start, min(start + 100, 3000)):
                        if client.ask(f"RCPT TO:<user{i}@example.org>")[0] != 250:
                            wrong.append(i)
                        if i % 10 == 0 and client.ask(f"RCPT TO:<x{i}@example.org>")[0] != 550:
                            wrong.append(-i)
                    client.ask("RSET")
        threads = [threading.Thread(target=ask, args=(i * 100,)) for i in range(8)]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"{directory.count('SRCH base')} questions in {time.monotonic() - begun:.1f} s")
        self.assertEqual(wrong, [])
        self.assertGreater(directory.count("SRCH base"), 3000)
        self.assertLessEqual(directory.count("ACCEPT from"), 5, "one was the test's own")


class Encrypted(Ldap):
    def test_starttls_and_ldaps_with_the_right_certificate_only(self):
        for changes, code in (({"starttls": True}, 250), ({"starttls": True, "ca": None}, 450)):
            directory = self.open(Directory(PEOPLE))
            ldaps = directory.settings(servers=[directory.tls_url], ca=str(directory.ca))
            plain = directory.settings(**{"ca": str(directory.ca), **changes})
            for settings in (ldaps, plain) if code == 250 else (plain, {**ldaps, "ca": None}):
                settings = {k: v for k, v in settings.items() if v is not None}
                gateway = self.open(Gateway(changes={"ldap": [settings]},
                                            domain={"recipients": {"ldap": "staff"}}))
                self.assertCode(self.rcpt(gateway, "bob@example.org"), code)

    def test_a_certificate_for_another_host_is_refused(self):
        directory = self.open(Directory(PEOPLE, name="other.example"))
        for changes in ({"starttls": True}, {"servers": [directory.tls_url]}):
            settings = directory.settings(ca=str(directory.ca), **changes)
            gateway = self.open(Gateway(changes={"ldap": [settings]},
                                        domain={"recipients": {"ldap": "staff"}}))
            self.assertCode(self.rcpt(gateway, "bob@example.org"), 450)
            self.assertEqual(directory.count("SRCH base"), 0)


class Failing(Ldap):
    def assertAway(self, gateway, words):
        self.assertCode(self.rcpt(gateway, "nobody@example.org"), 450, "4.4.3")
        health = gateway.run("health")
        self.assertNotEqual(health.returncode, 0)
        said = health.stdout + health.stderr
        self.assertIn("the directory of example.org cannot be asked", said)
        self.assertIn(words, said)

    def test_wrong_answers_to_the_gateways_own_mistakes_defer(self):
        for changes, words in (({"base": "dc=nowhere,dc=test"}, "No such object"),
                               ({"base": ELSEWHERE}, "Referral"),
                               ({"filter": "(mail={address}(x)"}, None)):
            if words:
                _, gateway = self.pair(**changes)
                self.assertAway(gateway, words)

    def test_a_wrong_password_defers_and_is_not_tried_for_each_recipient(self):
        directory, gateway = self.pair()
        directory.password_file.write_text("wrong\n")
        self.rcpt(gateway, *(f"user{i}@example.org" for i in range(20)))
        self.assertAway(gateway, "Invalid credentials")
        self.assertLessEqual(directory.count("BIND dn=") // 1, 4)

    def test_the_second_server_answers_while_the_first_is_away(self):
        second = self.open(Directory(PEOPLE))
        first, gateway = self.pair(also=[second.url])
        self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)
        self.assertEqual(second.count("SRCH base"), 0)
        first.kill()
        self.assertCode(self.rcpt(gateway, "carol@example.org"), 250)
        self.assertCode(self.rcpt(gateway, "nobody@example.org"), 550)
        self.assertEqual(gateway.run("health").returncode, 0)

    def test_a_dead_directory_defers_strangers_and_lets_the_known_in(self):
        directory, gateway = self.pair()
        self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)
        directory.kill()
        self.assertAway(gateway, "Can't contact")
        self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)
        directory.start()
        wait_until(lambda: self.rcpt(gateway, "carol@example.org")[0] == 250, 30,
                   "the directory's return")
        self.assertEqual(gateway.run("health").returncode, 0)

    def test_a_restarted_directory_is_bound_to_again(self):
        directory, gateway = self.pair()
        self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)
        directory.kill()
        directory.start()
        self.assertCode(self.rcpt(gateway, "carol@example.org"), 250)

    def test_a_frozen_directory_costs_its_time_out_and_blocks_nobody_else(self):
        for changes in ({}, {"starttls": True}):
            directory = self.open(Directory(PEOPLE))
            settings = directory.settings(ca=str(directory.ca), **changes)
            gateway = self.open(Gateway(changes={"ldap": [settings]},
                                        domain={"recipients": {"ldap": "staff"}}))
            self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)
            directory.freeze()
            self.assertCode(self.rcpt(gateway, "carol@example.org"), 450)
            self.assertLess(self.took, 3.5)
            self.assertCode(self.rcpt(gateway, "dave@example.org"), 450)
            self.assertLess(self.took, 0.5, "it rests")
            self.assertCode(self.rcpt(gateway, "bob@example.org"), 250)
            directory.thaw()
            wait_until(lambda: self.rcpt(gateway, "carol@example.org")[0] == 250, 30,
                       "the directory's return")
            self.assertEqual(gateway.json("status")["loops"]["stalls"], 0)


if __name__ == "__main__":
    main()
