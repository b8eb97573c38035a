# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback, by UDP and TCP, that knows one zone and can be silent or fail."""
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
LONGEST_BY_UDP = 1232


def wire_name(name):
    labels = [label.encode("latin-1", "replace") for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def wire_data(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "MX":
        return struct.pack("!H", value[0]) + wire_name(value[1])
    if kind == "TXT":
        text = value if isinstance(value, bytes) else value.encode("utf-8")
        parts = [text[i:i + 255] for i in range(0, len(text), 255)] or [b""]
        return b"".join(bytes([len(part)]) + part for part in parts)
    return wire_name(value)


class NameServer:
    """`zone` maps names to lists of (type, value); the types "TIMEOUT" and "SERVFAIL" answer for
    every type that the name does not have. A zone may be set at any time."""

    def __init__(self, zone=None):
        self.set_zone(zone or {})
        self.asked = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def set_zone(self, zone):
        self.zone = {name.rstrip(".").lower(): list(records) for name, records in zone.items()}

    def close(self):
        self.udp.close()
        self.tcp.close()

    def _serve_udp(self):
        while True:
            try:
                question, peer = self.udp.recvfrom(4096)
                answer = self.answer(question)
                if answer and len(answer) > LONGEST_BY_UDP:
                    answer = answer[:2] + bytes([answer[2] | 2]) + answer[3:LONGEST_BY_UDP]
                if answer:
                    self.udp.sendto(answer, peer)
            except OSError:
                return

    def _serve_tcp(self):
        while True:
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_stream, args=(peer,), daemon=True).start()

    def _serve_stream(self, peer):
        with peer, peer.makefile("rb") as stream:
            while len(size := stream.read(2)) == 2:
                answer = self.answer(stream.read(struct.unpack("!H", size)[0]))
                if answer:
                    peer.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, message):
        """The response to a question; None: silence."""
        name, at = [], 12
        while message[at]:
            name.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
            at += message[at] + 1
        question = message[12:at + 5]
        number = struct.unpack("!H", message[at + 1:at + 3])[0]
        name = ".".join(name).lower()
        self.asked.append((name, number))
        code, records = self.look(name, number)
        if code is None:
            return None
        body = b"".join(wire_name(owner) + struct.pack("!HHIH", TYPES[kind], 1, 60, len(data))
                        + data
                        for owner, kind, data in records)
        return (message[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
                + question + body)

    def look(self, name, number):
        """(code, [(owner, type, data)]); code None: no answer at all."""
        found = []
        for _ in range(8):
            records = self.zone.get(name)
            if records is None:
                is_above = any(other.endswith("." + name) for other in self.zone)
                return (NOERROR if found or is_above else NXDOMAIN), found
            own = [(name, kind, wire_data(kind, value)) for kind, value in records
                   if TYPES.get(kind) == number]
            if own:
                return NOERROR, found + own
            kinds = [kind for kind, _ in records]
            if "TIMEOUT" in kinds:
                return None, []
            if "SERVFAIL" in kinds:
                return SERVFAIL, []
            target = next((value for kind, value in records if kind == "CNAME"), None)
            if target is None:
                return NOERROR, found
            found.append((name, "CNAME", wire_data("CNAME", target)))
            name = target.rstrip(".").lower()
        return NOERROR, found
