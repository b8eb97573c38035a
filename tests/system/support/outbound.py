# SPDX-License-Identifier: Apache-2.0
"""A gateway that sends mail out by MX, and what a destination is made of."""
import http.server
import ssl
import threading

from .client import Client
from .gateway import Gateway, free_port


class Sender(Gateway):
    """A gateway whose listener `out` takes mail of 127.0.0.1 to the servers that `dns` names, all
    of them at port `outside`."""

    def __init__(self, dns, outside=None, outbound=None, **settings):
        self.out = free_port()
        self.outside = outside or free_port()
        super().__init__(start=False, **settings)
        self.configuration["listeners"].append(
            {"name": "out", "address": f"127.0.0.1:{self.out}", "role": "outbound",
             "clients": ["127.0.0.1"]})
        self.configuration["dns"] = {"servers": [dns]}
        self.configuration["outbound"] = {"relay": "mx", "port": self.outside, "never_to": [],
                                          **(outbound or {})}
        self.write()
        self.start()

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
