# SPDX-License-Identifier: Apache-2.0
"""An internal mail server that does what its script says, and remembers what it accepted."""
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

CLOSE, RESET, HANG, LOSE_REPLY = object(), object(), object(), object()
EXTENSIONS = ("PIPELINING", "8BITMIME", "SIZE 104857600", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")


@dataclass
class Accepted:
    sender: str
    recipients: list
    data: bytes
    parameters: str = ""
    xclient: str = ""
    is_tls: bool = False
    time: float = field(default_factory=time.monotonic)


class InternalServer:
    """`script` maps a stage (connect ehlo starttls mail rcpt data dot bdat rset noop) to what is
    done there: a reply as text ("451 4.3.0 later"), raw bytes (then close, if they end in mid-
    line), CLOSE, RESET, HANG, LOSE_REPLY (keep the message and close), or a function of the
    argument that returns one of these or None (as usual). It may be changed at any time."""

    def __init__(self, script=None, extensions=EXTENSIONS, protocol="smtp", port=0, tls=None,
                 keep_bodies=True, address="127.0.0.1"):
        self.script = dict(script or {})
        self.extensions = tuple(extensions)
        self.protocol = protocol
        self.tls = tls
        self.keep_bodies = keep_bodies
        self.accepted, self.commands = [], []
        self.count, self.connections = 0, 0
        self.changed = threading.Condition()
        self.open_sockets = set()
        self.listener = None
        self.port, self.address = port, address
        self.start()

    def start(self):
        """Listens (again), on the same port as before."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.address, self.port))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Refuses connections from now on and drops those it has."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in list(self.open_sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    close = stop

    def wait_for(self, count, timeout=20):
        """Waits until `count` messages were accepted; returns them all."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.count >= count, timeout):
                raise AssertionError(f"{self.count} messages arrived in {timeout} s, not {count}; "
                                     f"last commands: {self.commands[-12:]}")
            return list(self.accepted)

    def saw(self, verb):
        return [c for c in self.commands if c.upper().startswith(verb.upper())]

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self.open_sockets.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            Conversation(self, connection).run()
        except (OSError, EOFError, ssl.SSLError):
            pass
        finally:
            self.open_sockets.discard(connection)
            connection.close()

    def keep(self, message):
        with self.changed:
            if not self.keep_bodies:
                message.data = b""
            self.accepted.append(message)
            self.count += 1
            self.changed.notify_all()


class Conversation:
    def __init__(self, server, connection):
        self.server, self.socket = server, connection
        self.buffer = b""
        self.out = b""
        self.xclient, self.is_tls = "", False
        self.reset()

    def reset(self):
        self.sender, self.parameters, self.recipients, self.chunks = None, "", [], []

    def run(self):
        self.say("connect", "", f"220 internal.example {self.server.protocol.upper()} ready")
        while True:
            line = self.read_line().decode("utf-8", "replace")
            self.server.commands.append(line)
            verb, _, argument = line.partition(" ")
            action = getattr(self, "do_" + verb.lower(), None)
            if action is None:
                self.put("500 5.5.2 unknown command")
            elif action(argument) is CLOSE:
                self.flush()
                return

    def do_ehlo(self, argument):
        lines = ["internal.example", *self.server.extensions]
        if self.server.tls and not self.is_tls:
            lines.append("STARTTLS")
        text = "\r\n".join(f"250{'-' if i < len(lines) - 1 else ' '}{line}"
                           for i, line in enumerate(lines))
        self.reset()
        self.say("ehlo", argument, text)

    do_lhlo = do_ehlo

    def do_helo(self, argument):
        self.say("helo", argument, "250 internal.example")

    def do_mail(self, argument):
        path, _, parameters = argument[5:].partition("> ")
        if self.say("mail", argument, "250 2.1.0 ok"):
            self.sender, self.parameters = path.strip("<> "), parameters

    def do_rcpt(self, argument):
        if self.say("rcpt", argument, "250 2.1.5 ok"):
            self.recipients.append(argument[3:].partition(">")[0].strip("<> "))

    def do_data(self, argument):
        if not self.recipients:
            return self.put("503 5.5.1 no recipients")
        if self.say("data", argument, "354 go on") != 354:
            return None
        lines = []
        while (line := self.read_line(keep_end=True)) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        self.end(b"".join(lines))
        return None

    def do_bdat(self, argument):
        size, _, last = argument.partition(" ")
        self.chunks.append(self.read_exactly(int(size)))
        if not last.strip():
            return self.say("bdat", argument, "250 2.0.0 more")
        self.end(b"".join(self.chunks))
        return None

    def end(self, data):
        message = Accepted(self.sender, self.recipients, data, self.parameters, self.xclient,
                           self.is_tls)
        self.reset()
        if self.server.protocol == "lmtp":
            taken = [r for r in message.recipients if self.say("dot", r, "250 2.0.0 kept")]
            message.recipients = taken
            if taken:
                self.server.keep(message)
        else:
            self.say("dot", "", "250 2.0.0 kept", keep=message)

    def do_rset(self, argument):
        self.reset()
        self.say("rset", argument, "250 2.0.0 ok")

    def do_noop(self, argument):
        self.say("noop", argument, "250 2.0.0 ok")

    def do_xclient(self, argument):
        self.xclient = argument
        self.say("xclient", argument, "220 internal.example ready")

    def do_starttls(self, _):
        if not self.say("starttls", "", "220 2.0.0 go on"):
            return
        self.flush()
        self.socket = self.server.tls.wrap_socket(self.socket, server_side=True)
        self.is_tls, self.buffer = True, b""

    def do_quit(self, _):
        self.put("221 2.0.0 bye")
        return CLOSE

    def say(self, stage, argument, usual, keep=None):
        """Does what the script says at a stage. True (or 354) after a positive reply."""
        action = self.server.script.get(stage)
        if callable(action):
            action = action(argument)
        if action is LOSE_REPLY:
            self.server.keep(keep)
        if action in (CLOSE, RESET, HANG, LOSE_REPLY):
            self.break_off(action)
        if keep and (action is None or (isinstance(action, str) and action[0] == "2")):
            self.server.keep(keep)
        if isinstance(action, bytes):
            self.flush()
            self.socket.sendall(action)
            if not action.endswith(b"\n"):
                raise EOFError
            return False
        reply = action or usual
        self.put(reply)
        if reply[:3] == "354":
            return 354
        if reply[:3] == "421":
            self.flush()
            raise EOFError
        return reply[0] == "2"

    def break_off(self, action):
        self.flush()
        if action is RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if action is HANG:
            while self.socket.recv(65536):
                pass
        raise EOFError

    def put(self, text):
        self.out += text.encode() + b"\r\n"
        if not self.buffer:
            self.flush()

    def flush(self):
        if self.out:
            self.socket.sendall(self.out)
        self.out = b""

    def fill(self):
        self.flush()
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise EOFError
        self.buffer += chunk

    def read_line(self, keep_end=False):
        start = 0
        while (end := self.buffer.find(b"\r\n", start)) < 0:
            start = max(0, len(self.buffer) - 1)
            self.fill()
        line, self.buffer = self.buffer[:end + 2], self.buffer[end + 2:]
        return line if keep_end else line[:-2]

    def read_exactly(self, size):
        while len(self.buffer) < size:
            self.fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data
