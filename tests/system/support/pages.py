# SPDX-License-Identifier: Apache-2.0
"""web.sock as the web role speaks to it: HTTP over a Unix socket, with a token."""
import http.client
import json
import socket
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    text: str
    headers: dict = field(default_factory=dict)

    def __getitem__(self, name):
        return json.loads(self.text)[name]


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Pages:
    """One person's side of it; `token` is set by `sign_in`."""

    def __init__(self, gateway, client="192.0.2.10"):
        self.socket, self.client, self.token = gateway.data / "web.sock", client, None

    def ask(self, method, target, body=None, headers=None, timeout=30):
        headers = {"Mailweir-Client": self.client, **(headers or {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection = _Connection(self.socket, timeout)
        try:
            connection.request(method, "/api/v1" + target, body, headers)
            reply = connection.getresponse()
            return Answer(reply.status, reply.read().decode(errors="replace"),
                          {k.lower(): v for k, v in reply.getheaders()})
        finally:
            connection.close()

    def sign_in(self, name, password):
        answer = self.ask("POST", "/session", {"name": name, "password": password})
        if answer.status == 201:
            self.token = answer["token"]
        return answer
