# SPDX-License-Identifier: Apache-2.0
"""What a browser does without its scripts: pages, forms, cookies; and raw octets."""
import http.client
import http.cookies
import re
import socket
import ssl
import time
from urllib.parse import urlencode

CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
       "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
       "require-trusted-types-for 'script'; trusted-types 'none'")


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = [value for name, value in response.getheaders()
                        if name.lower() == "set-cookie"]

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class Browser:
    """Keeps cookies as a browser does: those that are Secure go over TLS alone."""

    def __init__(self, port, tls=False, host="127.0.0.1"):
        self.port, self.tls, self.host = port, tls, host
        self.cookies = {}

    def connection(self, timeout=30):
        if not self.tls:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=context)

    def ask(self, method, target, body=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        usable = [f"{name}={value}" for name, (value, is_secure) in self.cookies.items()
                  if self.tls or not is_secure]
        if usable:
            fields.setdefault("Cookie", "; ".join(usable))
        connection = self.connection()
        try:
            connection.request(method, target, body, fields)
            response = connection.getresponse()
            answer = Answer(response, response.read())
        finally:
            connection.close()
        for cookie in answer.cookies:
            self.keep(cookie)
        return answer

    def keep(self, text):
        for name, morsel in http.cookies.SimpleCookie(text).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = (morsel.value, bool(morsel["secure"]))

    def get(self, target, **headers):
        return self.ask("GET", target, **headers)

    def post(self, target, fields, **headers):
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.ask("POST", target, urlencode(fields), **headers)

    def until_ready(self, timeout=20):
        end = time.monotonic() + timeout
        while True:
            try:
                return self.get("/sign-in")
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.03)


def raw(port, octets, timeout=10, wait=True):
    """Sends octets and returns what comes back until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(octets)
        answer = b""
        try:
            while wait and (part := connection.recv(65536)):
                answer += part
        except (ConnectionResetError, socket.timeout):
            pass
        return answer


def hidden(page, name):
    """The value of a hidden field of a page's form."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    return found and found.group(1)
