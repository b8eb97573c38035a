# SPDX-License-Identifier: Apache-2.0
"""Clients that keep sending, and try again what was not acknowledged, as real ones do."""
import random
import threading
import time

from .client import Client
from .messages import compose


class Load:
    """`sessions` threads; each message has a marker in its Message-ID. `acknowledged` maps markers
    to the time of their 250; `refused` has other replies, `broken` the connections lost."""

    sender, recipient = "ann@sender.example", "bob@example.org"

    def __init__(self, gateway, sessions=8, sizes=(600, 4096, 200_000), messages_per_connection=5,
                 pause=0.0):
        self.gateway, self.sizes, self.pause = gateway, sizes, pause
        self.per_connection = messages_per_connection
        self.acknowledged, self.refused, self.broken = {}, [], []
        self.lock, self.number = threading.Lock(), 0
        self.is_ending, self.gives_up = False, False
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(sessions)]
        for thread in self.threads:
            thread.start()

    def next_marker(self):
        with self.lock:
            self.number += 1
            return f"load-{self.number}"

    def run(self):
        pending = None
        while not self.is_ending or (pending and not self.gives_up):
            try:
                with Client(self.gateway.port, timeout=30) as client:
                    if client.greeting[0] != 220:
                        raise EOFError(f"greeting {client.greeting}")
                    client.ehlo()
                    for _ in range(self.per_connection):
                        if not pending:
                            if self.is_ending:
                                break
                            pending = self.new()
                        if self.send(client, *pending):
                            pending = None
                        time.sleep(self.pause)
                    client.ask("QUIT")
            except (OSError, EOFError, ValueError) as error:
                self.broken.append((time.monotonic(), repr(error)))
                time.sleep(0.05)

    def new(self):
        marker = self.next_marker()
        return marker, compose(marker=marker, size=random.choice(self.sizes))

    def send(self, client, marker, message):
        code, text = client.transact(self.sender, [self.recipient], message)
        if code == 250:
            self.acknowledged[marker] = time.monotonic()
            return True
        self.refused.append((time.monotonic(), code, text))
        time.sleep(0.05)
        return False

    def end(self, timeout=60):
        """Sends what is pending and stops."""
        self.is_ending = True
        end = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.1, end - time.monotonic()))
        self.gives_up = True
        return self


def marker_of(message):
    """The marker of a message made by `compose`."""
    start = message.find(b"\nMessage-ID: <") + len(b"\nMessage-ID: <")
    return message[start:message.find(b"@", start)].decode()
