#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of the two tables of promise.md §1: what the client hears when the internal server
fails, and that each message that heard 250 arrives exactly once when the server is well again."""
import time
from concurrent.futures import ThreadPoolExecutor

from support import (CLOSE, HANG, LOSE_REPLY, RESET, Case, Gateway, InternalServer, compose,
                     difference, main, wait_until)

DELIVERY = {"connect": "2 s", "reply": "2 s", "budget": "3 s", "retry": ["1 s"], "in_doubt": "5 s"}
HOSTILE_LINES = b"".join(b"550-5.7.9 no %d\r\n" % n for n in range(300_000)) + b"550 5.7.9 no\r\n"

# name → script of the internal server. All are temporary: spooled, or 451 with `pass`.
TEMPORARY = {
    "hangs before the greeting": {"connect": HANG},
    "closes before the greeting": {"connect": CLOSE},
    "greets with 421": {"connect": "421 4.3.2 not now"},
    "greets with 451": {"connect": "451 4.3.2 not now"},
    "greets with 554": {"connect": "554 5.3.2 no service here"},
    "refuses EHLO and HELO": {"ehlo": "550 5.5.1 no", "helo": "550 5.5.1 no"},
    "hangs at EHLO": {"ehlo": HANG},
    "closes at EHLO": {"ehlo": CLOSE},
    "hangs at MAIL": {"mail": HANG},
    "hangs at RCPT": {"rcpt": HANG},
    "hangs at DATA": {"data": HANG},
    "DATA 4xx": {"data": "451 4.3.0 later"},
    "250 instead of 354": {"data": "250 2.0.0 surely"},
    "dot 4xx": {"dot": "451 4.3.0 later"},
    "closes at RCPT": {"rcpt": CLOSE},
    "closes after the dot": {"dot": CLOSE},
    "resets after the dot": {"dot": RESET},
    "garbage after the dot": {"dot": b"\x00\xff\x16\x03 what\r\n"},
    "an empty line after the dot": {"dot": b"\r\n"},
    "an impossible code after the dot": {"dot": b"999 2.0.0 fine\r\n"},
    "a code of two digits after the dot": {"dot": b"25 2.0.0 fine\r\n"},
    "an unterminated line after the dot": {"dot": b"250 2.0.0 fi"},
    "354 after the dot": {"dot": b"354 2.0.0 more\r\n"},
}
PERMANENT = {
    "MAIL 5xx": {"mail": "550 5.7.1 not you"},
    "the only RCPT 5xx": {"rcpt": "550 5.1.1 nobody of that name"},
    "DATA 5xx": {"data": "554 5.3.4 no"},
    "dot 5xx": {"dot": "554 5.7.9 no"},
    "dot 5xx with control characters": {"dot": b"550 5.7.9 a\x07b\x1b[31m\xe9\xff\x00c\r\n"},
    "dot 5xx with lines of 3 KB": {"dot": b"550-5.7.9 " + b"y" * 3000 + b"\r\n550 5.7.9 "
                                          + b"z" * 3000 + b"\r\n"},
    "dot 5xx with 300,000 lines": {"dot": HOSTILE_LINES},
}


class FailureTable(Case):
    def gateway(self, server, mode="spool", **settings):
        changes = {"delivery": DELIVERY, **settings.pop("changes", {})}
        return self.open(Gateway(server.port, changes=changes,
                                 listener={"on_next_hop_failure": mode}, **settings))

    def assert_one_arrives(self, server, message, timeout=40):
        accepted = server.wait_for(1, timeout)
        self.assertIsNone(difference(message, accepted[0].data))
        time.sleep(1.5)
        self.assertEqual(server.count, 1, "it arrived more than once")

    def each(self, rows, check):
        """Every row with a gateway and a server of its own, several at a time."""
        with ThreadPoolExecutor(6) as pool:
            done = {name: pool.submit(check, name, script) for name, script in rows.items()}
        failures = [f"{name}: {future.exception()}" for name, future in done.items()
                    if future.exception()]
        self.assertFalse(failures, "\n" + "\n".join(failures))

    def test_a_broken_internal_server_with_spool(self):
        def check(name, script):
            server = self.open(InternalServer(script))
            with self.gateway(server) as gateway:
                message = compose(marker=name.replace(" ", "-"))
                self.assertCode(gateway.send(message), 250)
                self.assertEqual(server.count, 0)
                server.script = {}
                self.assert_one_arrives(server, message)
        self.each(TEMPORARY, check)

    def test_a_broken_internal_server_with_pass(self):
        def check(_, script):
            server = self.open(InternalServer(script))
            with self.gateway(server, "pass") as gateway:
                self.assertClass(gateway.send(compose()), 4)
                server.script = {}
                time.sleep(0.2)
                self.assertEqual((server.count, gateway.queue()), (0, []))
                self.assertTrue(gateway.history(), "a temporary refusal has a history row")
        self.each(TEMPORARY, check)

    def test_a_refused_connection(self):
        for mode in ("spool", "pass"):
            with self.subTest(mode):
                server = self.open(InternalServer())
                server.stop()
                gateway = self.gateway(server, mode)
                reply = gateway.send(compose())
                if mode == "pass":
                    self.assertClass(reply, 4, "4.4.")
                    continue
                self.assertCode(reply, 250)
                server.start()
                self.assert_one_arrives(server, compose())

    def test_a_temporary_mail_refusal_keeps_its_class(self):
        for mode in ("spool", "pass"):
            with self.subTest(mode):
                server = self.open(InternalServer({"mail": "451 4.3.0 later"}))
                gateway = self.gateway(server, mode)
                reply = gateway.send(compose())
                server.script = {}
                if reply[0] == 250 and mode == "spool":
                    self.assert_one_arrives(server, compose())
                else:
                    self.assertClass(reply, 4)
                    self.assertEqual((server.count, gateway.queue()), (0, []))

    def test_a_final_refusal_reaches_the_client(self):
        def check(_, script):
            server = self.open(InternalServer(script))
            with self.gateway(server) as gateway:
                with gateway.client() as client:
                    client.envelope("ann@sender.example", ["bob@example.org"])
                    client.ask("DATA")
                    client.send(compose() + b".\r\n")
                    line = client.line()
                self.assertRegex(line, rb"^55\d 5\.\d+\.\d+ ", "class and enhanced code are kept")
                self.assertLessEqual(len(line) + 2, 512)
                self.assertRegex(line, rb"^[ -~]*$", "control characters and 8-bit are gone")
                row = gateway.history()[0]
                self.assertIn(row["id"][:13].encode(), line, "the reply carries our id")
                self.assertEqual((server.count, gateway.queue()), (0, []))
        self.each(PERMANENT, check)

    def test_a_300_000_line_refusal_does_not_grow_memory(self):
        server = self.open(InternalServer({"dot": HOSTILE_LINES}))
        gateway = self.gateway(server)
        gateway.send(compose())
        before = resident_kib(gateway.gate_pid())
        for _ in range(5):
            self.assertClass(gateway.send(compose()), 5)
        self.assertLess(resident_kib(gateway.gate_pid()) - before, 8192)

    def test_one_of_three_recipients_refused_for_good(self):
        server = self.open(InternalServer(
            {"rcpt": lambda a: "550 5.1.1 unknown" if "bob" in a else None}))
        gateway = self.gateway(server)
        three = [f"{name}@example.org" for name in ("ann", "bob", "cyd")]
        self.assertCode(gateway.send(compose(), recipients=three), 250)
        server.wait_for(1)
        wait_until(lambda: recipients_of(server) == {"ann@example.org", "cyd@example.org"})
        held = wait_until(gateway.quarantine, what="a held row for bob")
        self.assertEqual((held[0]["recipient"], held[0]["reason"]),
                         ("bob@example.org", "delivery.refused"))
        self.assertFalse([a for a in server.accepted if a.sender == ""], "no bounce to a stranger")

    def test_one_of_three_recipients_put_off(self):
        server = self.open(InternalServer(
            {"rcpt": lambda a: "450 4.2.1 busy" if "bob" in a else None}))
        gateway = self.gateway(server)
        three = [f"{name}@example.org" for name in ("ann", "bob", "cyd")]
        self.assertCode(gateway.send(compose(), recipients=three), 250)
        wait_until(lambda: recipients_of(server) == {"ann@example.org", "cyd@example.org"})
        server.script = {}
        wait_until(lambda: "bob@example.org" in recipients_of(server), 30)
        delivered = [r for a in server.accepted for r in a.recipients]
        self.assertEqual(sorted(delivered), three, "each exactly once")

    def test_callout_says_the_refusal_at_that_recipient(self):
        server = self.open(InternalServer(
            {"rcpt": lambda a: "550 5.1.1 unknown" if "bob" in a else None}))
        gateway = self.gateway(server, domain={"recipients": "callout"})
        with gateway.client() as client:
            replies = client.envelope("a@sender.example", [f"{n}@example.org"
                                                           for n in ("ann", "bob", "cyd")])
            self.assertEqual([code for code, _ in replies], [250, 250, 550, 250])
            self.assertCode(client.data(compose()), 250)
        server.wait_for(1)
        self.assertEqual(recipients_of(server), {"ann@example.org", "cyd@example.org"})

    def test_callout_without_an_answer_puts_the_sender_off(self):
        server = self.open(InternalServer())
        server.stop()
        gateway = self.gateway(server, domain={"recipients": "callout"})
        self.assertClass(gateway.send(compose()), 4)
        self.assertEqual(server.count, 0)

    def test_a_late_250_marks_the_spooled_message_delivered(self):
        slow = {"dot": lambda _: time.sleep(5) or None}
        server = self.open(InternalServer(slow))
        gateway = self.gateway(server, changes={"delivery": {**DELIVERY, "in_doubt": "20 s"}})
        self.assertCode(gateway.send(compose()), 250)
        server.wait_for(1)
        wait_until(lambda: gateway.queue() == [], what="the queue to be empty")
        time.sleep(2)
        self.assertEqual(server.count, 1, "the late reply ended it")

    def test_a_lost_reply_is_in_doubt_and_repeats_at_worst_once(self):
        server = self.open(InternalServer({"dot": LOSE_REPLY}))
        gateway = self.gateway(server)
        self.assertCode(gateway.send(compose()), 250)
        server.script = {}
        wait_until(lambda: gateway.queue() == [], 30)
        self.assertLessEqual(server.count, 2)
        self.assertRegex(gateway.log(), "in doubt|no clear answer")

    def test_a_closed_connection_never_goes_without_a_reply(self):
        server = self.open(InternalServer({"connect": RESET}))
        gateway = self.gateway(server)
        with gateway.client() as client:
            for number in range(5):
                reply = client.transact("ann@sender.example", ["bob@example.org"],
                                        compose(marker=str(number)))
                self.assertCode(reply, 250)
            self.assertCode(client.ask("NOOP"), 250)


class Paths(Case):
    """The first table: who owns the message when the client hears 2xx."""

    def test_cut_through_writes_nothing_and_passes_the_reply_on(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        message = compose()
        self.assertCode(gateway.send(message), 250)
        self.assertEqual(server.count, 1, "the internal server had it before the client heard 250")
        self.assertEqual(gateway.queue(), [])

    def test_several_routes_are_committed_and_delivered_each(self):
        first, second = self.open(InternalServer()), self.open(InternalServer())
        gateway = self.open(Gateway(changes={"domains": [
            {"name": "example.org", "recipients": "any", "next_hop": [f"127.0.0.1:{first.port}"]},
            {"name": "example.net", "recipients": "any", "next_hop": [f"127.0.0.1:{second.port}"]},
        ]}))
        self.assertCode(gateway.send(compose(), recipients=["b@example.org", "b@example.net"]), 250)
        for server in (first, second):
            self.assertIsNone(difference(compose(), server.wait_for(1)[0].data))

    def test_the_next_server_of_a_route_takes_over(self):
        first, second = self.open(InternalServer()), self.open(InternalServer())
        first.stop()
        gateway = self.open(Gateway([first.port, second.port]))
        for number in range(3):
            self.assertCode(gateway.send(compose(marker=str(number))), 250)
        self.assertEqual(second.count, 3)
        self.assertEqual(gateway.queue(), [])


def recipients_of(server):
    return {r for a in list(server.accepted) for r in a.recipients}


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
