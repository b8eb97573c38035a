#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long the pages' lists and searches take over web.sock with a large site's history and
quarantine: fills a data directory by pages_size, serves it, asks each question many times.
Usage: pages_size.py --mailweir PATH --fill PATH [--history N] [--held N] [--folder DIR]
                     [--times N]"""
import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "system"))
from support.gateway import Gateway  # noqa: E402
from support.pages import Pages  # noqa: E402
from support.run import options  # noqa: E402

PASSWORD = "correct horse battery"


def questions():
    """(name, role, limit in ms, target) anew for each asking."""
    person, domain = f"user{random.randrange(500)}", f"d{random.randrange(40)}.test"
    number = random.randrange(1_000_000)
    return [
        ("history", "root", 100, "/history"),
        ("history, one action", "root", 100, "/history?action=tag"),
        ("history of a recipient", "root", 100, f"/history?recipient={person}@{domain}"),
        ("history of a domain", "root", 100, f"/history?recipient_domain={domain}"),
        ("history of a day", "root", 100, "/history?since=10+d&until=9+d"),
        ("history, a rare action", "root", 300, "/history?action=discard"),
        ("history, no action of that kind", "root", 300, "/history?action=defer"),
        ("history, a rule nobody has", "root", 300, "/history?rule=zzzz&since=60+d"),
        ("history, a fact nobody has", "root", 300, "/history?finding=clamav.infected&since=60+d"),
        ("own history", "bob", 100, "/history"),
        ("own history, a rule nobody has", "bob", 100, "/history?rule=zzzz&since=60+d"),
        ("own lists", "bob", 100, "/lists"),
        ("lists of everyone", "root", 100, "/lists?scope=global"),
        ("history of the own domain", "dora", 100, "/history"),
        ("what the own domain sent", "dora", 100, "/history?direction=outbound"),
        ("quarantine", "root", 100, "/quarantine"),
        ("quarantine of a domain", "root", 100, f"/quarantine?domain={domain}"),
        ("own quarantine", "bob", 100, "/quarantine"),
        ("quarantine of the own domain", "dora", 100, "/quarantine"),
        ("count", "root", 100, "/quarantine/count"),
        ("count of the own domain", "dora", 100, "/quarantine/count"),
        ("statistics of a day", "root", 100, "/statistics?since=1+d&step=3600"),
        ("statistics of a month", "root", 300, "/statistics?since=30+d&step=86400"),
        ("statistics of a month, own domain", "dora", 100, "/statistics?since=30+d&step=86400"),
        ("domains", "root", 100, "/domains"),
        ("layers", "root", 100, "/layers"),
        ("report", "root", 300, "/report?period=week"),
        ("search history: rare", "root", 300, f"/history?text={number}"),
        ("search history: common", "root", 300, "/history?text=invoice"),
        ("search history: Japanese", "root", 300, "/history?text=%E4%BC%9A%E8%AD%B0%E3%81%AE"),
        ("search history: none", "root", 300, "/history?text=zebracrossing"),
        ("search own domain's history: none", "dora", 300, "/history?text=zebracrossing"),
        ("search quarantine: rare", "root", 300, f"/quarantine?text={number}"),
        ("search quarantine: none", "root", 300, "/quarantine?text=zebracrossing"),
        ("search quarantine: Japanese", "root", 300, "/quarantine?text=%E8%B3%87%E6%96%99"),
        ("search own quarantine", "bob", 300, "/quarantine?text=lunch"),
        ("search own domain's quarantine", "dora", 300, "/quarantine?text=zebracrossing"),
    ]


def person(gateway, name, *arguments):
    made = gateway.run("user", "add", name, "--password-file", "-", *arguments,
                       input=PASSWORD + "\n")
    if made.returncode != 0 and "exists" not in made.stderr:
        sys.exit(made.stderr)
    pages = Pages(gateway)
    pages.sign_in(name, PASSWORD)
    return pages


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mailweir", required=True)
    parser.add_argument("--fill", required=True)
    parser.add_argument("--history", default="1000000")
    parser.add_argument("--held", default="100000")
    parser.add_argument("--folder")
    parser.add_argument("--times", type=int, default=40)
    arguments = parser.parse_args()
    options.mailweir = arguments.mailweir
    folder = Path(arguments.folder or tempfile.mkdtemp(prefix="mailweir-pages-"))
    if not (folder / "data").exists():
        folder.mkdir(exist_ok=True)
        begun = time.monotonic()
        subprocess.run([arguments.fill, folder / "data", arguments.history, arguments.held],
                       check=True)
        print(f"filled in {time.monotonic() - begun:.0f} s")
    gateway = Gateway(folder=str(folder), start=False)
    gateway.start(wait=False)
    gateway.wait_ready(timeout=600)
    people = {"root": person(gateway, "root", "--role", "administrator"),
              "bob": person(gateway, "bob", "--address", "user7@d3.test"),
              "dora": person(gateway, "dora", "--role", "domain", "--domain", "d3.test")}
    took = {}
    for _ in range(arguments.times):
        for name, who, limit, target in questions():
            begun = time.monotonic()
            answer = people[who].ask("GET", target, timeout=120)
            took.setdefault((name, limit), []).append((time.monotonic() - begun) * 1000)
            if answer.status != 200:
                sys.exit(f"{target}: {answer.status} {answer.text}")
    slow = False
    for (name, limit), times in took.items():
        times.sort()
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95) - 1]
        slow = slow or p95 > limit
        print(f"{name:36} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  of {limit}"
              + ("  SLOW" if p95 > limit else ""))
    gateway.stop()
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
