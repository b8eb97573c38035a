#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Scanning falls behind: new mail waits outside, nothing passes unseen, and the administrator is
told why."""
import os
import signal
import threading
import time

from support import Case, Gateway, InternalServer, compose, main, wait_until

RULES = [{"name": "goods", "where": "body", "text": "dangerous goods", "then": "block"}]
POLICY = {"rules": [{"when": "words.block", "then": "reject"}],
          "layers": ["lists", "helo", "headers", "upstream", "words", "recipients"]}
CLEAN, DANGEROUS = "These are flowers.\r\n", "These are dangerous goods.\r\n"


class Behind(Case):
    def setUp(self):
        self.server = self.open(InternalServer())
        self.gateway = self.open(Gateway(self.server.port, policy=POLICY, changes={
            "layers": {"words": {"rules": RULES}}, "workers": {"scanners": 1}}))
        self.codes, self.threads = [], []

    def send_later(self, body, marker):
        def send():
            self.codes.append((marker, self.gateway.send(compose(body=body, marker=marker),
                                                         timeout=90)[0]))
        self.threads.append(threading.Thread(target=send))
        self.threads[-1].start()

    def scan(self):
        return self.gateway.json("status")["scan"]

    def first_reply_to_mail(self):
        with self.gateway.client() as client:
            client.ehlo()
            return client.ask("MAIL FROM:<ann@sender.example>")

    def test_mail_waits_outside_until_the_workers_are_back(self):
        gateway = self.gateway
        wait_until(lambda: (self.scan()["workers"], self.scan()["busy"]) == (1, 0), 20,
                   "the first worker")
        self.assertCode(self.first_reply_to_mail(), 250)
        for pid in (gateway.scan_pid(), *gateway.worker_pids()):
            os.kill(pid, signal.SIGSTOP)
        begin = time.monotonic()
        self.send_later(CLEAN, "one")
        wait_until(lambda: self.scan()["busy"] == 1, 10, "a message with the stopped worker")
        self.send_later(DANGEROUS, "two")
        wait_until(lambda: self.scan()["waiting"] == 1, 10, "a message without a worker")
        self.assertCode(self.first_reply_to_mail(), 250)
        self.assertEqual([text for text in gateway.json("status")["problems"]
                          if "keep up" in text], [])
        wait_until(lambda: self.first_reply_to_mail()[0] == 451, 10, "451 to new mail")
        self.assertGreater(time.monotonic() - begin, 4)
        self.assertIn("busy", self.first_reply_to_mail()[1])
        [problem] = [text for text in gateway.json("status")["problems"] if "keep up" in text]
        self.assertIn("1 messages wait", problem)
        self.assertNotEqual(gateway.run("health").returncode, 0)
        self.assertGreater(self.scan()["behind_ms"], 5000)
        self.assertTrue([row for row in gateway.history() if row["rule"] == "busy"])

        def greeting():
            with gateway.client(greet=False) as client:
                return client.reply()[0]
        wait_until(lambda: greeting() == 421, 20, "421 to new connections")
        self.assertGreater(time.monotonic() - begin, 14)
        os.kill(gateway.scan_pid(), signal.SIGCONT)
        for thread in self.threads:
            thread.join()
        codes = dict(self.codes)
        self.assertIn(codes["one"], (250, 451))
        self.assertIn(codes["two"], (550, 451))
        self.assertCode(gateway.send(compose(body=CLEAN, marker="three")), 250)
        self.assertClass(gateway.send(compose(body=DANGEROUS, marker="four")), 5)
        self.assertEqual(self.scan()["behind_ms"], 0)
        self.assertFalse([text for text in gateway.json("status")["problems"]
                          if "keep up" in text])
        arrived = [message.data for message in self.server.wait_for(1)]
        self.assertEqual([data for data in arrived if b"dangerous" in data], [])


if __name__ == "__main__":
    main()
