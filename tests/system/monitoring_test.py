#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What monitoring reads: /metrics, /readyz, /livez; dashboard and alert rules for them."""
import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from support import Case, Gateway, InternalServer, compose, free_port, main, options

FOLDER = Path(__file__).parent.parent.parent / "packaging" / "monitoring"


class Monitoring(Case):
    def setUp(self):
        self.port = free_port()
        self.server = self.open(InternalServer())
        self.gateway = self.open(Gateway(self.server.port, changes={
            "metrics": {"address": f"127.0.0.1:{self.port}"}}))

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def promtool(self):
        if shutil.which("promtool") is None:
            print("\nSKIPPED: promtool (package prometheus) is not installed", file=sys.stderr)
            self.skipTest("promtool is not installed")
        return "promtool"

    def test_ready_and_alive(self):
        self.assertEqual(self.get("/livez"), (200, "ok\n"))
        self.assertEqual(self.get("/readyz"), (200, "ok\n"))
        self.assertEqual(self.get("/nonsense")[0], 404)
        # Mail for a server that is away waits in the queue: the gateway stays ready.
        self.server.stop()
        self.assertCode(self.gateway.send(compose(marker="waits")), 250)
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_promtool_reads_the_numbers(self):
        self.assertCode(self.gateway.send(compose(marker="one")), 250)
        done = subprocess.run([self.promtool(), "check", "metrics"], input=self.get("/metrics")[1],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_promtool_reads_the_rules(self):
        done = subprocess.run([self.promtool(), "check", "rules", FOLDER / "mailweir.rules.yaml"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_number_that_is_asked_for_exists(self):
        told = subprocess.run([options.mailweir, "manual", "mailweir-metrics"], text=True,
                              capture_output=True, check=True).stdout
        names = set(re.findall(r"^\\fB(mailweir_\w+)\\fP$", told, re.M))
        self.assertGreater(len(names), 30)
        dashboard = json.loads((FOLDER / "mailweir-dashboard.json").read_text())
        queries = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
        queries += [v["query"] for v in dashboard["templating"]["list"]]
        rules = (FOLDER / "mailweir.rules.yaml").read_text()
        queries += re.findall(r"expr: (.*)", rules)
        self.assertGreater(len(queries), 40)
        for query in queries:
            for name in re.findall(r"mailweir_\w+", query):
                self.assertIn(re.sub(r"_bucket$", "", name), names, query)
        shown = set(re.findall(r"mailweir_\w+", " ".join(queries)))
        unseen = {name for name in names if name not in shown and f"{name}_bucket" not in shown}
        self.assertEqual(unseen, set(), "numbers that no panel shows")


if __name__ == "__main__":
    main()
