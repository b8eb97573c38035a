#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The power goes while a new version upgrades the store, on a disk of its own whose image is taken
at that moment: what was not synced is gone. The next start has everything, in the new formats."""
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from support import Case, Gateway, compose, main, skip, wait_until

SIZE = 96 << 20
MAILS = 12
TRIALS = 24
# What the last migrations made, each with the format before.
OLD = {"history.db": (1, ["DROP TABLE counts", "ALTER TABLE history DROP COLUMN owner"]),
       "accounts.db": (1, ["DROP TABLE preferences", "DROP TABLE digests"])}


def format_of(path):
    database = sqlite3.connect(path)
    try:
        return database.execute("PRAGMA user_version").fetchone()[0]
    finally:
        database.close()


class PowerLoss(Case):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-power-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"
        self.data.mkdir()
        with open(self.folder / "disk", "wb") as image:
            image.truncate(SIZE)
        made = subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(self.folder / "disk")],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            skip(f"no file system can be made here: {made.stderr.strip()}")
        self.mount("disk")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.data)], stderr=subprocess.DEVNULL,
                        check=False)

    def mount(self, image):
        # Nothing is written but what the gateway syncs: the journal's own turn comes in 5 minutes.
        done = subprocess.run(["mount", "-o", "loop,commit=300", str(self.folder / image),
                               str(self.data)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip(f"an image cannot be mounted here: {done.stderr.strip()}")

    def unmount(self):
        wait_until(lambda: subprocess.run(["umount", str(self.data)], stderr=subprocess.DEVNULL,
                                          check=False).returncode == 0, 20)

    def copy(self, source, target):
        subprocess.run(["cp", "--sparse=always", str(self.folder / source),
                        str(self.folder / target)], check=True)

    def leave_old_store(self):
        """What a version before left: mail that waits, one of it large, and a list entry."""
        self.gateway = self.open(Gateway(folder=self.folder))
        for number in range(MAILS):
            size = 2 << 20 if number == 0 else 3000
            self.assertCode(self.gateway.send(compose(marker=f"m{number}", size=size)), 250)
        self.assertEqual(self.gateway.run("allow", "add", "friend@sender.example").returncode, 0)
        self.gateway.stop()
        self.new = {name: format_of(self.data / name) for name in OLD}
        for name, (number, changes) in OLD.items():
            database = sqlite3.connect(self.data / name)
            for change in changes:
                database.execute(change)
            database.execute(f"PRAGMA user_version = {number}")
            database.commit()
            database.close()
        self.unmount()
        self.copy("disk", "old")

    def check_whole(self, cut):
        for name, number in self.new.items():
            self.assertEqual(format_of(self.data / name), number, f"{cut}: {name}")
        waiting = self.gateway.run("queue", "list", "--limit", "100")
        self.assertEqual((waiting.returncode, waiting.stdout.count("bob@example.org")), (0, MAILS),
                         f"{cut}: {waiting}\n{self.gateway.log()}")
        self.assertIn("friend@sender.example", self.gateway.run("allow", "list").stdout, cut)
        left = [p.name for p in self.data.iterdir()
                if p.name.startswith(("restore.", "before-", "upgrade.failed"))]
        self.assertEqual(left, [], cut)

    def upgrade(self):
        """The seconds that a whole upgrade takes."""
        self.copy("old", "disk")
        self.mount("disk")
        begin = time.monotonic()
        self.gateway.start()
        took = time.monotonic() - begin
        self.check_whole("no cut")
        self.gateway.stop()
        self.unmount()
        return took

    def cut_after(self, seconds):
        """The state that the disk had then: the formats of the databases that are there."""
        self.copy("old", "disk")
        self.mount("disk")
        self.gateway.start(wait=False)
        time.sleep(seconds)
        for pid in self.gateway.pids():
            os.kill(pid, signal.SIGSTOP)
        self.copy("disk", "cut")
        self.gateway.kill()
        self.unmount()
        self.mount("cut")
        formats = tuple(format_of(self.data / name) if (self.data / name).exists() else 0
                        for name in OLD)
        backups = len(list(self.data.glob("backups/*-before-upgrade.tar.zst")))
        self.gateway.start()
        self.check_whole(f"cut after {seconds:.3f} s, formats {formats}, {backups} backups")
        self.gateway.stop()
        self.unmount()
        return formats

    def test_a_power_cut_during_an_upgrade_leaves_the_old_store_or_the_new_one(self):
        self.leave_old_store()
        whole = self.upgrade()
        seen = [self.cut_after(whole * trial / TRIALS) for trial in range(1, TRIALS + 2)]
        old, new = tuple(number for number, _ in OLD.values()), tuple(self.new.values())
        print(f"{seen.count(old)} cuts before the exchange, {seen.count(new)} behind it, "
              f"{len(seen) - seen.count(old) - seen.count(new)} amid it")
        self.assertIn(old, seen)
        self.assertIn(new, seen)


if __name__ == "__main__":
    main()
