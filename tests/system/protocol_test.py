#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The protocol at the public side: relaying, TLS, who may speak for others, limits, line ends."""
import ipaddress
import shutil
import ssl
import struct
import time

from support import (Case, Client, Gateway, InternalServer, compose, difference, main,
                     make_certificate, wait_until)

PLAIN = ("a@sender.example", ["bob@example.org"], compose())
RELAY_TRICKS = [
    "victim@elsewhere.example", "victim%elsewhere.example@example.org.evil",
    "@example.org:victim@elsewhere.example", "victim@elsewhere.example@example.org.",
    "victim@[127.0.0.2]", "victim@[IPv6:::1]", "victim@notexample.org", "victim@example.org.evil",
    "victim@sub.example.org", "elsewhere.example!victim", "victim@exam\u0440le.org",
    '"victim@elsewhere.example"', "victim@example.org\\@elsewhere.example", "victim@",
    "@example.org",
]


class NotARelay(Case):
    def test_only_configured_domains_whatever_the_address(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        for address in RELAY_TRICKS:
            with self.subTest(address), gateway.client() as client:
                client.ask("MAIL FROM:<ann@sender.example>")
                self.assertClass(client.ask(f"RCPT TO:<{address}>"), 5)
        with gateway.client() as client:
            client.ask("MAIL FROM:<ann@sender.example>")
            client.ask("RCPT TO:<victim%elsewhere.example@example.org>")
            client.ask("RCPT TO:<@relay.example:bob@example.org>")
            client.ask("DATA")
        self.assertFalse([c for c in server.commands if "@elsewhere" in c or "@relay" in c])

    def test_case_and_trailing_forms_of_our_own_domain(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        for address in ("Bob@EXAMPLE.ORG", '"bob smith"@example.org', "postmaster@example.org"):
            with self.subTest(address):
                self.assertCode(gateway.send(compose(), recipients=[address]), 250)

    def test_the_outbound_listener_serves_its_clients_only(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, listener={
            "role": "outbound", "clients": ["127.7.0.0/16"]},
            changes={"outbound": {"relay": [f"127.0.0.1:{server.port}"]}}))
        self.assertClass(gateway.send(compose(), recipients=["x@elsewhere.example"]), 5)
        self.assertCode(gateway.send(compose(), recipients=["x@elsewhere.example"],
                                     source="127.7.1.2"), 250)
        self.assertEqual(server.wait_for(1)[0].recipients, ["x@elsewhere.example"])


class Commands(Case):
    def test_answers_that_give_nothing_away(self):
        gateway = self.open(Gateway())
        with gateway.client() as client:
            self.assertCode(client.ask("VRFY bob"), 252)
            self.assertClass(client.ask("EXPN staff"), 5)
            self.assertIn(client.ask("HELP")[0], (214, 502))
            self.assertCode(client.ask("NOOP x"), 250)
            self.assertCode(client.ask("RSET"), 250)
            self.assertCode(client.ask("DATA"), 503)
            self.assertCode(client.ask("RCPT TO:<bob@example.org>"), 503)
            self.assertClass(client.ask("FROB"), 5)
            self.assertCode(client.ask("QUIT"), 221)
            self.assertTrue(client.is_closed())

    def test_size_is_refused_at_mail_and_in_data(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, changes={"limits": {"message": "100 KiB"}}))
        with gateway.client() as client:
            self.assertIn("SIZE 102400", client.ehlo()[1])
            self.assertCode(client.ask("MAIL FROM:<a@sender.example> SIZE=200000"), 552)
            self.assertCode(client.transact("a@sender.example", ["bob@example.org"],
                                            compose(size=200_000)), 552)
            self.assertCode(client.transact(*PLAIN), 250)
        self.assertEqual(server.count, 1)

    def test_everything_pipelined_in_one_write(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        client = self.open(Client(gateway.port))
        one = (b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<bob@example.org>\r\n"
               b"RCPT TO:<nobody@else>\r\nDATA\r\n")
        client.send(b"EHLO x.example\r\n" + one)
        self.assertEqual([client.reply()[0] for _ in range(5)], [250, 250, 250, 550, 354])
        client.send(compose() + b".\r\n" + one)
        self.assertEqual([client.reply()[0] for _ in range(5)], [250, 250, 250, 550, 354])
        client.send(compose(marker="two") + b".\r\nQUIT\r\n")
        self.assertEqual([client.reply()[0] for _ in range(2)], [250, 221])
        self.assertEqual(server.wait_for(2)[1].recipients, ["bob@example.org"])

    def test_http_is_cut_and_junk_ends(self):
        gateway = self.open(Gateway())
        for verb in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n"):
            client = self.open(Client(gateway.port))
            client.send(verb)
            self.assertTrue(client.is_closed())
        with gateway.client() as client:
            codes = []
            try:
                for _ in range(40):
                    codes.append(client.ask("BLAH")[0])
            except (EOFError, OSError):
                pass
        self.assertEqual(codes[-1], 421)
        self.assertLessEqual(len(codes), 25)

    def test_commands_are_not_run_from_refused_data(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port))
        with gateway.client() as client:
            client.envelope("a@sender.example", ["bob@example.org"])
            inner = b"MAIL FROM:<evil@sender.example>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
            client.send(b"BDAT %d LAST\r\n" % (len(inner) + 6) + b"bare\n\n" + inner)
            self.assertClass(client.reply(), 5)
            self.assertCode(client.ask("NOOP"), 250)
        self.assertEqual(server.count, 0)


