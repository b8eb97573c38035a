#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Backups of a running gateway under load, restored on a bare machine; nothing half is whole."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

from support import Case, Client, Gateway, InternalServer, compose, main, options, wait_until
from support.load import Load, marker_of

PASSPHRASE = "correct horse battery staple"


def passphrase_file(folder):
    path = Path(folder) / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return str(path)


class Backup(Case):
    def run_command(self, *words, code=0, **extra):
        done = subprocess.run([options.mailweir, *map(str, words)], capture_output=True, text=True,
                              timeout=300, **extra)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def backup(self, gateway, verb, *words, code=0):
        return self.run_command("backup", verb, "--config", gateway.config_path, *words, code=code)

    def made(self, gateway, *words):
        return json.loads(self.backup(gateway, "create", "--json", *words).stdout)["path"]

    def send(self, gateway, marker, size=600):
        with Client(gateway.port) as client:
            client.ehlo()
            code, text = client.transact("ann@sender.example", ["bob@example.org"],
                                         compose(marker=marker, size=size))
            self.assertEqual(code, 250, text)

    def gateway(self, next_hop=None, **changes):
        gateway = Gateway(next_hop, changes={"backup": {"to": "backups", **changes}}, start=False)
        key = passphrase_file(gateway.folder)
        gateway.configuration["backup"]["passphrase_file"] = key
        gateway.write()
        gateway.start()
        return self.open(gateway)

    def test_a_backup_under_load_comes_back_on_a_bare_machine(self):
        server = InternalServer()
        server.stop()
        self.addCleanup(server.close)
        gateway = self.gateway(server.port)
        for number in range(5):
            self.send(gateway, f"queued-{number}", 3_000_000 if number == 0 else 600)
        self.run_command("allow", "add", "--data", gateway.data, "friend@sender.example")
        self.run_command("user", "add", "--data", gateway.data, "--password-file", "-", "--role",
                         "administrator", "root1", input="a long enough passphrase\n")
        load = Load(gateway, sessions=4)
        wait_until(lambda: len(load.acknowledged) > 20, 60)
        path = self.made(gateway)
        load.end()
        self.assertEqual(load.refused, [])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        found = json.loads(self.run_command(
            "backup", "verify", "--json", "--passphrase-file", gateway.folder / "passphrase",
            path).stdout)
        self.assertTrue(found["whole"])
        self.assertEqual(found["keys"], "opened")
        status = json.loads(self.run_command("status", "--json", "--data", gateway.data).stdout)
        self.assertEqual(status["problems"], [p for p in status["problems"] if "backup" not in p])
        self.assertEqual(status["backup"]["bytes"], os.path.getsize(path))
        gateway.kill()
        kept = gateway.folder / "kept.tar.zst"
        shutil.move(path, kept)
        shutil.rmtree(gateway.data)
        self.backup(gateway, "restore", "--dry-run", kept)
        self.assertFalse(gateway.data.exists())
        said = self.backup(gateway, "restore", "--passphrase-file",
                           gateway.folder / "passphrase", kept).stdout
        self.assertIn("restored into", said)
        server.start()
        gateway.start()
        wait_until(lambda: len(server.accepted) >= 5, 60, "the queue's delivery")
        markers = {marker_of(m.data) for m in server.accepted}
        self.assertLessEqual({f"queued-{n}" for n in range(5)}, markers)
        self.assertIn("friend@sender.example", self.run_command(
            "allow", "list", "--data", gateway.data).stdout)
        self.assertIn("root1", self.run_command("user", "list", "--data", gateway.data).stdout)

    def test_a_running_gateway_is_not_restored_over(self):
        gateway = self.gateway()
        path = self.made(gateway)
        said = self.backup(gateway, "restore", path, code=1).stderr
        self.assertIn("stop it first", said)

    def test_a_kill_during_a_backup_leaves_nothing_that_looks_whole(self):
        gateway = self.gateway()
        for number in range(8):
            self.send(gateway, f"big-{number}", 4_000_000)
        for delay in (0.02, 0.1, 0.3, 0.6):
            child = subprocess.Popen([options.mailweir, "backup", "create", "--config",
                                      str(gateway.config_path), "--to", gateway.folder / "shelf"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            child.wait()
            for path in gateway.folder.glob("shelf/mailweir-*"):
                self.run_command("backup", "verify", path)
                path.unlink()
        self.backup(gateway, "create", "--to", gateway.folder / "shelf")
        self.assertEqual(len(list((gateway.folder / "shelf").iterdir())), 2)  # and the lock

    def test_a_damaged_backup_is_refused_and_nothing_is_touched(self):
        gateway = self.gateway()
        path = Path(self.made(gateway))
        gateway.stop()
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        before = sorted(p.name for p in gateway.data.iterdir())
        self.run_command("backup", "verify", path, code=1)
        self.backup(gateway, "restore", path, code=1)
        after = sorted(p.name for p in gateway.data.iterdir())
        self.assertEqual(before, after)

    def test_a_store_of_an_older_format_is_backed_up_and_upgraded_at_the_start(self):
        gateway = self.gateway()
        self.run_command("allow", "add", "--data", gateway.data, "friend@sender.example")
        gateway.stop()
        database = sqlite3.connect(gateway.data / "history.db")
        database.execute("DROP TABLE counts")
        database.execute("ALTER TABLE history DROP COLUMN owner")
        database.execute("PRAGMA user_version = 1")
        database.commit()
        database.close()
        gateway.start()
        kept = list(gateway.folder.glob("backups/*-before-upgrade.tar.zst"))
        self.assertEqual(len(kept), 1, gateway.log())
        self.assertIn("friend@sender.example", self.run_command(
            "allow", "list", "--data", gateway.data).stdout)
        gateway.stop()
        database = sqlite3.connect(gateway.data / "history.db")
        database.execute("PRAGMA user_version = 99")
        database.commit()
        database.close()
        gateway.start(wait=False)
        wait_until(lambda: "newer mailweir" in gateway.log(), 30)
        self.assertIn(f"mailweir backup restore {kept[0]}", gateway.log())
        gateway.kill()
        self.backup(gateway, "restore", kept[0])
        gateway.start()


if __name__ == "__main__":
    main()
