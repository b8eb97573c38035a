#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A gate that hangs is ended by the supervisor and started again."""
import os
import signal
import time

from support import Case, Gateway, InternalServer, compose, main, wait_until


class Hang(Case):
    def test_a_gate_without_a_sign_of_life_is_replaced_and_serves(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, changes={"workers": {"loops": 2,
                                                                      "hung_after": "6 s"}}))
        self.assertCode(gateway.send(compose(marker="before")), 250)
        hung = gateway.gate_pid()
        os.kill(hung, signal.SIGSTOP)
        begin = time.monotonic()
        wait_until(lambda: gateway.gate_pid() not in (hung, gateway.process.pid), 60,
                   "another gate")
        self.assertGreater(time.monotonic() - begin, 5, "not before its time")
        gateway.wait_ready()
        self.assertCode(gateway.send(compose(marker="after")), 250)
        self.assertIn("the gate hangs: no sign of life for", gateway.log())

    def test_a_gate_that_was_late_for_a_while_lives_on(self):
        gateway = self.open(Gateway(changes={"workers": {"loops": 2, "hung_after": "6 s"}}))
        pid = gateway.gate_pid()
        for process in gateway.pids()[1:] + [gateway.process.pid]:
            os.kill(process, signal.SIGSTOP)
        time.sleep(14)  # the whole machine was paused
        for process in gateway.pids():
            os.kill(process, signal.SIGCONT)
        time.sleep(8)
        self.assertEqual(gateway.gate_pid(), pid)


if __name__ == "__main__":
    main()
