# SPDX-License-Identifier: Apache-2.0
"""An SMTP client that sends exactly the bytes it is told to."""
import socket
import ssl
import time


class Client:
    """One connection. Replies are (code, text of all lines joined by newline)."""

    def __init__(self, port, source="127.0.0.1", timeout=20, host="127.0.0.1", greet=True,
                 implicit_tls=None):
        self.timeout = timeout
        self.socket = socket.create_connection((host, port), timeout, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if implicit_tls:
            self.socket = implicit_tls.wrap_socket(self.socket, server_hostname="mx.test.example")
        self.buffer = b""
        try:
            self.greeting = self.reply() if greet else None
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def line(self):
        """One reply line without its CRLF; raises EOFError when the server is gone."""
        while b"\n" not in self.buffer:
            try:
                chunk = self.socket.recv(65536)
            except ConnectionError as error:
                raise EOFError(str(error)) from error
            if not chunk:
                raise EOFError(f"closed after {self.buffer!r}")
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def reply(self):
        lines = []
        while True:
            line = self.line()
            lines.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(lines)

    def ask(self, command):
        self.send((command if isinstance(command, bytes) else command.encode()) + b"\r\n")
        return self.reply()

    def ehlo(self, name="client.example"):
        return self.ask(f"EHLO {name}")

    def is_closed(self, within=5):
        """True when the server closes (input before that is read away)."""
        self.socket.settimeout(within)
        end = time.monotonic() + within
        try:
            while time.monotonic() < end:
                if not self.socket.recv(65536):
                    return True
        except ConnectionError:
            return True
        except (TimeoutError, ssl.SSLError):
            return False
        finally:
            self.socket.settimeout(self.timeout)
        return False

    def envelope(self, sender, recipients, mail_parameters=""):
        """MAIL and RCPT one by one; returns their replies."""
        replies = [self.ask(f"MAIL FROM:<{sender}>{mail_parameters}")]
        replies += [self.ask(f"RCPT TO:<{recipient}>") for recipient in recipients]
        return replies

    def data(self, message):
        """DATA, the message dot-stuffed, the dot; the last reply (or that to DATA)."""
        first = self.ask("DATA")
        if first[0] != 354:
            return first
        self.send(stuffed(message) + b".\r\n")
        return self.reply()

    def bdat(self, chunks):
        """BDAT for each chunk, LAST on the last; all replies."""
        replies = []
        for number, chunk in enumerate(chunks):
            last = " LAST" if number == len(chunks) - 1 else ""
            self.send(f"BDAT {len(chunk)}{last}\r\n".encode() + chunk)
            replies.append(self.reply())
        return replies

    def transact(self, sender, recipients, message, mail_parameters=""):
        """One message; returns the reply that decided its fate."""
        replies = self.envelope(sender, recipients, mail_parameters)
        if replies[0][0] != 250:
            return replies[0]
        if not any(code in (250, 251) for code, _ in replies[1:]):
            self.ask("RSET")
            return replies[1]
        return self.data(message)

    def start_tls(self, context=None, server_name="mx.test.example"):
        """STARTTLS and the handshake; the certificate is not checked unless `context` does."""
        code, text = self.ask("STARTTLS")
        if code != 220:
            raise AssertionError(f"STARTTLS: {code} {text}")
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname=server_name)

    def quit(self):
        try:
            return self.ask("QUIT")
        except (EOFError, OSError):
            return None
        finally:
            self.close()


def stuffed(message):
    """The message with a dot before each line that begins with one, ending in CRLF."""
    if message.startswith(b"."):
        message = b"." + message
    message = message.replace(b"\r\n.", b"\r\n..")
    return message if message.endswith(b"\r\n") or not message else message + b"\r\n"
