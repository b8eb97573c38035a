#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""GMime and we over all corpora: every leaf part that it finds is among ours, octet for octet, but
for the differences that tests/peers/mime_differences.txt lists and explains.

The corpora are looked for in $MAILWEIR_SHARED/corpora, or ../shared/corpora from the repository."""
import os
import subprocess
import tempfile
from pathlib import Path

from support import Case, main, options, skip

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("MAILWEIR_SHARED", ROOT.parent / "shared"))


class MimePeer(Case):
    def test_every_part_of_gmime_is_ours(self):
        peer = Path(options.mailweir).resolve().parent / "tests" / "mime_peer"
        if not peer.exists():
            skip("no mime_peer: libgmime-3.0-dev was not there when the tests were built")
        archives = sorted((SHARED / "corpora").glob("*.tar.zst"))
        if not archives:
            skip(f"no corpora in {SHARED / 'corpora'}")
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="mailweir-mime-"))
        for archive in archives:
            with subprocess.Popen(["zstd", "-dc", str(archive)], stdout=subprocess.PIPE) as zstd:
                subprocess.run(["tar", "xf", "-", "-C", folder], stdin=zstd.stdout, check=True)
        paths = "\n".join(str(path) for path in sorted(Path(folder).rglob("*.eml")))
        done = subprocess.run([peer, ROOT / "tests/peers/mime_differences.txt"], input=paths,
                              text=True, capture_output=True)
        print(done.stdout.splitlines()[-1])
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr)


if __name__ == "__main__":
    main()
