#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Thousands of idle connections while a good client is served; memory for each, plain and TLS."""
import resource
import time
from pathlib import Path

from support import (Case, Client, Gateway, InternalServer, ask, compose, main, make_certificate,
                     options)

ask("--connections", type=int, default=10_000)
ask("--tls-connections", type=int, default=1_000)
ask("--plain-limit", type=int, default=5 * 1024, help="bytes for a plain idle connection")
ask("--tls-limit", type=int, default=40 * 1024)


def private_bytes(pids):
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_", "Swap:")):
                total += int(line.split()[1]) * 1024
    return total


class Idle(Case):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.count = min(options.connections, hard - 1000)
        if self.count < options.connections:
            print(f"\nthe limit on open files allows {self.count} connections only")
        self.server = self.open(InternalServer())
        self.gateway = self.open(Gateway(self.server.port, start=False, changes={
            "limits": {"connections": 20_000, "connections_per_source": 2000, "command": "5 min",
                       "greeting": "5 min"}}))
        pair = make_certificate(self.gateway.folder, "mx.test.example")
        self.gateway.configuration["listeners"][0]["tls"] = {"certificate": str(pair[0]),
                                                             "key": str(pair[1])}
        self.gateway.write()
        self.gateway.start()
        self.held = []

    def hold(self, count, is_tls=False):
        """Connections from many sources (a /24 each 100) that said EHLO and wait."""
        for number in range(count):
            client = Client(self.gateway.port, source=f"127.{1 + number // 25_000}."
                                                      f"{number // 100 % 250}.1")
            self.assertCode(client.greeting, 220)
            client.ehlo()
            if is_tls:
                client.start_tls()
                client.ehlo()
            self.held.append(client)

    def grow(self, count, is_tls):
        """Bytes for each of `count` more idle connections; a hundred come before."""
        self.hold(100, is_tls)
        time.sleep(1)
        before = private_bytes(self.gateway.pids())
        self.hold(count, is_tls)
        time.sleep(1)
        return (private_bytes(self.gateway.pids()) - before) / count

    def tearDown(self):
        for client in self.held:
            client.close()

    def test_plain(self):
        each = self.grow(self.count - 100, False)
        times = []
        for number in range(200):
            begin = time.monotonic()
            message = compose(marker=str(number))
            self.assertCode(self.gateway.send(message, source="127.77.0.1"), 250)
            times.append(time.monotonic() - begin)
        times.sort()
        print(f"\n{len(self.held)} idle connections: {each:.0f} bytes each; a good client "
              f"meanwhile: median {times[100] * 1e3:.1f} ms, slowest "
              f"{times[-1] * 1e3:.1f} ms a message")
        self.assertEqual(self.server.count, 200)
        self.assertLess(times[100], 0.1)
        for client in (self.held[0], self.held[-1]):
            self.assertCode(client.ask("NOOP"), 250)
        self.assertLessEqual(each, options.plain_limit)

    def test_tls(self):
        each = self.grow(options.tls_connections, True)
        print(f"\n{len(self.held)} idle TLS connections: {each:.0f} bytes each")
        self.assertCode(self.gateway.send(compose(), source="127.77.0.1"), 250)
        self.assertLessEqual(each, options.tls_limit)


if __name__ == "__main__":
    main()
