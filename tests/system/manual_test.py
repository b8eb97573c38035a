#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual is clean roff, and says all that the log and /metrics really have."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from support import Case, Gateway, InternalServer, compose, free_port, main, options


def plain(page, section):
    """A page as words, without fonts and escapes."""
    done = subprocess.run([options.mailweir, "manual", page, "--section", str(section)],
                          capture_output=True, text=True, check=True)
    text = re.sub(r"\\f[BIPR]|\\&", "", done.stdout)
    return text.replace("\\-", "-").replace("\\e", "\\")


def terms(text, heading):
    """What .TP items of a section define."""
    part = text.split(f"\n.SH {heading}\n")[1].split("\n.SH ")[0]
    return re.findall(r"^\.TP\n(\S+)", part, re.M)


class Manual(Case):
    def pages(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        subprocess.run([options.mailweir, "manual", "--write", folder.name], check=True)
        pages = sorted(Path(folder.name).glob("man*/*"))
        self.assertGreater(len(pages), 30)
        return pages

    def tool(self, name):
        if shutil.which(name) is None:
            print(f"\nSKIPPED: {name} is not installed", file=sys.stderr)
            self.skipTest(f"{name} is not installed")
        return name

    def test_mandoc_finds_nothing(self):
        done = subprocess.run([self.tool("mandoc"), "-T", "lint", *self.pages()],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout + done.stderr, "")

    def test_groff_warns_of_nothing(self):
        for page in self.pages():
            done = subprocess.run([self.tool("groff"), "-man", "-ww", "-Tutf8", "-z", page],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.stderr, "", page)

    def test_every_noun_has_a_page(self):
        help_text = subprocess.run([options.mailweir, "--help"], capture_output=True, text=True,
                                   check=True).stdout
        nouns = re.findall(r"^  ([a-z]+) +\S", help_text.split("Subcommands:")[1], re.M)
        self.assertGreater(len(nouns), 25)
        names = {p.name for p in self.pages()}
        for noun in nouns:
            self.assertIn(f"mailweir-{noun}.1", names)
        for name in ("mailweir.1", "mailweir.yaml.5", "mailweir-policy.5", "mailweir-log.5",
                     "mailweir-metrics.7"):
            self.assertIn(name, names)

    def gateway(self):
        server = self.open(InternalServer())
        self.metrics = free_port()
        return server, self.open(Gateway(server.port, changes={
            "log": {"format": "json", "subjects": True},
            "metrics": {"address": f"127.0.0.1:{self.metrics}"}}))

    def test_log_fields(self):
        server, gateway = self.gateway()
        self.assertCode(gateway.send(compose(marker="one")), 250)
        server.stop()
        self.assertCode(gateway.send(compose(marker="two")), 250)
        server.start()
        server.wait_for(2, 30)
        gateway.stop()
        lines = [json.loads(x) for x in gateway.log_path.read_text().splitlines()
                 if x.startswith("{")]
        page = plain("mailweir-log", 5)
        for event, heading in (("message", "LINES OF MESSAGES"), ("attempt", "LINES OF ATTEMPTS")):
            of_event = [x for x in lines if x.get("event") == event]
            self.assertTrue(of_event, f"no line of {event}")
            for line in of_event:
                keys = [k for k in line if k not in ("time", "level")]
                self.assertEqual(keys, terms(page, heading))

    def test_metrics(self):
        _, gateway = self.gateway()
        self.assertCode(gateway.send(compose(marker="one")), 250)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics") as answer:
            printed = re.findall(r"^# TYPE (\S+)", answer.read().decode(), re.M)
        page = plain("mailweir-metrics", 7)
        told = terms(page, "NUMBERS")
        self.assertEqual([n for n in printed if n not in told], [])
        always = [n for n in told
                  if "There only where" not in page.split(f"\n{n}\n")[1].split("\n.TP")[0]]
        self.assertEqual([n for n in always if n not in printed], [])


if __name__ == "__main__":
    main()
