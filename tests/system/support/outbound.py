# SPDX-License-Identifier: Apache-2.0
"""A gateway that sends mail out by MX, and what a destination is made of."""
import http.server
import ssl
import subprocess
import threading
from pathlib import Path

from .client import Client
from .gateway import Gateway, free_port
from .run import options, skip


def habit_fill():
    """The program that writes what accounts did in days before the test."""
    path = Path(getattr(options, "fill", None)
                or Path(options.mailweir).parent / "tests/habit_fill")
    if not path.exists():
        skip(f"{path} is not built (MAILWEIR_BENCH)")
    return path


class Sender(Gateway):
    """A gateway whose listener `out` takes mail of 127.0.0.1 to the servers that `dns` names, all
    of them at port `outside`."""

    def __init__(self, dns, outside=None, outbound=None, out=None, past=(), **settings):
        self.out = out or free_port()
        self.outside = outside or free_port()
        super().__init__(start=False, **settings)
        self.configuration["listeners"].append(
            {"name": "out", "address": f"127.0.0.1:{self.out}", "role": "outbound",
             "clients": ["127.0.0.1"]})
        self.configuration["dns"] = {"servers": [dns]}
        self.configuration["outbound"] = {"relay": "mx", "port": self.outside, "never_to": [],
                                          **(outbound or {})}
        self.write()
        if past:
            self.remember(past)
        self.start()

    def remember(self, past):
        """What was before the start: (account, days of work, days of silence) or
        ("dead", an address outside that refuses all mail, who writes to it) or
        ("list", a list, silent for so many days) or ("moderators", a list, waiting requests)."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        words = [str(word) for one in past for word in one]
        subprocess.run([habit_fill(), self.data, *words], check=True, stdout=subprocess.PIPE)

    def post(self, message, recipients, sender="ann@example.org"):
        """One message to the listener `out`; the deciding reply."""
        with Client(self.out) as client:
            client.ehlo()
            return client.transact(sender, recipients, message)


class PolicyServer:
    """https://ADDRESS/.well-known/mta-sts.txt says `text`; counts who asked."""

    def __init__(self, address, certificate, key, text):
        policy = self
        self.text, self.asked = text, 0

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                policy.asked += 1
                is_right = self.path == "/.well-known/mta-sts.txt"
                body = policy.text.encode()
                self.send_response(200 if is_right else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 443), Answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
