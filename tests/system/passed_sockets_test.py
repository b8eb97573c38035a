#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sockets of the service manager: who connects while the gateway is restarted waits and is served.

--restarts N: so many times under load (default 8).
"""
import os
import signal
import socket
import subprocess

from support import Case, Gateway, InternalServer, main, options, wait_until
from support.load import Load, marker_of
from support.run import ask

ask("--restarts", type=int, default=8)


class Manager:
    """Holds a listening socket as systemd does, and starts the gateway with it as descriptor 3."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", gateway.port))
        self.socket.listen(512)

    def start(self):
        with open(self.gateway.log_path, "ab") as log:
            self.gateway.process = subprocess.Popen(
                ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", options.mailweir, "serve",
                 "--config", str(self.gateway.config_path)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.gateway.folder,
                env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "mx"},
                preexec_fn=lambda: os.dup2(self.socket.fileno(), 3), pass_fds=(3,),
                start_new_session=True)

    def stop(self):
        self.gateway.process.send_signal(signal.SIGTERM)
        self.gateway.process.wait(90)

    def close(self):
        self.socket.close()


class PassedSockets(Case):
    def test_restarts_under_load_refuse_nobody(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, start=False))
        manager = self.open(Manager(gateway))
        manager.start()
        gateway.wait_ready()
        load = Load(gateway, sessions=4, sizes=(600, 50_000))
        for _ in range(options.restarts):
            manager.stop()
            manager.start()
            seen = len(load.acknowledged)
            wait_until(lambda: len(load.acknowledged) > seen + 5, 60)
        load.end()
        turned_away = [b for b in load.broken if "refused" in b[1].lower() or "timed" in b[1]]
        print(f"\n{options.restarts} restarts: {len(load.acknowledged)} messages, "
              f"{len(load.refused)} told to come again, {len(load.broken)} idle sessions ended, "
              f"{len(turned_away)} connections refused")
        self.assertEqual(turned_away, [])
        self.assertEqual([r for r in load.refused if r[1] not in (421, 451)], [])
        self.assertGreater(len(load.acknowledged), options.restarts)
        arrived = [marker_of(m.data) for m in server.accepted]
        self.assertEqual(set(load.acknowledged) - set(arrived), set(), "acknowledged and lost")

    def test_a_socket_that_no_listener_has_is_named(self):
        gateway = self.open(Gateway(start=False))
        manager = self.open(Manager(gateway))
        other = manager.socket.getsockname()[1]
        gateway.port += 1
        gateway.configuration["listeners"][0]["address"] = f"127.0.0.1:{gateway.port}"
        gateway.write()
        manager.start()
        gateway.wait_ready()
        self.assertIn(f"listens on 127.0.0.1:{other}", gateway.log())


if __name__ == "__main__":
    main()
