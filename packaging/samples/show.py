#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The trial: a gateway with a small internal server behind it, the samples sent through, and what
became of each. packaging/quickstart builds and calls this."""
import argparse
import json
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import format_datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Trial:
    def __init__(self, chosen):
        self.binary = str(chosen.mailweir.resolve())
        self.data = chosen.data.resolve()
        self.data.mkdir(parents=True, exist_ok=True)
        self.port, self.sink_port = chosen.port, chosen.port + 1
        self.inbox = self.data / "sink"
        self.processes = []

    def start(self):
        for port in (self.port, self.sink_port):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    sys.exit(f"port {port} is in use; choose another with --port")
        text = (HERE / "mailweir.yaml").read_text(encoding="utf-8")
        text = text.replace(":2525", f":{self.port}").replace(":2526", f":{self.sink_port}")
        self.config = self.data / "trial.yaml"
        self.config.write_text(text, encoding="utf-8")
        self.launch("sink", "--listen", f"127.0.0.1:{self.sink_port}", "--maildir", str(self.inbox))
        self.launch("serve", "--config", str(self.config), "--data", str(self.data))
        self.wait()

    def launch(self, *arguments):
        log = open(self.data / f"{arguments[0]}.log", "ab")
        self.processes.append(subprocess.Popen([self.binary, *arguments], stdin=subprocess.DEVNULL,
                                               stdout=log, stderr=log, start_new_session=True))
        log.close()

    def wait(self):
        for _ in range(300):
            for process, name in zip(self.processes, ("sink", "serve")):
                if process.poll() is not None:
                    log = (self.data / f"{name}.log").read_text(errors="replace")
                    sys.exit(f"mailweir {name} ended:\n{log[-3000:]}")
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                    return
            except (OSError, smtplib.SMTPException):
                time.sleep(0.1)
        sys.exit("mailweir serve did not get ready; see " + str(self.data / "serve.log"))

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(70)
            except subprocess.TimeoutExpired:
                process.kill()

    def send(self, raw):
        """The last reply that a client hears for the message."""
        sender = re.search(rb"^From:.*?<(.+?)>", raw, re.M).group(1).decode()
        with smtplib.SMTP("127.0.0.1", self.port, "client.example", timeout=60) as client:
            client.ehlo()
            for code, text in (client.mail(sender), client.rcpt("desk@example.org")):
                if code != 250:
                    return code, text.decode(errors="replace")
            code, text = client.data(raw.replace(b"\n", b"\r\n"))
            return code, text.decode(errors="replace")

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments, "--data", str(self.data)], text=True,
                              capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else f"{done.stderr}{done.stdout}"

    def print(self, *arguments):
        """The command's own output: a table on a terminal."""
        sys.stdout.flush()
        subprocess.run([self.binary, *arguments, "--data", str(self.data)], check=False)
        print()

    def arrived(self, message_id):
        """The message at the internal server, or None."""
        for path in self.inbox.rglob("*"):
            if path.is_file() and message_id in (raw := path.read_bytes()):
                return raw
        return None

    def outcome(self, raw):
        """What became of a sample, in words for people."""
        message_id = re.search(rb"<[^>]+>", raw[raw.index(b"Message-ID:"):]).group(0)
        arrived = self.arrived(message_id)
        if arrived is None:
            held = json.loads(self.run("quarantine", "list", "--json"))
            rows = held if isinstance(held, list) else next(iter(held.values()))
            wanted = message_id.decode().strip("<>")
            row = next((r for r in rows if wanted in r["message_id"]), None)
            return f"held in quarantine as {row['id']}" if row else "never reached the inside"
        subject = decoded_subject(arrived)
        if subject != decoded_subject(raw):
            return f"delivered with a tag: {subject}"
        return "delivered; only header lines were added"


def decoded_subject(raw):
    if isinstance(raw, bytes):
        lines = raw.split(b"\n")
        while lines and lines[0].lower().startswith((b"return-path:", b"x-envelope-to:")):
            lines.pop(0)
        raw = b"\n".join(lines)
    return str(make_header(decode_header(message_from_bytes(raw)["Subject"]))).replace("\n", "")


def show(trial):
    print(f"\nFive messages for desk@example.org, sent to 127.0.0.1:{trial.port}:\n")
    replies = {}
    for path in sorted(HERE.glob("*.eml")):
        today = format_datetime(datetime.now(timezone.utc)).encode()
        raw = re.sub(rb"(?m)^Date:.*$", b"Date: " + today, path.read_bytes())
        code, text = replies[path] = trial.send(raw)
        print(f"  {path.stem}\n      subject      {decoded_subject(raw)}")
        print(f"      sender heard {code} {' '.join(text.splitlines())}")
        print(f"      became       {trial.outcome(raw)}\n")
    print("The same in the gateway's own words (mailweir history search):\n")
    trial.print("history", "search")
    refused = next((text for code, text in replies.values() if code >= 500), None)
    if refused:
        print('Why was the last one refused? (mailweir trace "what the sender got back"):\n')
        trial.print("trace", refused)


def say_what_next(trial, is_short_lived):
    short = os.path.relpath(trial.binary) + " {}"
    if trial.data != Path("mailweir-data").resolve():
        short += f" --data {trial.data}"
    print("Try next, in another terminal:\n" if not is_short_lived else "With it running, try:\n")
    for words, meaning in (("status", "whether all is well"),
                           ("quarantine list", "what is held"),
                           ("quarantine release ID", "let a held message go on"),
                           ("block add draw.example", "refuse all mail of a domain"),
                           ("explain ID", "why a message got its verdict"),
                           ("history tail --follow", "mail as it comes"),
                           ("setup --link", "the pages: open what it prints in a browser")):
        print(f"  {short.format(words):<58} {meaning}")
    print(f"\n  swaks --server 127.0.0.1:{trial.port} --to desk@example.org  a message of your own")
    print(f"  {os.path.relpath(HERE / 'mailweir.yaml')}: the trial's configuration")
    print("  README.md: pointing an MX record at it\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mailweir", type=Path, default=Path("build/release/mailweir"))
    parser.add_argument("--data", type=Path,
                        help="default ./mailweir-data; with --exit a temporary one")
    parser.add_argument("--port", type=int, default=2525, help="the sink takes the one after it")
    parser.add_argument("--exit", action="store_true", help="end after the show")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailweir-trial-") as temporary:
        chosen.data = chosen.data or Path(temporary if chosen.exit else "mailweir-data")
        trial = Trial(chosen)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            trial.start()
            show(trial)
            say_what_next(trial, chosen.exit)
            if not chosen.exit:
                print("Mailweir keeps running; Ctrl-C ends it.", flush=True)
                trial.processes[-1].wait()
        except KeyboardInterrupt:
            print("\nstopping ...")
        finally:
            trial.stop()


if __name__ == "__main__":
    main()
