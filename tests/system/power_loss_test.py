#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The power goes, on a disk of its own that is taken at that moment: what was not synced is gone.

While mail comes in: each message that got 250 before is there. While a new version upgrades the
store: the next start has everything, in the new formats. --cuts N: so many (default 24)."""
import random
import shutil
import tempfile
import time
from pathlib import Path

from support import (Case, Gateway, InternalServer, ask, compose, difference, main, options,
                     wait_until)
from support.disk import Disk
from support.load import Load, marker_of
from support.old_store import LATER, set_back

ask("--cuts", type=int, default=24)

MAILS = 12
AWAY = {"mail": "451 4.3.0 later"}


def format_of(path):
    """As the first page has it, 0 where there is none: who opens a database changes it."""
    page = path.read_bytes()[:100] if path.exists() else b""
    return int.from_bytes(page[60:64], "big") if page.startswith(b"SQLite format 3\0") else 0


class Kept(Load):
    """Keeps what it sends, under names that no load before it had: what is sent again as it was is
    taken for a copy of the first."""

    def __init__(self, name, *arguments, **settings):
        self.name, self.messages = name, {}
        super().__init__(*arguments, **settings)

    def next_marker(self):
        return f"{self.name}-{super().next_marker()}"

    def new(self):
        marker, message = super().new()
        self.messages[marker] = message
        return marker, message


class PowerLoss(Case):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-power-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.disk = self.open(Disk(self.folder))
        self.data = self.disk.place
        self.disk.mount("new")

    def leave_old_store(self):
        """What a version before left: mail that waits, one of it large, and a list entry."""
        self.gateway = self.open(Gateway(folder=self.folder))
        for number in range(MAILS):
            size = 2 << 20 if number == 0 else 3000
            self.assertCode(self.gateway.send(compose(marker=f"m{number}", size=size)), 250)
        self.assertEqual(self.gateway.run("allow", "add", "friend@sender.example").returncode, 0)
        self.gateway.stop()
        self.new = {name: format_of(self.data / name) for name in LATER}
        for name in LATER:
            set_back(self.data, name)
        self.disk.unmount()
        self.disk.take("old")

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
        self.disk.mount("old")
        begin = time.monotonic()
        self.gateway.start()
        took = time.monotonic() - begin
        self.check_whole("no cut")
        self.gateway.stop()
        self.disk.unmount()
        return took

    def cut_after(self, seconds):
        """The state that the disk had then: the formats of the databases that are there."""
        self.disk.mount("old")
        self.gateway.start(wait=False)
        time.sleep(seconds)
        self.disk.take("cut")
        self.gateway.kill()
        self.disk.unmount()
        self.disk.mount("cut")
        formats = tuple(format_of(self.data / name) for name in LATER)
        backups = len(list(self.data.glob("backups/*-before-upgrade.tar.zst")))
        self.gateway.start()
        self.check_whole(f"cut after {seconds:.3f} s, formats {formats}, {backups} backups")
        self.gateway.stop()
        self.disk.unmount()
        return formats

    def test_a_power_cut_during_an_upgrade_leaves_the_old_store_or_the_new_one(self):
        self.leave_old_store()
        whole = self.upgrade()
        seen = [self.cut_after(whole * trial / options.cuts)
                for trial in range(1, options.cuts + 2)]
        old, new = (1,) * len(LATER), tuple(self.new.values())
        while new not in seen and whole < 60:  # the machine has become slower meanwhile
            whole *= 2
            seen.append(self.cut_after(whole))
        print(f"{seen.count(old)} cuts before the exchange, {seen.count(new)} behind it, "
              f"{len(seen) - seen.count(old) - seen.count(new)} amid it")
        self.assertIn(old, seen)
        self.assertIn(new, seen)

    def test_a_power_cut_under_load_loses_nothing_that_was_acknowledged(self):
        server = self.open(InternalServer(AWAY))
        self.gateway = self.open(Gateway(server.port, folder=self.folder))
        promised = 0
        for trial in range(options.cuts):
            first = len(server.accepted)
            sent = self.cut_under_load(trial)
            server.script = {}
            self.gateway.start()
            wait_until(lambda: self.gateway.queue() == [], 60, "the queue to drain")
            server.script = AWAY
            arrived = {marker_of(m.data): m.data for m in server.accepted[first:]}
            wrong = {marker: difference(message, arrived[marker]) if marker in arrived else "lost"
                     for marker, message in sent.items()}
            self.assertEqual({m: w for m, w in wrong.items() if w}, {},
                             f"cut {trial}: {self.gateway.log()}")
            promised += len(sent)
        print(f"{options.cuts} cuts, {promised} messages acknowledged before, none lost")

    def cut_under_load(self, trial):
        """What had got 250 when the power went; the gateway's disk is as it was then."""
        load = Kept(f"cut-{trial}", self.gateway, sessions=4, sizes=(600, 4096, 50_000))
        wait_until(lambda: len(load.acknowledged) > 3, 30, "mail")
        time.sleep(random.uniform(0, 0.3))
        acknowledged = list(load.acknowledged)
        self.disk.take("cut")
        load.gives_up = load.is_ending = True
        self.gateway.kill()
        load.end()
        self.disk.unmount()
        self.disk.mount("cut")
        return {marker: load.messages[marker] for marker in acknowledged}


if __name__ == "__main__":
    main()
