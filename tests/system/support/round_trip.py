# SPDX-License-Identifier: Apache-2.0
"""Outside sender, gateway, a real Postfix, gateway, outside server: what they are made of."""
from .dns import Unbound
from .client import Client
from .gateway import free_port
from .outbound import Sender, habit_fill
from .postfix import Postfix
from .run import skip, wait_until
from .server import InternalServer

RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11"]
TEXT = "".join(f"The {word} of the river is known to those who live beside it for long. "
               f"Nobody counts {word} twice, and so it goes on.\r\n"
               for word in "depth speed colour temper width bridge weir mill boat flood".split())
POLICY = {
    "layers": ["words", "fingerprint", "recipients", "forward", "habit", "bounce"],
    "rules": [{"when": "words.tag", "then": "tag"},
              {"when": "habit.lock", "then": "reject"},
              {"when": "habit.hold", "then": "quarantine"},
              {"when": "habit.slow", "then": "defer"},
              {"when": "bounce.backscatter", "then": "discard"}],
}
WORDS = {"rules": [{"name": "offer", "where": "subject", "text": "great offer", "then": "tag"}]}


class RoundTrip:
    """`gate` has `domains`, whose mail goes to `postfix`; what leaves goes to `far`, which says
    550 5.1.1 of addresses with "gone" in them and what `answers` says of others: a part of an
    address to a reply. It may be changed at any time."""

    def __init__(self, aliases, forwards=None, domains=("example.org",), policy=None, layers=None,
                 records=(), outbound=None, past=(), changes=None):
        if not Unbound.program():
            skip("unbound is not installed")
        if not Postfix.program():
            skip("no Postfix, or not root")
        if past:
            habit_fill()
        self.parts = []
        try:
            self._open(aliases, forwards, domains, records, past, outbound, layers,
                       policy=policy or POLICY, changes=changes)
        except BaseException:
            self.close()
            raise

    def _open(self, aliases, forwards, domains, records, past, outbound, layers, policy, changes):
        self.answers = {"gone": "550 5.1.1 no such user"}
        self.dns = self._keep(Unbound([*RECORDS, *records]))
        out = free_port()
        self.postfix = self._keep(Postfix(out, domains, aliases, forwards))
        hop = [f"127.0.0.1:{self.postfix.port}"]
        rosters = {"files": [{"path": str(self.postfix.roster), "form": "virtual",
                              "domain": domains[0]}]}
        self.gate = self._keep(Sender(
            self.dns.address, out=out, policy=policy, past=past,
            outbound={"srs": domains[0], **(outbound or {})},
            changes={"domains": [{"name": name, "recipients": "any", "next_hop": hop}
                                 for name in domains],
                     "layers": {"words": WORDS, "rosters": rosters, **(layers or {})},
                     **(changes or {})}))
        self.far = self._keep(InternalServer(port=self.gate.outside, address="127.0.0.11",
                                             script={"rcpt": self._answer}))

    def _keep(self, part):
        self.parts.append(part)
        return part

    def _answer(self, argument):
        return next((reply for part, reply in self.answers.items() if part in argument), None)

    def write(self, message, recipients, sender):
        """One mail of somebody inside, by the mail server; its reply."""
        with Client(self.postfix.port) as client:
            client.ehlo()
            return client.transact(sender, recipients, message)

    def drained(self):
        wait_until(self.postfix.is_drained, timeout=60, what="an empty queue of Postfix")

    def close(self):
        for part in reversed(self.parts):
            part.close()
