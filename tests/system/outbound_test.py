#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mail of the organisation to other domains: the servers that the DNS names, in its order."""
import email
import shutil
import subprocess
import threading
import time

from support import CLOSE, HANG, LOSE_REPLY, Case, InternalServer, compose, main, skip, wait_until
from support.dns import Unbound
from support.outbound import Sender

RECORDS = [
    "far.test. 60 IN MX 10 first.far.test.",
    "far.test. 60 IN MX 20 second.far.test.",
    "first.far.test. 60 IN A 127.0.0.11",
    "second.far.test. 60 IN A 127.0.0.12",
    "plain.test. 60 IN A 127.0.0.11",
    "null.test. 60 IN MX 0 .",
    "loop.test. 60 IN MX 10 mx.test.example.",
    "circle.test. 60 IN MX 10 other.circle.test.",
    "other.circle.test. 60 IN A 127.0.0.1",
    "dead.test. 60 IN MX 10 mx.dead.test.",
    "mx.dead.test. 60 IN A 127.0.0.19",
]


class Outbound(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        self.dns = self.open(Unbound(RECORDS))
        self.inside = self.open(InternalServer())

    def sender(self, **settings):
        return self.open(Sender(self.dns.address, next_hop=self.inside.port, **settings))

    def server(self, gate, address, **settings):
        return self.open(InternalServer(port=gate.outside, address=address, **settings))


class ByMx(Outbound):
    def test_mail_goes_straight_to_the_best_server_that_answers(self):
        gate = self.sender()
        second = self.server(gate, "127.0.0.12")
        self.assertCode(gate.post(compose(marker="one"), ["bob@far.test"]), 250)
        self.assertEqual(second.count, 1, "cut through: it is there before we say so")
        self.assertEqual(gate.queue(), [])
        first = self.server(gate, "127.0.0.11")
        self.assertCode(gate.post(compose(marker="two"), ["bob@plain.test"]), 250)
        self.assertEqual(first.wait_for(1)[0].recipients, ["bob@plain.test"])

    def test_a_server_that_fails_amid_the_mail_leaves_it_to_the_next(self):
        gate = self.sender()
        first, second = (self.server(gate, f"127.0.0.{number}") for number in (11, 12))
        for stage, does in [("mail", CLOSE), ("mail", "421 4.3.2 going down"),
                            ("mail", "451 4.3.0 no room"), ("rcpt", CLOSE),
                            ("rcpt", "421 4.3.2 going down"), ("data", CLOSE),
                            ("dot", "421 4.3.2 going down")]:
            with self.subTest(stage=stage, does=str(does)):
                before = second.count
                first.script = {stage: does}
                first.stop()
                first.start()
                reply = gate.post(compose(marker=f"{stage}{before}"), ["bob@far.test"])
                self.assertCode(reply, 250)
                self.assertEqual((second.count, gate.queue()), (before + 1, []))
                first.script = {}
                gate.post(compose(marker=f"well{before}"), ["bob@plain.test"])
                wait_until(lambda: gate.queue() == [], what="the first is well again")
        taken = first.count, second.count
        first.script = {"rcpt": "451 4.7.1 greylisted"}
        self.assertCode(gate.post(compose(marker="grey"), ["bob@far.test"]), 250)
        first.script = {"dot": LOSE_REPLY}
        self.assertCode(gate.post(compose(marker="doubt"), ["eve@far.test"]), 250)
        self.assertEqual(second.count, taken[1], "a word on the recipient, and a mail in doubt")

    def test_what_can_never_arrive_is_refused_at_once(self):
        gate = self.sender()
        for domain, code, enhanced in [("null.test", 556, "5.1.10"), ("nowhere.test", 550, "5.1.2"),
                                       ("loop.test", 554, "5.4.6")]:
            reply = gate.post(compose(marker=domain), [f"bob@{domain}"])
            self.assertCode(reply, code, enhanced)
        self.assertEqual(gate.queue(), [])

    def test_our_own_door_is_no_destination(self):
        gate = self.sender()
        gate.configuration["outbound"]["port"] = gate.out
        gate.reload()
        wait_until(lambda: "reload" in gate.log().lower(), what="the reload")
        wait_until(lambda: gate.post(compose(), ["bob@circle.test"])[0] == 554,
                   what="a refusal of the circle")

    def test_one_mail_for_three_domains_arrives_at_each(self):
        gate = self.sender()
        first, second = self.server(gate, "127.0.0.11"), self.server(gate, "127.0.0.12")
        reply = gate.post(compose(marker="three"),
                          ["bob@far.test", "eve@plain.test", "dan@[127.0.0.12]", "joe@example.org"])
        self.assertCode(reply, 250)
        there = [m.recipients for m in first.wait_for(2)] + [m.recipients
                                                             for m in second.wait_for(1)]
        self.assertEqual(sorted(there), [["bob@far.test"], ["dan@[127.0.0.12]"],
                                         ["eve@plain.test"]])
        self.assertEqual(self.inside.wait_for(1)[0].recipients, ["joe@example.org"])

    def test_many_mails_share_few_connections(self):
        gate = self.sender()
        first = self.server(gate, "127.0.0.11")
        for i in range(20):
            self.assertCode(gate.post(compose(marker=f"m{i}"), ["bob@plain.test"]), 250)
        self.assertEqual(first.count, 20)
        self.assertLessEqual(first.connections, 4, "one for each loop, or little more")

    def test_a_refusal_outside_is_the_clients_to_hear(self):
        gate = self.sender()
        self.server(gate, "127.0.0.11", script={"rcpt": "550 5.1.1 no such user"})
        self.assertCode(gate.post(compose(), ["bob@plain.test"]), 550, "5.1.1")


class Queue(Outbound):
    def test_mail_waits_for_a_server_that_is_away_and_for_one_that_wants_to_wait(self):
        gate = self.sender()
        self.assertCode(gate.post(compose(marker="away"), ["bob@plain.test"]), 250)
        self.assertEqual([row["recipient"] for row in gate.queue()], ["bob@plain.test"])
        waits = ["451 4.7.1 greylisted", "451 4.7.1 greylisted"]
        first = self.server(gate, "127.0.0.11",
                            script={"rcpt": lambda _: waits.pop() if waits else None})
        self.assertEqual(first.wait_for(1, timeout=40)[0].recipients, ["bob@plain.test"])
        wait_until(lambda: gate.queue() == [], what="an empty queue")

    def test_only_our_own_senders_hear_of_mail_that_expired(self):
        gate = self.sender(changes={"delivery": {"give_up": "2 s"}})
        for sender in ("ann@example.org", "forged@elsewhere.test"):
            self.assertCode(gate.post(compose(marker=sender), ["bob@dead.test"], sender), 250)
        bounce = self.inside.wait_for(1, timeout=40)[0]
        self.assertEqual((bounce.sender, bounce.recipients), ("", ["ann@example.org"]))
        self.assertIn(b"Status: 5.4.7", bounce.data)
        self.assertIn(b"Final-Recipient: rfc822; bob@dead.test", bounce.data)
        wait_until(lambda: [row["reason"] for row in gate.quarantine()] == ["delivery.expired"],
                   timeout=40, what="the other one held for a person")
        self.assertEqual(self.inside.count, 1, "nobody else is told")

    def test_a_sender_hears_once_of_all_that_failed_though_we_were_killed_meanwhile(self):
        gate = self.sender()
        recipients = ["bob@plain.test", "eve@plain.test", "dan@[127.0.0.12]"]
        first = self.server(gate, "127.0.0.11", script={"rcpt": "550 5.1.1 no such user"})
        second = self.server(gate, "127.0.0.12", script={"rcpt": HANG})
        self.assertCode(gate.post(compose(), recipients), 250)
        wait_until(lambda: len(first.saw("RCPT")) == 2 and second.saw("RCPT"), what="two attempts")
        gate.kill()
        self.assertEqual(self.inside.count, 0, "while one is being tried nobody is told")
        second.script["rcpt"] = "550 5.1.1 nobody here"
        gate.start()
        bounce = self.inside.wait_for(1, timeout=40)[0]
        self.assertEqual((bounce.sender, bounce.recipients), ("", ["ann@example.org"]))
        report = email.message_from_bytes(bounce.data).get_payload(1).get_payload()
        self.assertEqual(report[0]["Reporting-MTA"], "dns; mx.test.example")
        groups = [(one["Final-Recipient"], one["Action"], one["Status"]) for one in report[1:]]
        self.assertEqual(sorted(groups), sorted((f"rfc822; {recipient}", "failed", "5.1.1")
                                                for recipient in recipients))
        wait_until(lambda: gate.queue() == [], what="an empty queue")
        self.assertEqual(self.inside.count, 1)

    def test_more_than_a_destination_may_get_in_an_hour_is_asked_to_come_again(self):
        gate = self.sender(changes={"rate": {"destination": "2 per 1 h", "mode": "enforce"}},
                           policy={"rules": [{"when": "rate.destination", "then": "defer"}]})
        first, second = self.server(gate, "127.0.0.11"), self.server(gate, "127.0.0.12")
        for i in range(2):
            self.assertCode(gate.post(compose(marker=f"m{i}"), [f"user{i}@plain.test"]), 250)
        self.assertCode(gate.post(compose(marker="late"), ["eve@plain.test"]), 450,
                        "too much mail for this destination")
        self.assertCode(gate.post(compose(marker="else"), ["eve@[127.0.0.12]"]), 250)
        self.assertEqual((first.count, second.count), (2, 1))
        row = gate.history("--recipient", "eve@plain.test")[0]
        self.assertIn("rate.destination", str(row["findings"]))
        self.assertIn("allowed 2; to plain.test", str(row["findings"]))

    def test_a_destination_that_finds_it_too_much_gets_less_at_once(self):
        gate = self.sender()
        counting, most, now = threading.Lock(), [0], [0]

        def overloaded(_):
            with counting:
                now[0] += 1
                most[0] = max(most[0], now[0])
                is_much = now[0] > 2
            time.sleep(0.05)
            with counting:
                now[0] -= 1
            return "451 4.7.1 too many at once" if is_much else None

        # All of them wait first, so that the queue alone sets the pace.
        for i in range(30):
            self.assertCode(gate.post(compose(marker=f"m{i}"), ["bob@plain.test"]), 250)
        first = self.server(gate, "127.0.0.11", script={"mail": overloaded})
        first.wait_for(30, timeout=120)
        self.assertLessEqual(most[0], 6)


class Peers(Outbound):
    def test_a_real_sink_takes_what_we_send(self):
        program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
        if not program:
            skip("smtp-sink is not installed")
        gate = self.sender()
        sink = subprocess.Popen([program, "-u", "nobody", f"127.0.0.11:{gate.outside}", "100"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        self.addCleanup(sink.wait)
        self.addCleanup(sink.kill)
        for i in range(20):
            self.assertCode(gate.post(compose(marker=f"m{i}"), ["bob@far.test"]), 250)
        wait_until(lambda: gate.queue() == [], timeout=40, what="an empty queue")
        self.assertEqual(len(gate.history()), 20)


if __name__ == "__main__":
    main()
