#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Slow clients are cut: before EHLO, between commands, in DATA by time and by rate."""
import threading
import time

from support import Case, Gateway, InternalServer, compose, main


class Slow(Case):
    def gateway(self, **limits):
        self.server = self.open(InternalServer())
        return self.open(Gateway(self.server.port, changes={"limits": limits}))

    def seconds_until_closed(self, client, drip=None, pause=0.2, limit=30):
        """Sends `drip` again and again until the server closes; how long it took, what it said."""
        begin, said = time.monotonic(), b""
        client.socket.settimeout(pause)
        while time.monotonic() - begin < limit:
            try:
                if drip:
                    client.send(drip)
                chunk = client.socket.recv(4096)
                if not chunk:
                    break
                said += chunk
            except TimeoutError:
                continue
            except OSError:
                break
        return time.monotonic() - begin, said

    def test_a_client_that_says_nothing(self):
        gateway = self.gateway(greeting="2 s", command="2 s")
        with gateway.client(greet=True) as client:
            took, said = self.seconds_until_closed(client)
            self.assertTrue(1.5 < took < 6, took)
            self.assertIn(b"421", said)

    def test_a_command_in_drops(self):
        gateway = self.gateway(command="2 s")
        with gateway.client() as client:
            took, said = self.seconds_until_closed(client, b"N", 0.3)
            self.assertTrue(1.5 < took < 6, took)
            self.assertIn(b"421", said)

    def test_data_that_takes_too_long_in_all(self):
        gateway = self.gateway(data="3 s")
        with gateway.client() as client:
            client.envelope("a@sender.example", ["bob@example.org"])
            client.ask("DATA")
            took, _ = self.seconds_until_closed(client, b"x" * 500 + b"\r\n", 0.1)
            self.assertTrue(2.5 < took < 8, took)
        self.assertEqual(self.server.count, 0)

    def test_data_below_the_least_rate_is_cut_after_a_minute(self):
        gateway = self.gateway(data_rate="500 B/s")
        results = {}

        def send(name, drip, pause):
            with gateway.client() as client:
                client.envelope("a@sender.example", ["bob@example.org"])
                client.ask("DATA")
                client.send(compose(marker=name))
                results[name] = self.seconds_until_closed(client, drip, pause, 75)[0]
                if results[name] >= 75:
                    client.socket.settimeout(20)
                    client.send(b"\r\n.\r\n")
                    results[name + " reply"] = client.reply()[0]
        threads = [threading.Thread(target=send, args=a) for a in (
            ("slow", b"x", 0.2), ("steady", b"x" * 398 + b"\r\n", 0.2))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(55 < results["slow"] < 74, results)
        self.assertEqual(results.get("steady reply"), 250, results)
        self.assertEqual(self.server.count, 1)


if __name__ == "__main__":
    main()
