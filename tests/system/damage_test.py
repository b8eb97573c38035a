#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A damaged mail.db at the start: the gateway comes up, saves what can be read, and says so."""
import sqlite3

from support import Case, Gateway, InternalServer, compose, main, wait_until


class Damage(Case):
    def test_it_serves_saves_what_it_can_and_says_so_until_the_file_is_moved_away(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        server.stop()
        for number in range(60):
            self.assertCode(gateway.send(compose(marker=f"n{number:02}", size=9000)), 250)
        gateway.stop()
        database = gateway.data / "mail.db"
        pages = database.stat().st_size // 16384
        self.assertGreater(pages, 10)
        with open(database, "r+b") as file:
            file.seek((pages // 2) * 16384)
            file.write(b"\xa5" * 16384)
        gateway.start()
        saved = len(gateway.queue())
        self.assertGreater(saved, 30)
        self.assertCode(gateway.send(compose(marker="after")), 250)
        self.assertIn("mail.db is damaged", gateway.log())
        server.start()
        server.wait_for(saved + 1, 60)
        wait_until(lambda: gateway.queue() == [], what="an empty queue")
        kept = [p for p in gateway.data.glob("mail.db.damaged-*") if p.suffix != ".txt"]
        self.assertTrue(kept)
        health = gateway.run("health")
        self.assertNotEqual(health.returncode, 0)
        self.assertIn(str(min(kept)), health.stdout + health.stderr)
        for path in kept:
            if path.is_file():
                path.unlink()
        self.assertEqual(gateway.run("health").returncode, 0)

    def test_damage_while_it_runs_allows_a_reload_and_health_says_what_helps(self):
        gateway = self.open(Gateway())
        for number in range(20):
            self.assertCode(gateway.send(compose(marker=f"n{number:02}", size=9000)), 250)
        gateway.stop()
        gateway.start()
        database = gateway.data / "mail.db"
        with open(database, "r+b") as file:
            file.seek(16384)
            file.write(b"\xa5" * (database.stat().st_size - 16384))
        wait_until(lambda: gateway.run("queue", "list").returncode != 0
                   or "the store is stopped" in gateway.run("health").stdout, 30, "a stop")
        wait_until(lambda: "restart mailweir: it saves what can be read"
                   in (lambda said: said.stdout + said.stderr)(gateway.run("health")), 30,
                   "the advice")
        reload = gateway.run("config", "reload")
        self.assertEqual(reload.returncode, 0, reload.stdout + reload.stderr)
        self.assertIn("recorded in this log only", gateway.log())

    def test_a_row_that_cannot_be_read_stops_no_other(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        server.stop()
        for number in range(8):
            self.assertCode(gateway.send(compose(marker=f"n{number}")), 250)
        gateway.stop()
        with sqlite3.connect(gateway.data / "mail.db") as database:
            database.execute("UPDATE mails SET sender = 'garbage' WHERE id ="
                             " (SELECT min(id) FROM mails)")
        database.close()
        server.start()
        gateway.start()
        server.wait_for(7, 60)
        wait_until(lambda: len(gateway.queue()) == 0, what="an empty queue")
        self.assertIn("its stored sender is damaged", gateway.log())

    def test_what_was_learnt_may_be_damaged_or_unreadable_and_mail_goes_on(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy={"layers": ["classifier", "fingerprint"]}))
        path = gateway.folder / "one.eml"
        for number in range(40):
            path.write_bytes(compose(marker=f"n{number:02}", size=2000))
            self.assertEqual(gateway.run("learn", "spam", path).returncode, 0)
        gateway.stop()
        for name in ("lessons.db", "fingerprints.db"):
            with open(gateway.data / name, "r+b") as file:
                size = file.seek(0, 2)
                self.assertGreater(size, 16384)
                file.seek(16384)
                file.write(b"\xa5" * (size - 16384))
        gateway.start()
        self.assertCode(gateway.send(compose(marker="after")), 250)
        self.assertEqual(gateway.run("learn", "spam", path).returncode, 0)
        gateway.stop()
        self.assertTrue(list(gateway.data.glob("lessons.db.damaged-*")))
        model = gateway.data / "classifier.model"
        model.unlink(missing_ok=True)
        model.mkdir()
        gateway.start()
        self.assertCode(gateway.send(compose(marker="again")), 250)
        self.assertIn("learns nothing until a restart", gateway.log())
        gateway.stop()
        model.rmdir()
        model.write_bytes(b"no model")
        gateway.start()
        self.assertCode(gateway.send(compose(marker="anew")), 250)
        health = gateway.run("health")
        self.assertIn("classifier.model.damaged-", health.stdout + health.stderr)

    def test_a_newer_format_is_refused_in_words(self):
        gateway = self.open(Gateway())
        gateway.stop()
        with open(gateway.data / "mail.db", "r+b") as file:
            file.seek(60)  # user_version
            file.write((99).to_bytes(4, "big"))
        gateway.start(wait=False)
        self.assertNotEqual(gateway.process.wait(30), 0)
        self.assertIn("written by a newer mailweir (format 99", gateway.log())
        self.assertFalse(list(gateway.data.glob("*.damaged-*")))


if __name__ == "__main__":
    main()
