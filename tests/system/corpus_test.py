#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real mail through the gateway to `mailweir sink`: each message arrives byte for byte but for
added, replaced and removed header fields, or a history row says why not.

The corpora are looked for in $MAILWEIR_SHARED/corpora, or ../shared/corpora from the repository."""
import collections
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from support import Case, Gateway, ask, difference, free_port, main, options, skip, wait_until

ask("--messages", type=int, default=3000, help="so many, evenly chosen")
ask("--all", action="store_true", help="every message; takes long")
ask("--sessions", type=int, default=8)
SHARED = Path(os.environ.get("MAILWEIR_SHARED",
                             Path(__file__).resolve().parent.parent.parent.parent / "shared"))


def unpack(folder):
    """All archives into one folder; the paths of all messages, sorted."""
    archives = sorted((SHARED / "corpora").glob("*.tar.zst"))
    if not archives:
        skip(f"no corpora in {SHARED / 'corpora'}")
    for archive in archives:
        with subprocess.Popen(["zstd", "-dc", str(archive)], stdout=subprocess.PIPE) as zstd:
            subprocess.run(["tar", "xf", "-", "-C", folder], stdin=zstd.stdout, check=True)
    return sorted(Path(folder).rglob("*.eml"))


def wire_form(raw):
    """LF line ends made CRLF; bare CR and NUL stay as they are."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class Corpus(Case):
    def test_real_mail(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="mailweir-corpus-"))
        paths = unpack(folder)
        if not options.all and len(paths) > options.messages:
            step = len(paths) / options.messages
            paths = [paths[int(i * step)] for i in range(options.messages)]
        sink_port, maildir = free_port(), Path(folder) / "maildir"
        sink = subprocess.Popen([options.mailweir, "sink", "--listen", f"127.0.0.1:{sink_port}",
                                 "--maildir", str(maildir)], stdin=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (sink.terminate(), sink.wait()))
        gateway = self.open(Gateway(sink_port, changes={"policy": "policies/default.yaml"}))
        replies = self.send_all(gateway, paths)
        wait_until(lambda: gateway.queue() == [], 120, "an empty queue")
        self.judge(gateway, paths, replies, self.read_maildir(maildir))

    def send_all(self, gateway, paths):
        replies = {}
        threads = [threading.Thread(target=self.send_part, args=(
            gateway, paths, range(part, len(paths), options.sessions), replies))
            for part in range(options.sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return replies

    def send_part(self, gateway, paths, numbers, replies):
        client = gateway.client()
        for number in numbers:
            message = wire_form(paths[number].read_bytes())
            try:
                replies[number] = client.transact("real@sender.example",
                                                  [f"m{number}@example.org"], message)
            except (EOFError, OSError) as error:
                replies[number] = (0, repr(error))
                client = gateway.client()
        client.quit()

    @staticmethod
    def read_maildir(maildir):
        """Recipient's number → (file, bytes of the message without the sink's two lines)."""
        found = {}
        for path in maildir.rglob("*"):
            if not path.is_file():
                continue
            data = path.read_bytes()
            while data.lower().startswith((b"return-path:", b"x-envelope-to:")):
                line, _, data = data.partition(b"\n")
                if line.lower().startswith(b"x-envelope-to:"):
                    number = int(line.partition(b"<")[2].partition(b"@")[0].lstrip(b"m")
                                 or line.rpartition(b" ")[2].partition(b"@")[0].lstrip(b"m"))
            found[number] = data
        return found

    def judge(self, gateway, paths, replies, arrived):
        count, wrong, reasons = collections.Counter(), [], collections.Counter()
        rows = {}
        for row in gateway.history("--limit", len(paths) * 3):
            rows.setdefault(row["recipient"], row)
        for number, path in enumerate(paths):
            code, text = replies[number]
            name = "/".join(path.parts[-3:])
            row = rows.get(f"m{number}@example.org")
            if row is None:
                wrong.append(f"{name}: no history row ({code} {text})")
            elif number in arrived:
                count["passed on"] += 1
                count["of them tagged"] += row["action"] == "tag"
                differs = difference(self.sent(path), arrived[number])
                if code != 250 or differs:
                    wrong.append(f"{name}: {code}, {differs}")
            else:
                count["not passed on"] += 1
                said = row["reply"].replace(row["id"][:13], "ID")
                reasons[f"{row['action']} by {row['rule']}: {said[:90]}"] += 1
                if not (row["rule"] or row["reply"]) or code == 0:
                    wrong.append(f"{name}: {code} {text}, the row gives no reason: {row}")
        print(f"\n{len(paths)} messages: {dict(count)}")
        for reason, times in reasons.most_common(20):
            print(f"  {times:>6}  {reason}")
        self.assertEqual(wrong[:20], [], f"{len(wrong)} in all")
        self.assertGreater(count["passed on"], len(paths) * 0.8)

    @staticmethod
    def sent(path):
        message = wire_form(path.read_bytes())
        return message if message.endswith(b"\r\n") else message + b"\r\n"


if __name__ == "__main__":
    main()
