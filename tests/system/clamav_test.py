#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The layer clamav with a real clamd: what it finds, and every way it can fail."""
import base64
import time
import zipfile
from io import BytesIO

from mime_test import AMBIGUOUS
from support import Case, Gateway, InternalServer, main, skip, wait_until
from support.clamd import EICAR, Clamd

PLAIN = b"From: a@example.com\r\nSubject: x\r\n\r\nhello\r\n"


def with_file(octets, name="a.bin"):
    return (f"From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: application/octet-stream; name={name}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n").encode() + base64.encodebytes(
                octets).replace(b"\n", b"\r\n")


INFECTED = with_file(EICAR)


class WithClamd(Case):
    def setUp(self):
        if not Clamd.program():
            skip("clamav-daemon is not installed")

    def gateway(self, servers, rules=(), layers=("clamav",), **settings):
        self.server = self.open(InternalServer())
        return self.open(Gateway(
            self.server.port, policy={"layers": list(layers), "rules": list(rules)},
            changes={"layers": {"clamav": {"servers": servers, **settings}}}))


class WhatItFinds(WithClamd):
    def test_an_infected_message_is_refused_a_clean_one_passes(self):
        clamd = self.open(Clamd())
        for server in (clamd.socket, f"127.0.0.1:{clamd.port}", f"localhost:{clamd.port}"):
            gateway = self.gateway([server])
            self.assertCode(gateway.send(PLAIN), 250)
            self.assertCode(gateway.send(with_file(b"harmless" * 100_000)), 250)
            reply = gateway.send(INFECTED)
            self.assertCode(reply, 550)
            self.assertIn("virus", reply[1])
            packed = BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("inner.txt", EICAR)
            self.assertCode(gateway.send(with_file(packed.getvalue(), "a.zip")), 550)
            states = gateway.json("status")["clamd"]
            self.assertEqual([(s["server"], s["up"], s["scans"], s["infected"]) for s in states],
                             [(server, True, 4, 2)])

    def test_the_policy_may_hold_it_and_no_list_lets_it_pass(self):
        clamd = self.open(Clamd())
        gateway = self.gateway([clamd.socket], layers=("lists", "clamav"),
                               rules=[{"when": "clamav.infected", "then": "quarantine"}])
        self.assertEqual(gateway.run("allow", "add", "ann@sender.example").returncode, 0)
        self.assertCode(gateway.send(INFECTED), 250)
        self.assertEqual(len(gateway.quarantine()), 1)
        self.assertEqual(self.server.count, 0)

    def test_every_reading_of_an_ambiguous_message_is_looked_at(self):
        clamd = self.open(Clamd())
        gateway = self.gateway([clamd.socket])
        for name, text in AMBIGUOUS.items():
            with self.subTest(name):
                message = "From: a@example.com\nSubject: x\nMIME-Version: 1.0\n" + text
                self.assertCode(gateway.send(message.replace("\n", "\r\n").encode()), 550)


class WhenItFails(WithClamd):
    def test_a_dead_clamd_defers_holds_or_lets_pass_as_the_settings_say(self):
        clamd = self.open(Clamd())
        clamd.stop()
        for on_error, code, held, delivered in (("defer", 451, 0, 0), ("hold", 250, 1, 0),
                                                ("ignore", 250, 0, 1)):
            with self.subTest(on_error):
                gateway = self.gateway([clamd.socket], on_error=on_error)
                self.assertCode(gateway.send(PLAIN), code)
                self.assertEqual(len(gateway.quarantine()), held)
                wait_until(lambda: self.server.count == delivered)

    def test_health_says_which_one_is_away_and_when_it_is_back(self):
        clamd = self.open(Clamd())
        gateway = self.gateway([clamd.socket])
        self.assertEqual(gateway.run("health").returncode, 0)
        clamd.stop()
        self.assertCode(gateway.send(PLAIN), 451)
        health = gateway.run("health")
        self.assertNotEqual(health.returncode, 0)
        self.assertIn(f"clamd {clamd.socket} does not answer", health.stdout + health.stderr)
        clamd.start()
        self.assertCode(gateway.send(INFECTED), 550)
        self.assertEqual(gateway.run("health").returncode, 0)

    def test_another_one_takes_over(self):
        first, second = self.open(Clamd()), self.open(Clamd())
        gateway = self.gateway([first.socket, f"127.0.0.1:{second.port}"])
        first.stop()
        for _ in range(3):
            self.assertCode(gateway.send(INFECTED), 550)
            self.assertCode(gateway.send(PLAIN), 250)

    def test_one_that_hangs_costs_its_time_once(self):
        clamd = self.open(Clamd())
        gateway = self.gateway([clamd.socket], reply="1 s")
        clamd.hang()
        start = time.monotonic()
        self.assertCode(gateway.send(PLAIN), 451)
        self.assertLess(time.monotonic() - start, 5)
        start = time.monotonic()
        for _ in range(5):
            self.assertCode(gateway.send(PLAIN), 451)
        self.assertLess(time.monotonic() - start, 2)
        clamd.go_on()
        wait_until(lambda: gateway.send(PLAIN)[0] == 250, 30)

    def test_more_than_clamd_takes_is_held(self):
        clamd = self.open(Clamd(largest="1M"))
        for server in (clamd.socket, f"127.0.0.1:{clamd.port}"):
            gateway = self.gateway([server])
            self.assertCode(gateway.send(with_file(b"x" * 3_000_000)), 250)
            self.assertEqual(len(gateway.quarantine()), 1)
            self.assertCode(gateway.send(PLAIN), 250)
            self.assertEqual(gateway.run("health").returncode, 0)


if __name__ == "__main__":
    main()
