#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A full disk: mail that needs the store hears 452, cut-through goes on, nothing is lost; the pages
say what cannot be done now."""
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path

from support import Gateway, InternalServer, compose, main, skip, wait_until
from support.browser import Browser
from support.load import marker_of
from support.web import WebCase

SIZE = "32m"


def noisy(marker, size=60_000):
    """A message that does not compress."""
    text = random.randbytes(size // 2).hex()
    lines = "\r\n".join(text[i:i + 70] for i in range(0, len(text), 70))
    return compose(marker=marker, body=lines + "\r\n")


class DiskFull(WebCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-disk-"))
        (self.folder / "data").mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs",
                               str(self.folder / "data")], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            skip(f"a small tmpfs cannot be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.folder / "data")], check=False)

    def fill(self):
        """Takes the last free byte away."""
        with open(self.folder / "data" / "ballast", "ab", buffering=0) as ballast:
            try:
                while ballast.write(b"\0" * 65536):
                    pass
            except OSError:
                pass

    def test_disk_full(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, folder=self.folder))
        server.stop()
        acknowledged, codes = [], []
        for number in range(20):
            code, _ = gateway.send(noisy(f"before-{number}"))
            codes.append(code)
        self.assertEqual(set(codes), {250})
        acknowledged += [f"before-{n}" for n in range(20)]
        self.fill()
        codes = []
        for number in range(20):
            code, text = gateway.send(noisy(f"full-{number}"))
            codes.append(code)
            if code == 250:
                acknowledged.append(f"full-{number}")
            else:
                self.assertIn(code, (451, 452), text)
        self.assertIn(codes[-1], (451, 452), "the disk is full")
        server.start()
        wait_until(lambda: gateway.send(noisy("through"))[0] == 250, 30,
                   "cut-through to go on with a full disk")
        os.unlink(self.folder / "data" / "ballast")
        self.assert_all_arrive(server, acknowledged)
        wait_until(lambda: gateway.queue() == [], 60, "an empty queue")
        server.stop()
        wait_until(lambda: gateway.send(noisy("after"))[0] == 250, 60,
                   "the store to take mail again")
        server.start()
        self.assert_all_arrive(server, ["after"])

    def test_the_pages_say_what_cannot_be_done_now(self):
        gateway, browser = self.site(folder=self.folder)
        who = self.with_account(gateway)
        self.mailweir(gateway, "user", "role", who["name"], "--address", who["name"])
        self.assertEqual(browser.post("/sign-in", who).status, 303)
        session = json.loads(browser.get("/api/v1/session").text)
        fields = {"Content_Type": "application/json", "X_CSRF_Token": session["csrf"]}
        added = [0]

        def add():
            added[0] += 1
            entry = {"list": "block", "entry": f"a{added[0]}@spam.example", "note": "n" * 500}
            return browser.ask("POST", "/api/v1/lists", json.dumps(entry), **fields)

        self.assertEqual(add().status, 201)
        self.fill()
        refused = wait_until(lambda: (answer := add()).status != 201 and answer, 60,
                             "the last room to be used up")
        self.assertEqual(refused.status, 503, refused)
        self.assertEqual(json.loads(refused.text)["type"], "/problems/not-available-now")
        stranger = wait_until(
            lambda: (page := Browser(browser.port).post("/sign-in", who)).status != 303 and page,
            60, "a sign-in that cannot be kept")
        self.assertEqual(stranger.status, 503, stranger)
        self.assertIn("cannot sign anybody in just now", stranger.text)
        for page in ("session", "quarantine", "history", "lists"):
            self.assertEqual(browser.get("/api/v1/" + page).status, 200, page)
        self.assert_mail_flows(gateway)
        os.unlink(self.folder / "data" / "ballast")
        wait_until(lambda: add().status == 201, 60, "room again")
        self.assertEqual(Browser(browser.port).post("/sign-in", who).status, 303)

    def assert_all_arrive(self, server, markers):
        def missing():
            arrived = {marker_of(m.data) for m in list(server.accepted)}
            return not [m for m in markers if m not in arrived]
        wait_until(missing, 90, f"{len(markers)} acknowledged messages to arrive")


if __name__ == "__main__":
    if os.getuid() != 0:
        skip("only root may mount the small tmpfs that this test fills")
    main()
