#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Backups of a running gateway under load, restored on a bare machine; nothing half is whole."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from support import Case, Client, Gateway, InternalServer, compose, main, options, wait_until
from support.load import Load, marker_of
from support.old_store import set_back

PASSPHRASE = "correct horse battery staple"


def passphrase_file(folder):
    path = Path(folder) / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return str(path)


def write_message(folder):
    path = Path(folder) / "message.eml"
    path.write_bytes(compose(marker="lesson"))
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
        """A backup of now; the nightly one, if it is under way, is made before."""
        command = [options.mailweir, "backup", "create", "--json", "--config",
                   str(gateway.config_path), *map(str, words)]

        def attempt():
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            return None if "under way" in done.stderr else done
        done = wait_until(attempt, 60, "the backup")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)["path"]

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

    def test_what_a_gateway_ever_wrote_comes_back(self):
        gateway = self.gateway()
        self.send(gateway, "kept")
        self.run_command("user", "add", "--data", gateway.data, "--password-file", "-", "--role",
                         "administrator", "root1", input="a long enough passphrase\n")
        self.run_command("allow", "add", "--data", gateway.data, "friend@sender.example")
        gateway.run("learn", "spam", write_message(gateway.folder))
        gateway.run("alerts", "test")
        wait_until(lambda: (gateway.data / "alerts.db").exists(), 60, "the state of alerts")
        gateway.stop()
        gateway.start()
        wait_until(lambda: (gateway.data / "alerts.db").exists(), 60)
        path = self.made(gateway)
        about = subprocess.run(["tar", "--zstd", "-xOf", path, "about"], capture_output=True,
                               text=True, check=True).stdout
        written = {p.name for p in gateway.data.glob("*.db")}
        self.assertEqual({x.split()[1] for x in about.splitlines() if x.startswith("format ")},
                         written)
        self.run_command("backup", "verify", path)
        gateway.stop()
        for place in (gateway.data, gateway.folder / "bare"):
            done = self.backup(gateway, "restore", "--data", place, path)
            self.assertNotIn("does not know", done.stderr)
            self.assertLessEqual(written, {p.name for p in place.glob("*.db")})
        gateway.start()

    def test_a_rehearsal_needs_no_outage_and_finds_what_a_restore_would(self):
        gateway = self.gateway()
        path = self.made(gateway)
        said = self.backup(gateway, "restore", "--dry-run", path).stdout
        self.assertIn("nothing was changed", said)
        wrong = gateway.folder / "wrong"
        wrong.write_text("another passphrase\n")
        done = self.backup(gateway, "restore", "--dry-run", "--passphrase-file", wrong, path,
                           code=1)
        self.assertIn("does not open", done.stderr)

    def test_a_folder_that_cannot_be_written_is_told_at_once(self):
        gateway = self.gateway()
        (gateway.folder / "file").write_text("")
        gateway.configuration["backup"]["to"] = str(gateway.folder / "file" / "below")
        gateway.write()
        gateway.stop()
        gateway.start()
        def health():
            return subprocess.run([options.mailweir, "health", "--data", str(gateway.data)],
                                  capture_output=True, text=True, check=False)
        wait_until(lambda: "backup" in health().stdout + health().stderr, 30, health().stdout)

    def test_a_backup_leaves_room_for_mail(self):
        if os.getuid() != 0:
            self.skipTest("only root may mount a small disk")
        folder = Path(tempfile.mkdtemp(prefix="mailweir-room-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        (folder / "data").mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs",
                           str(folder / "data")], check=False).returncode != 0:
            self.skipTest("no small disk can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(folder / "data")], check=False)
        gateway = self.open(Gateway(None, folder=folder))
        (folder / "data" / "ballast").write_bytes(os.urandom(40 << 20))
        least = [1 << 30]
        is_over = threading.Event()

        def watch():
            while not is_over.wait(0.005):
                disk = os.statvfs(folder / "data")
                least[0] = min(least[0], disk.f_bavail * disk.f_frsize)
        watching = threading.Thread(target=watch)
        watching.start()
        done = self.backup(gateway, "create", code=1)
        is_over.set()
        watching.join()
        self.assertIn("not enough room", done.stderr)
        self.assertGreater(least[0], 2 << 20)

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
        set_back(gateway.data, "history.db")
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
