#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Units, AppArmor profile and documents of the package, as far as they can be seen without it."""
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from support import main, options

TOP = Path(__file__).parent.parent.parent
PACKAGING = TOP / "packaging"


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)


class Packaging(unittest.TestCase):
    def tool(self, name):
        found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if found is None:
            print(f"\nSKIPPED: {name} is not installed", file=sys.stderr)
            self.skipTest(f"{name} is not installed")
        return found

    def test_the_unit_is_sealed(self):
        done = run(self.tool("systemd-analyze"), "security", "--offline=true", "--no-pager",
                   PACKAGING / "systemd" / "mailweir.service")
        self.assertNotIn("ignoring", done.stderr, "a setting that systemd does not know")
        level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(level, done.stdout + done.stderr)
        print(f"\nexposure {level[1]}")
        self.assertLessEqual(float(level[1]), 2.0)

    def test_the_sockets_belong_to_the_service(self):
        sockets = sorted((PACKAGING / "systemd").glob("*.socket"))
        ports = set()
        for path in sockets:
            text = path.read_text()
            self.assertIn("\nService=mailweir.service\n", text)
            # Else systemd closes the port where the service fails some times in a row.
            self.assertIn("\nTriggerLimitIntervalSec=0\n", text)
            ports |= set(re.findall(r"^ListenStream=0\.0\.0\.0:(\d+)$", text, re.M))
        self.assertEqual(ports, {"25", "465", "587", "443"})
        self.assertIn("\nStartLimitIntervalSec=0\n",
                      (PACKAGING / "systemd" / "mailweir.service").read_text())

    def test_a_removal_closes_the_ports_of_systemd_and_an_installation_opens_them(self):
        for script in ("prerm", "postinst"):
            text = (PACKAGING / "debian" / f"mailweir.{script}").read_text()
            before = text.split("#DEBHELPER#")[0]  # there the service is stopped, or started
            for path in (PACKAGING / "systemd").glob("*.socket"):
                self.assertIn(f" {path.name}", before)

    def test_apparmor_reads_the_profile(self):
        done = run(self.tool("apparmor_parser"), "-Q", "--skip-kernel-load", "--skip-cache",
                   PACKAGING / "apparmor" / "mailweir")
        # What it says of a kernel without AppArmor is no fault of the profile.
        said = [x for x in done.stderr.splitlines() if not x.startswith("Cache read/write")]
        self.assertEqual((done.returncode, said), (0, []))

    def test_apparmor_lets_files_get_their_names_late(self):
        # linkat of a file without a name is refused under a profile with flags but this one.
        profile = (PACKAGING / "apparmor" / "mailweir").read_text()
        flags = re.search(r"^profile mailweir(?: flags=\(([^)]*)\))? \{$", profile, re.M)
        self.assertIsNotNone(flags)
        if flags[1] is not None:
            self.assertIn("mediate_deleted", flags[1])

    def test_documents_name_places_that_the_service_can_reach(self):
        upkeep = (PACKAGING / "doc" / "upkeep.md").read_text()
        unit = (PACKAGING / "systemd" / "mailweir.service").read_text()
        for example in re.findall(r"^backup: \{(.*?)\}$", upkeep, re.M | re.S):
            folder = re.search(r"\bto: ([^,\s]+)", example)[1]
            self.assertIn(folder, unit)
            secret = re.search(r"passphrase_file: ([^,\s]+)", example)
            if secret is not None:
                self.assertTrue(secret[1].startswith("/run/credentials/mailweir.service/keys_"))

    def test_the_shipped_configuration_sets_nothing(self):
        for line in (TOP / "etc" / "mailweir.yaml").read_text().splitlines():
            self.assertTrue(not line or line.startswith("#"), line)

    def test_documents_name_commands_that_exist(self):
        texts = [TOP / "README.md", *sorted((PACKAGING / "doc").glob("*.md")),
                 PACKAGING / "monitoring" / "mailweir.rules.yaml",
                 *sorted((PACKAGING / "debian").glob("mailweir.p*"))]
        helps, checked = {}, 0
        for path in texts:
            text = path.read_text().replace("\\`", "`") # as shells quote it
            spans = re.findall(r"`(mailweir [^`\n]+)`", text)
            spans += re.findall(r"^(mailweir [^#\n]+)", text, re.M)
            spans += re.findall(r"(mailweir [a-z][^;\"\n]*)", "\n".join(
                re.findall(r"action: \"(.*)\"", text)))
            for span in spans:
                words = span.split()
                noun = words[1].rstrip(",.")
                if noun.startswith(("-", "_", "*")) or noun == "NOUN":
                    continue
                self.assert_command(path.name, span, words[1:], helps)
                checked += 1
        self.assertGreater(checked, 60)

    def assert_command(self, where, span, words, helps):
        def help_of(*command):
            if command not in helps:
                helps[command] = run(options.mailweir, *command, "--help")
            return helps[command]

        noun = words[0].rstrip(",.")
        top = help_of(noun)
        self.assertIn(f"Usage: mailweir {noun}", top.stdout, f"{where}: no `{span}`")
        command, verbs = (noun,), top.stdout.split("Subcommands:")
        if len(verbs) > 1 and len(words) > 1:
            known = re.findall(r"^  ([a-z]+) ", verbs[1], re.M)
            verb = words[1].rstrip(",.")
            if re.fullmatch("[a-z]+", verb):
                self.assertIn(verb, known, f"{where}: no `{span}`")
                command = (noun, verb)
        for option in re.findall(r"--[a-z-]+", span):
            self.assertIn(option, help_of(*command).stdout, f"{where}: no {option} in `{span}`")


if __name__ == "__main__":
    main()
