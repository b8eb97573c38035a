#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The internal server goes away and comes back: spool, order, restart, high-water mark."""
import random
import time

from support import Case, Gateway, InternalServer, compose, difference, main, wait_until
from support.load import Load, marker_of

PEOPLE = ["ann@example.org", "bob@example.org", "cyd@example.org"]


class Outage(Case):
    def pair(self, **changes):
        server = self.open(InternalServer())
        return self.open(Gateway(server.port, changes=changes)), server

    def test_a_connection_that_one_loop_keeps_is_had_by_another(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(
            server.port, changes={"workers": {"loops": 4}},
            domain={"next_hop": {"servers": [f"127.0.0.1:{server.port}"], "connections": 1}}))
        for number in range(12):  # each on a connection of its own: they come to different loops
            begin = time.monotonic()
            self.assertCode(gateway.send(compose(marker=f"loop{number}")), 250)
            self.assertLess(time.monotonic() - begin, 8, "waited for a connection kept idle")
        self.assertEqual(server.count, 12)
        self.assertEqual(gateway.queue(), [])

    def test_spooled_mail_arrives_in_order_for_each_recipient(self):
        gateway, server = self.pair()
        server.stop()
        sent = {}
        for number in range(45):
            marker = f"n{number:02}"
            sent[marker] = compose(marker=marker, size=300 + 7000 * (number % 5))
            self.assertCode(gateway.send(sent[marker], recipients=[PEOPLE[number % 3]]), 250)
        self.assertEqual(len(gateway.queue()), 45)
        gateway.kill()
        gateway.start()
        self.assertEqual(len(gateway.queue()), 45, "a restart keeps the queue")
        server.start()
        accepted = server.wait_for(45, 90)
        wait_until(lambda: gateway.queue() == [], what="an empty queue")
        time.sleep(1)
        self.assertEqual(server.count, 45, "nothing came twice")
        for person in PEOPLE:
            order = [marker_of(m.data) for m in accepted if m.recipients == [person]]
            self.assertEqual(order, sorted(order), f"in order for {person}")
        for message in accepted:
            self.assertIsNone(difference(sent[marker_of(message.data)], message.data))

    def test_away_and_back_under_load(self):
        gateway, server = self.pair()
        load = Load(gateway, sessions=6, sizes=(600, 4096), pause=0.01)
        for _ in range(3):
            time.sleep(1)
            server.stop()
            time.sleep(1.5)
            server.start()
        time.sleep(1)
        load.end()
        wait_until(lambda: gateway.queue() == [], 90, "an empty queue")
        arrived = [marker_of(m.data) for m in server.accepted]
        self.assertEqual(set(load.acknowledged) - set(arrived), set(), "acknowledged and lost")
        self.assertEqual(load.refused, [], "the spool took what the server could not")
        twice = len(arrived) - len(set(arrived))
        print(f"\n{len(load.acknowledged)} acknowledged, {twice} came twice")
        self.assertLessEqual(twice, 6 * 3, "at most what was under way when the server went")

    def test_the_high_water_mark_puts_senders_off_and_cut_through_goes_on(self):
        gateway, server = self.pair(store={"spool_size": "200 KiB"})
        server.stop()
        codes = []
        for number in range(30):
            noise = "".join(random.choice("0123456789abcdefghijklmnopqrstuvwxyz") + (
                "\r\n" if i % 70 == 69 else "") for i in range(30_000))
            codes.append(gateway.send(compose(marker=f"n{number}", body=noise + "\r\n"))[0])
        self.assertEqual(codes[0], 250)
        self.assertIn(codes[-1], (451, 452))
        self.assertEqual(sorted(set(codes)), [250, codes[-1]])
        accepted = codes.count(250)
        server.start()
        self.assertEqual(len(server.wait_for(accepted, 60)), accepted)
        wait_until(lambda: gateway.send(compose(marker="after"))[0] == 250, 30)

    def test_mail_that_is_refused_for_good_after_spooling_is_held(self):
        gateway, server = self.pair()
        server.stop()
        self.assertCode(gateway.send(compose()), 250)
        server.script = {"dot": "550 5.7.1 never"}
        server.start()
        held = wait_until(gateway.quarantine, 40, "a held row")
        self.assertEqual(held[0]["reason"], "delivery.refused")
        self.assertIn("never", held[0]["last_reply"])
        self.assertFalse([m for m in server.accepted if m.sender == ""])

    def test_mail_past_its_time_is_held_as_expired(self):
        gateway, server = self.pair(delivery={"connect": "1 s", "reply": "1 s", "budget": "1 s",
                                              "retry": ["1 s"], "give_up": "3 s"})
        server.stop()
        self.assertCode(gateway.send(compose()), 250)
        held = wait_until(gateway.quarantine, 40, "a held row")
        self.assertEqual(held[0]["reason"], "delivery.expired")
        server.start()
        gateway.run("quarantine", "release", held[0]["id"])
        server.wait_for(1, 30)


if __name__ == "__main__":
    main()
