#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reload, drain and restart under load: nobody is refused on reload, nothing is lost."""
import json
import os
import signal
import socket
import subprocess
import time

from support import (Case, Client, Gateway, InternalServer, compose, free_port, main, options,
                     wait_until)
from support.load import Load, marker_of


class Reload(Case):
    def pair(self, **settings):
        server = self.open(InternalServer())
        return self.open(Gateway(server.port, **settings)), server

    def assert_all_arrived(self, load, server):
        arrived = [marker_of(m.data) for m in server.accepted]
        self.assertEqual(set(load.acknowledged) - set(arrived), set(), "acknowledged and lost")
        self.assertEqual(len(arrived), len(set(arrived)), "nothing came twice")

    def test_reload_under_load_refuses_nobody(self):
        gateway, server = self.pair()
        load = Load(gateway, sessions=8, sizes=(600, 50_000))
        for number in range(12):
            time.sleep(0.25)
            gateway.configuration["limits"]["junk_commands"] = 10 + number
            gateway.policy["tag"] = {"subject": f"[TAG {number}] "}
            gateway.reload()
        load.end()
        print(f"\n{len(load.acknowledged)} messages, {len(load.refused)} refused, "
              f"{len(load.broken)} connections lost")
        self.assertEqual((load.refused, load.broken), ([], []))
        self.assertGreater(len(load.acknowledged), 100)
        self.assert_all_arrived(load, server)

    def test_a_new_listener_comes_and_the_old_one_never_goes(self):
        gateway, server = self.pair()
        load = Load(gateway, sessions=4, sizes=(600,))
        time.sleep(0.3)
        second = free_port()
        gateway.configuration["listeners"].append(
            {"name": "second", "address": f"127.0.0.1:{second}", "role": "inbound"})
        gateway.reload()
        gateway.wait_ready(20, second)
        time.sleep(1)
        load.end()
        refused = [r for r in load.refused if r[1] != 421]
        self.assertEqual(refused, [])
        self.assertFalse([b for b in load.broken if "refused" in b[1]],
                         "the listening socket never closed")
        self.assert_all_arrived(load, server)

    def test_a_broken_file_changes_nothing(self):
        gateway, server = self.pair()
        good = gateway.config_path.read_text()
        gateway.config_path.write_text(good.replace('"hostname"', '"hostnam"'))
        gateway.process.send_signal(1)
        wait_until(lambda: "hostnam" in gateway.log(), what="the complaint in the log")
        self.assertCode(gateway.send(compose()), 250)
        self.assertEqual(server.count, 1)
        self.assertRegex(gateway.log(), r"mailweir\.yaml:\d+:\d+")

    def test_a_refused_reload_puts_no_table_in_service(self):
        gateway, server = self.pair()
        (gateway.folder / "blocked").write_text("127.0.0.0/8\n")
        gateway.configuration["blocklist"] = {"files": [str(gateway.folder / "blocked")]}
        gateway.configuration["listeners"][0]["tls"] = {
            "certificate": "/nowhere/certificate.pem", "key": "/nowhere/key.pem"}
        gateway.write()
        self.assertNotEqual(gateway.run("config", "reload").returncode, 0)
        self.assertCode(gateway.send(compose()), 250)
        del gateway.configuration["listeners"][0]["tls"]
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        with gateway.client(greet=False) as client:
            self.assertCode(client.reply(), 554)
        self.assertEqual(server.count, 1)

    def assert_refused(self, gateway, words):
        done = gateway.run("config", "reload")
        self.assertEqual(done.returncode, 6, done.stdout + done.stderr)
        self.assertIn(words, done.stderr)
        problems = json.loads(gateway.run("health", "--json").stdout)["problems"]
        self.assertTrue([p for p in problems if "reload was refused" in p and words in p], problems)

    def test_a_restart_that_the_supervisor_refuses_is_told(self):
        gateway, server = self.pair()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            second = {"name": "second", "role": "inbound",
                      "address": f"127.0.0.1:{taken.getsockname()[1]}"}
            gateway.configuration["listeners"].append(second)
            gateway.write()
            self.assert_refused(gateway, "cannot listen")
        del gateway.configuration["listeners"][1]
        gateway.configuration["user"] = "daemon"
        gateway.write()
        self.assert_refused(gateway, '"user" needs a restart')
        del gateway.configuration["user"]
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        self.assertEqual(gateway.run("health").returncode, 0)
        self.assertCode(gateway.send(compose()), 250)
        self.assertEqual(server.count, 1)

    def test_another_data_directory_is_served_and_what_stays_is_told(self):
        gateway, server = self.pair()
        before = gateway.data
        gateway.data = gateway.folder / "other"
        gateway.configuration["data"] = str(gateway.data)
        gateway.write()
        done = subprocess.run([options.mailweir, "config", "reload", "--data", str(before)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("replaced with a drain", done.stdout)
        self.assertIn(f"what waits in {before} stays", done.stderr)
        gateway.wait_ready()
        wait_until(lambda: gateway.run("status").returncode == 0, what="the new control socket")
        owners = {(gateway.data / name).stat().st_uid for name in (".", "control.sock", "mail.db")}
        self.assertEqual(len(owners), 1)

    def test_an_edit_during_a_reload_counts(self):
        gateway, server = self.pair()
        (gateway.folder / "many").write_text("".join(
            f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(1_000_000)))
        gateway.configuration["blocklist"] = {"files": [str(gateway.folder / "many")]}
        gateway.reload()
        time.sleep(0.1)
        gateway.configuration["blocklist"]["block"] = ["127.0.0.0/8"]
        gateway.reload()

        def is_blocked():
            with Client(gateway.port) as client:
                return client.greeting[0] == 554
        wait_until(is_blocked, what="the edit to count")
        self.assertIn("a reload is under way", gateway.log())

    def test_what_was_reloaded_outlives_a_crash_of_the_gate(self):
        gateway, _ = self.pair()
        gateway.configuration["blocklist"] = {"block": ["127.0.0.0/8"]}
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        with Client(gateway.port) as client:
            self.assertEqual(client.greeting[0], 554)
        os.kill(gateway.gate_pid(), signal.SIGKILL)
        # The supervisor holds the socket: this waits there for the next gate.
        with Client(gateway.port) as client:
            self.assertEqual(client.greeting[0], 554)

    def test_drain_finishes_what_is_in_data_and_exits_0(self):
        gateway, server = self.pair()
        with gateway.client() as idle, gateway.client() as busy:
            busy.envelope("ann@sender.example", ["bob@example.org"])
            busy.ask("DATA")
            busy.send(compose())
            gateway.process.send_signal(15)
            self.assertCode(idle.reply(), 421)
            self.assertTrue(idle.is_closed())
            time.sleep(0.5)
            busy.send(b"more\r\n.\r\n")
            self.assertCode(busy.reply(), 250)
        self.assertEqual(gateway.process.wait(20), 0)
        self.assertEqual(server.count, 1)

    def test_restart_under_load_loses_nothing(self):
        gateway, server = self.pair()
        load = Load(gateway, sessions=8, sizes=(600, 50_000))
        for _ in range(4):
            time.sleep(0.5)
            self.assertEqual(gateway.stop(), 0)
            gateway.start()
        load.end()
        self.assertFalse([r for r in load.refused if r[1] != 421], "only 421 while it drains")
        self.assert_all_arrived(load, server)


if __name__ == "__main__":
    main()
