#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 in a loop while mail leaves by MX: what got 250 arrives outside, as inside.

--kills 20 runs with the others; --kills 200 is the long run."""
import random
import time
from types import SimpleNamespace

import crash_test
from support import Case, InternalServer, main, options, skip, wait_until
from support.dns import Unbound
from support.load import Load
from support.outbound import Sender

SESSIONS = 8
RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11"]


class Leaving(Load):
    """Clients of the outbound listener, who write to outside."""

    def send(self, client, marker, message):
        code, text = client.transact("ann@example.org", ["bob@far.test"], message)
        if code == 250:
            self.acknowledged[marker] = time.monotonic()
            return True
        self.refused.append((time.monotonic(), code, text))
        time.sleep(0.05)
        return False


class OutboundCrash(Case):
    def test_nothing_acknowledged_is_lost_on_its_way_out(self):
        if not Unbound.program():
            skip("unbound is not installed")
        random.seed(options.seed)
        print(f"\nseed {options.seed}, {options.kills} kills")
        dns = self.open(Unbound(RECORDS))
        gateway = self.open(Sender(dns.address, changes={
            "delivery": {"connect": "2 s", "reply": "5 s", "budget": "5 s", "retry": ["1 s"]}}))
        # A share of the dots is put off, so that store, queue and pace take part.
        server = self.open(InternalServer(
            {"dot": lambda _: "451 4.3.0 later" if random.random() < 0.1 else None},
            port=gateway.outside, address="127.0.0.11"))
        load = Leaving(SimpleNamespace(port=gateway.out), sessions=SESSIONS)
        kills = []
        for number in range(options.kills):
            time.sleep(random.uniform(0.2, 1.0))
            if number % 2:
                crash_test.Crash.kill_gate_only(self, gateway, kills)
            else:
                kills.append(time.monotonic())
                gateway.kill()
                gateway.start()
        load.end()
        server.script = {}
        # Thousands of messages leave at the pace of their one destination.
        wait_until(lambda: gateway.queue() == [], 400, "the queue to drain")
        crash_test.Crash.judge(self, server, load, kills, gateway)


if __name__ == "__main__":
    main()
