#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Strings over {CR, LF, '.', NUL, x} inside DATA, end to end: the internal server sees exactly the
messages that got 250, with their bytes, never a bare line end. The whole matrix is a unit test."""
import itertools
import random
import threading

from support import Case, Client, Gateway, InternalServer, ask, main, options

ask("--strings", type=int, default=2000)

SYMBOLS = b"\r\n.\0x"
HEAD = b"From: <a@sender.example>\r\nSubject: x\r\n\r\n"


def expected(text):
    """What the first message in `text` (it ends in CRLF.CRLF) is: its bytes, None: refused."""
    framed = b"\r\n" + text
    body = framed[:framed.index(b"\r\n.\r\n") + 2][2:]
    left = body.replace(b"\r\n", b"")
    if b"\r" in left or b"\n" in left or b"\0" in left:
        return None
    lines = body.split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


class Smuggling(Case):
    def strings(self):
        short = [bytes(s) for size in range(5) for s in itertools.product(SYMBOLS, repeat=size)]
        random.seed(7)
        longer = [bytes(random.choices(SYMBOLS, k=random.randint(5, 8)))
                  for _ in range(max(0, options.strings - len(short)))]
        return (short + longer)[:options.strings]

    def test_each_string(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        strings = self.strings()
        wrong, threads = [], []
        for part in range(4):
            threads.append(threading.Thread(target=self.run_part,
                                            args=(gateway, strings[part::4], part, wrong)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong[:10], [])
        self.judge(server, strings)

    def run_part(self, gateway, strings, part, wrong):
        for number, string in enumerate(strings):
            text = HEAD + string + b"\r\n.\r\n"
            want = expected(text)
            with Client(gateway.port) as client:
                client.send(b"HELO x\r\n")
                client.reply()
                client.envelope("a@sender.example", [f"s{number * 4 + part}@example.org"])
                client.ask("DATA")
                client.send(text)
                code, said = client.reply()
            if code != (250 if want is not None else 550):
                wrong.append((string, code, said))

    def judge(self, server, strings):
        arrived = {}
        for message in server.accepted:
            self.assertEqual(len(message.recipients), 1)
            self.assertNotIn(message.recipients[0], arrived, "one message came twice")
            arrived[message.recipients[0]] = message.data
        passed = 0
        for number, string in enumerate(strings):
            want = expected(HEAD + string + b"\r\n.\r\n")
            data = arrived.pop(f"s{number}@example.org", None)
            if want is None:
                self.assertIsNone(data, string)
                continue
            passed += 1
            self.assertIsNotNone(data, string)
            self.assertTrue(data.endswith(want), (string, data[-60:], want[-60:]))
            left = data.replace(b"\r\n", b"")
            self.assertFalse(set(b"\r\n\0") & set(left), string)
        self.assertEqual(arrived, {}, "mail that nobody sent")
        print(f"\n{len(strings)} strings, {passed} passed on, {len(strings) - passed} refused")


if __name__ == "__main__":
    main()
