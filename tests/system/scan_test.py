#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scan role: sealed processes analyse messages; they may die, and nothing passes unseen."""
import io
import os
import random
import signal
import threading
import time
import zipfile
from base64 import encodebytes
from pathlib import Path

from support import Case, Gateway, InternalServer, ask, compose, main, options, wait_until

ask("--messages", type=int, default=400, help="of the test that kills workers at random")

RULES = [{"name": "goods", "where": "body", "text": "dangerous goods", "then": "block"},
         {"name": "new", "where": "body", "text": "newly forbidden", "then": "tag"}]
POLICY = {"rules": [{"when": "words.block", "then": "reject"},
                    {"when": "words.tag", "then": "reject"}],
          "layers": ["lists", "helo", "headers", "upstream", "words", "recipients", "attachments"]}
DANGEROUS, CLEAN = "These are dangerous goods.\r\n", "These are flowers.\r\n"


def sealed_facts(pid):
    """Open descriptors, and what /proc/PID/status says of privileges."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return sorted(os.listdir(f"/proc/{pid}/fd")), status


def attached(data, name):
    head = ("From: <ann@sender.example>\r\nTo: <bob@example.org>\r\nSubject: files\r\n"
            "MIME-Version: 1.0\r\nContent-Type: application/zip\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n')
    return head.encode() + encodebytes(data).replace(b"\n", b"\r\n")


def wait_for_first_worker(gateway):
    """It is started with the gate, and waits for a message."""
    def is_there():
        scan = gateway.json("status")["scan"]
        return (scan["workers"], scan["busy"]) == (1, 0)
    wait_until(is_there, 20, "the first worker")


class WithRules(Case):
    def pair(self, **settings):
        server = self.open(InternalServer())
        changes = {"layers": {"words": {"rules": RULES[:1]}}, "workers": {"scanners": 2},
                   **settings.pop("changes", {})}
        gateway = self.open(Gateway(server.port, policy=POLICY, changes=changes, **settings))
        wait_for_first_worker(gateway)
        return gateway, server


class Scan(WithRules):
    def test_a_sealed_process_reads_the_message(self):
        gateway, server = self.pair()
        self.assertCode(gateway.send(compose(body=CLEAN)), 250)
        self.assertClass(gateway.send(compose(body=DANGEROUS)), 5)
        self.assertEqual(len(server.wait_for(1)), 1)
        [worker] = gateway.worker_pids()
        descriptors, status = sealed_facts(worker)
        self.assertEqual(len(descriptors), 2, "its socket and stderr")
        self.assertEqual(status["Seccomp"], "2")
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Threads"], "1")
        scan = gateway.json("status")["scan"]
        self.assertEqual((scan["workers"], scan["busy"], scan["messages"], scan["died"]),
                         (1, 0, 2, 0))
        self.assertIn("scan", gateway.run("status").stdout)

    def test_a_killed_worker_costs_nobody_anything(self):
        gateway, server = self.pair()
        for number in range(4):
            for pid in gateway.worker_pids():
                os.kill(pid, signal.SIGKILL)
            self.assertCode(gateway.send(compose(body=CLEAN, marker=f"k{number}")), 250)
            self.assertClass(gateway.send(compose(body=DANGEROUS)), 5)
        server.wait_for(4)
        self.assertEqual(gateway.json("status")["scan"]["unscannable"], 0)

    def test_a_killed_scan_role_is_started_again(self):
        gateway, server = self.pair()
        self.assertCode(gateway.send(compose(body=CLEAN)), 250)
        first = gateway.scan_pid()
        os.kill(first, signal.SIGKILL)
        self.assertClass(gateway.send(compose(body=DANGEROUS)), 5)
        self.assertCode(gateway.send(compose(body=CLEAN, marker="two")), 250)
        wait_until(lambda: gateway.scan_pid() not in (first, None), 20, "a new scan role")
        self.assertIn("the scan role was killed by signal 9", gateway.log())
        self.assertClass(gateway.send(compose(body=DANGEROUS)), 5)
        self.assertCode(gateway.send(compose(body=CLEAN, marker="three")), 250)
        server.wait_for(3)

    def test_a_killed_gate_leaves_the_scan_role_alone(self):
        gateway, server = self.pair()
        self.assertCode(gateway.send(compose(body=CLEAN)), 250)
        scan, gate = gateway.scan_pid(), gateway.gate_pid()
        workers = set(gateway.worker_pids())
        os.kill(gate, signal.SIGKILL)
        wait_until(lambda: gateway.gate_pid() not in (gate, gateway.process.pid), 20, "a new gate")
        gateway.wait_ready()
        self.assertClass(gateway.send(compose(body=DANGEROUS)), 5)
        self.assertCode(gateway.send(compose(body=CLEAN, marker="two")), 250)
        self.assertEqual(gateway.scan_pid(), scan)
        wait_until(lambda: workers.isdisjoint(gateway.worker_pids()), 20,
                   "the end of the old gate's workers")
        server.wait_for(2)

    def test_without_workers_mail_is_deferred_never_passed(self):
        gateway, server = self.pair()
        self.assertCode(gateway.send(compose(body=CLEAN)), 250)
        os.kill(gateway.scan_pid(), signal.SIGSTOP)
        for pid in gateway.worker_pids():
            os.kill(pid, signal.SIGKILL)
        reply = gateway.send(compose(body=CLEAN, marker="two"), timeout=60)
        self.assertCode(reply, 451)
        health = gateway.json("status")
        self.assertTrue(any("no scan worker starts" in text for text in health["problems"]))
        self.assertEqual(health["scan"]["not_scanned"], 1)
        os.kill(gateway.scan_pid(), signal.SIGCONT)
        self.assertCode(gateway.send(compose(body=CLEAN, marker="two")), 250)
        self.assertEqual(len(server.wait_for(2)), 2)
        self.assertFalse(any("worker" in text for text in gateway.json("status")["problems"]))

    def test_new_rules_come_with_a_reload(self):
        gateway, server = self.pair()
        forbidden = compose(body="This is newly forbidden.\r\n")
        self.assertCode(gateway.send(forbidden), 250)
        [old] = gateway.worker_pids()
        gateway.configuration["layers"]["words"]["rules"] = RULES
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        self.assertClass(gateway.send(forbidden), 5)
        self.assertNotIn(old, gateway.worker_pids())
        self.assertEqual(len(server.wait_for(1)), 1)

    def test_workers_stay_until_the_gate_has_drained(self):
        gateway, server = self.pair()
        with gateway.client() as client:
            client.envelope("ann@sender.example", ["bob@example.org"])
            self.assertCode(client.ask("DATA"), 354)
            for pid in gateway.pids():  # as systemd does
                os.kill(pid, signal.SIGTERM)
            time.sleep(0.3)
            client.send(compose(body=CLEAN) + b".\r\n")
            self.assertCode(client.reply(), 250)
        self.assertEqual(gateway.process.wait(20), 0)
        server.wait_for(1)
        self.assertEqual(gateway.worker_pids(), [])

    def test_bombs_and_the_largest_message(self):
        gateway, server = self.pair()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("zeros", bytes(300 << 20))
        begin = time.monotonic()
        self.assertCode(gateway.send(attached(packed.getvalue(), "bomb.zip"), timeout=60), 250)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertEqual([row["reason"] for row in gateway.quarantine()],
                         ["content.unscannable"])
        large = attached(random.Random(1).randbytes(36 << 20), "noise.zip")
        self.assertCode(gateway.send(large, timeout=120), 250)
        self.assertCode(gateway.send(compose(body=CLEAN)), 250)
        self.assertEqual(gateway.json("status")["scan"]["died"], 0)

    def test_in_process_there_is_no_scan_role(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy=POLICY, start=False,
                                    changes={"layers": {"words": {"rules": RULES}}}))
        gateway.start(arguments=["--in-process"])
        self.assertClass(gateway.send(compose(body=DANGEROUS)), 5)
        self.assertIsNone(gateway.scan_pid())


class Killed(WithRules):
    def test_workers_killed_at_random(self):
        gateway, server = self.pair()
        outcomes, lock = {}, threading.Lock()
        numbers = iter(range(options.messages))

        chance = random.Random(2)

        def kill_one():
            for pid in chance.sample(gateway.worker_pids() or [0], 1):
                try:
                    os.kill(pid, signal.SIGKILL) if pid else None
                except ProcessLookupError:
                    pass

        def send():
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                body = DANGEROUS if number % 2 else CLEAN
                message = compose(body=body, marker=f"m{number}", size=4096)
                outcomes[number] = gateway.send(message, timeout=60)[0]
                if number % 8 == 0:
                    kill_one()

        senders = [threading.Thread(target=send) for _ in range(8)]
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join()
        scan = gateway.json("status")["scan"]
        self.assertGreater(scan["died"], options.messages // 50)
        self.assertEqual(len(outcomes), options.messages)
        held = {row["message_id"].strip("<>") for row in gateway.quarantine()}
        taken = {f"m{n}@sender.example" for n, code in outcomes.items() if code == 250}
        server.wait_for(len(taken - held))
        arrived = [message.data for message in server.accepted]
        self.assertEqual([data for data in arrived if b"dangerous" in data], [])
        for number, code in outcomes.items():
            name = f"m{number}@sender.example"
            count = sum(name.encode() in data for data in arrived)
            self.assertIn(code, (250, 451) if number % 2 == 0 or name in held else (550, 451))
            self.assertEqual(count, 1 if code == 250 and name not in held else 0, name)


if __name__ == "__main__":
    main()
