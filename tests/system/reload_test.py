#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reload, drain and restart under load: nobody is refused on reload, nothing is lost."""
import time

from support import (Case, Gateway, InternalServer, compose, free_port, main, wait_until)
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
