#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`mailweir completion`: each shell reads its script and completes what the commands have."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import main, options

QUEUE = {"list", "show", "cat", "retry", "flush", "hold", "release", "delete"}

# zsh's own completion needs a terminal: stand-ins for its functions tell what they were given.
ZSH_STANDINS = """
_describe() { local -a given; given=("${(@P)4}"); print -l -- "${given[@]%%:*}"; }
_arguments() { print -l -- "$@"; }
_message() { :; }
"""


def run(*command, text=None):
    return subprocess.run([str(c) for c in command], input=text, capture_output=True, text=True,
                          check=False)


class Completion(unittest.TestCase):
    def script(self, shell):
        if shutil.which(shell) is None:
            print(f"\nSKIPPED: {shell} is not installed", file=sys.stderr)
            self.skipTest(f"{shell} is not installed")
        done = run(options.mailweir, "completion", shell)
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "mailweir"
        path.write_text(done.stdout)
        parsed = run(shell, "-n", path)
        self.assertEqual((parsed.returncode, parsed.stderr), (0, ""))
        return path

    def bash(self, *words):
        path = self.script("bash")
        quoted = " ".join(f"'{w}'" for w in words)
        last = len(words) - 1
        done = run("bash", "-c", f"source {path}; COMP_WORDS=({quoted}); COMP_CWORD={last}"
                   '; _mailweir; printf "%s\\n" "${COMPREPLY[@]}"')
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_bash(self):
        self.assertLessEqual({"queue", "serve", "explain", "--version"}, self.bash("mailweir", ""))
        self.assertEqual(self.bash("mailweir", "queue", ""), QUEUE)
        self.assertEqual(self.bash("mailweir", "queue", "re"), {"retry", "release"})
        self.assertLessEqual({"--json", "--limit"}, self.bash("mailweir", "queue", "list", "--"))
        self.assertEqual(self.bash("mailweir", "dkim", "keygen", "--type", ""), {"rsa", "ed25519"})
        self.assertEqual(self.bash("mailweir", "completion", "z"), {"zsh"})
        self.assertIn("limits.message", self.bash("mailweir", "config", "explain", "limits."))
        self.assertIn("dkim", self.bash("mailweir", "layers", "dk"))
        self.assertLessEqual({"list", "--check"}, self.bash("mailweir", "update", "")
                             | self.bash("mailweir", "update", "--"))
        self.assertEqual(self.bash("mailweir", "scan", "/dev/nul"), {"/dev/null"})
        self.assertEqual(self.bash("mailweir", "serve", "--config", "/dev/nul"), {"/dev/null"})
        self.assertEqual(self.bash("mailweir", "queue", "list", "--limit", ""), set())
        self.assertEqual(self.bash("mailweir", "nonsense", ""), set())

    def zsh(self, *words):
        path = self.script("zsh")
        quoted = " ".join(f"'{w}'" for w in words)
        done = run("zsh", "-f", "-c", ZSH_STANDINS + f"source {path}\nwords=({quoted})\n"
                   f"CURRENT={len(words)}\n_mailweir")
        self.assertEqual(done.stderr, "")
        return set(done.stdout.splitlines())

    def test_zsh(self):
        self.assertLessEqual({"queue", "serve", "explain"}, self.zsh("mailweir", ""))
        self.assertEqual(self.zsh("mailweir", "queue", ""), QUEUE)
        self.assertTrue(any(w.startswith("--limit[") for w in
                            self.zsh("mailweir", "queue", "list", "")))
        self.assertTrue(any(w.endswith("(rsa ed25519)") for w in
                            self.zsh("mailweir", "dkim", "keygen", "")))

    def fish(self, line):
        path = self.script("fish")
        done = run("fish", "--no-config", "-c", f"source {path}; complete -C '{line}'")
        self.assertEqual(done.stderr, "")
        return {row.split("\t")[0] for row in done.stdout.splitlines()}

    def test_fish(self):
        self.assertLessEqual({"queue", "serve", "explain"}, self.fish("mailweir "))
        self.assertEqual(self.fish("mailweir queue "), QUEUE)
        self.assertLessEqual({"--json", "--limit"}, self.fish("mailweir queue list --"))
        self.assertEqual(self.fish("mailweir dkim keygen --type "), {"rsa", "ed25519"})
        self.assertLessEqual({"list", "rollback"}, self.fish("mailweir update "))

    def test_an_unknown_shell(self):
        self.assertEqual(run(options.mailweir, "completion", "tcsh").returncode, 2)
        self.assertEqual(run(options.mailweir, "completion").returncode, 2)


if __name__ == "__main__":
    main()