class Tls(Case):
    def test_starttls_sni_and_renewal_without_restart(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, start=False))
        first = make_certificate(gateway.folder, "mx.test.example")
        second = make_certificate(gateway.folder, "mx.other.example")
        gateway.configuration["listeners"][0]["tls"] = [
            {"certificate": str(c), "key": str(k)} for c, k in (first, second)]
        gateway.write()
        gateway.start()
        self.assertEqual(self.name_seen(gateway, first[0], "mx.test.example"), "mx.test.example")
        self.assertEqual(self.name_seen(gateway, second[0], "mx.other.example"), "mx.other.example")
        with gateway.client() as client:
            client.start_tls()
            self.assertNotIn("STARTTLS", client.ehlo()[1])
            self.assertCode(client.transact(*PLAIN), 250)
        self.assertIn(b"ESMTPS", server.wait_for(1)[0].data)
        (gateway.folder / "new").mkdir()
        for new, old in zip(make_certificate(gateway.folder / "new", "mx.test.example"), first):
            shutil.copy(new, old)
        gateway.reload()
        wait_until(lambda: self.trusts(gateway, first[0]), what="the renewed certificate")

    def name_seen(self, gateway, authority, name):
        context = ssl.create_default_context(cafile=str(authority))
        with gateway.client() as client:
            client.start_tls(context, name)
            return dict(x[0] for x in client.socket.getpeercert()["subject"])["commonName"]

    def trusts(self, gateway, authority):
        try:
            return self.name_seen(gateway, authority, "mx.test.example")
        except ssl.SSLError:
            return False

    def test_bytes_after_starttls_drop_the_connection(self):
        gateway = self.open(Gateway(start=False))
        certificate, key = make_certificate(gateway.folder, "mx.test.example")
        gateway.configuration["listeners"][0]["tls"] = {"certificate": str(certificate),
                                                        "key": str(key)}
        gateway.write()
        gateway.start()
        with gateway.client() as client:
            client.send(b"STARTTLS\r\nMAIL FROM:<injected@sender.example>\r\n")
            try:
                client.reply()
            except EOFError:
                pass
            self.assertTrue(client.is_closed())

    def test_tls_to_the_next_hop(self):
        folder = self.open(Gateway(start=False)).folder
        certificate, key = make_certificate(folder, "localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = self.open(InternalServer(tls=context))
        for use, passes in (("opportunistic", True), ("required", True), ("verified", False)):
            with self.subTest(use):
                gateway = self.open(Gateway(listener={"on_next_hop_failure": "pass"}, domain={
                    "next_hop": {"servers": [f"127.0.0.1:{server.port}"], "tls": use}}))
                before = server.count
                reply = gateway.send(compose())
                self.assertEqual(reply[0] == 250, passes, reply)
                self.assertEqual(server.count - before, int(passes))
        self.assertTrue(all(m.is_tls for m in server.accepted))
        plain = self.open(InternalServer())
        gateway = self.open(Gateway(listener={"on_next_hop_failure": "pass"}, domain={
            "next_hop": {"servers": [f"127.0.0.1:{plain.port}"], "tls": "required"}}))
        self.assertClass(gateway.send(compose()), 4)
        self.assertEqual(plain.count, 0)


class SpeakingForOthers(Case):
    def test_xclient_from_listed_hosts_only(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, listener={"xclient": ["127.5.0.0/16"]}))
        with gateway.client() as client:
            self.assertClass(client.ask("XCLIENT ADDR=192.0.2.9"), 5)
        with gateway.client(source="127.5.0.1") as client:
            self.assertIn("XCLIENT", client.ehlo()[1])
            self.assertCode(client.ask("XCLIENT ADDR=192.0.2.9 NAME=far.example HELO=far.example"),
                            220)
            client.ehlo("far.example")
            self.assertCode(client.transact(*PLAIN), 250)
        self.assertIn(b"192.0.2.9", server.wait_for(1)[0].data)

    def test_xclient_is_passed_on_where_offered(self):
        server = self.open(InternalServer(extensions=("PIPELINING", "XCLIENT ADDR NAME HELO")))
        gateway = self.open(Gateway(server.port))
        self.assertCode(gateway.send(compose(), source="127.4.3.2"), 250)
        self.assertIn("ADDR=127.4.3.2", server.wait_for(1)[0].xclient)

    def test_proxy_headers_from_listed_hosts_only(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, start=False,
                                    listener={"proxy_protocol": ["127.6.0.0/16"]}))
        gateway.start(wait=False)
        wait_until(lambda: self.is_up(gateway), 30)
        version_2 = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", 12)
                     + ipaddress.ip_address("192.0.2.8").packed
                     + ipaddress.ip_address("127.0.0.1").packed + struct.pack(">HH", 4000, 25))
        for header, address in ((b"PROXY TCP4 192.0.2.7 127.0.0.1 4000 25\r\n", "192.0.2.7"),
                                (version_2, "192.0.2.8")):
            client = self.open(Client(gateway.port, source="127.6.0.1", greet=False))
            client.send(header)
            self.assertCode(client.reply(), 220)
            client.ehlo()
            message = compose(marker=address)
            self.assertCode(client.transact(PLAIN[0], PLAIN[1], message), 250)
            self.assertIn(address.encode(), server.accepted[-1].data)
        client = self.open(Client(gateway.port))
        self.assertCode(client.greeting, 220)
        self.assertClass(client.ask("PROXY TCP4 192.0.2.7 127.0.0.1 4000 25"), 5)

    @staticmethod
    def is_up(gateway):
        try:
            with Client(gateway.port, timeout=5) as client:
                return client.greeting[0] == 220
        except (OSError, EOFError):
            return False


