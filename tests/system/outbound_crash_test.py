#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 in a loop while mail leaves by MX: what got 250 arrives outside, as inside.

--kills 20 runs with the others; --kills 200 is the long run."""
import random
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

    sender, recipient = "ann@example.org", "bob@far.test"


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
        kills = crash_test.Crash.kill_at_random(self, gateway)
        load.end()
        server.script = {}
        # Thousands of messages leave at the pace of their one destination.
        wait_until(lambda: gateway.queue() == [], 400, "the queue to drain")
        crash_test.Crash.judge(self, server, load, kills, gateway)


if __name__ == "__main__":
    main()