class LineEnds(Case):
    def test_bare_line_ends_are_refused_or_mended(self):
        server = self.open(InternalServer())
        for listed in ([], ["127.0.0.0/8"]):
            gateway = self.open(Gateway(server.port, listener={"normalise": listed}))
            for bad in (b"a\nb\r\n", b"a\rb\r\n", b"a\n.\nb\r\n", b"a\r\n.\nb\r\n",
                        b"\n.\r\nb\r\n"):
                with self.subTest(bad=bad, listed=bool(listed)), gateway.client() as client:
                    client.envelope("a@sender.example", ["bob@example.org"])
                    client.ask("DATA")
                    client.send(b"Subject: x\r\n\r\n" + bad + b"\r\n.\r\n")
                    reply = client.reply()
                    if listed:
                        self.assertCode(reply, 250)
                    else:
                        self.assertCode(reply, 550, "5.6.11")
                    self.assertCode(client.ask("NOOP"), 250)
        for message in server.accepted:
            left = message.data.replace(b"\r\n", b"")
            self.assertFalse(b"\r" in left or b"\n" in left)

    def test_a_next_hop_of_a_later_time_gets_the_same_bytes(self):
        server = self.open(InternalServer())
        server.stop()
        gateway = self.open(Gateway(server.port))
        sent = compose(body=".\r\n..\r\n.leading\r\n")
        self.assertCode(gateway.send(sent), 250)
        time.sleep(0.1)
        server.start()
        self.assertIsNone(difference(sent, server.wait_for(1, 40)[0].data))


if __name__ == "__main__":
    main()
