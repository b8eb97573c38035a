#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TLS to other organisations' servers: DANE by a signed zone behind a real validating resolver,
MTA-STS by a real HTTPS server; who takes the protection away gets no mail."""
import hashlib
import itertools
import os
import ssl
import subprocess
import tempfile
from pathlib import Path

from support import CLOSE, Case, InternalServer, compose, main, skip, wait_until
from support.certificate import make_certificate
from support.dns import Unbound
from support.gateway import free_port
from support.outbound import PolicyServer, Sender
from support.signed_zone import SignedZone, programs_missing

def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def key_hash(certificate):
    """SHA-256 of the certificate's public key, as a TLSA record of selector 1 has it."""
    pem = subprocess.run(["openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"],
                         check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, check=True,
                         capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


class Tls(Case):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.outside = free_port()
        self.inside = self.open(InternalServer())

    def sender(self, dns, **settings):
        return self.open(Sender(dns, outside=self.outside, next_hop=self.inside.port,
                                changes={"delivery": {"connect": "2 s", "reply": "5 s",
                                                      "budget": "5 s", "retry": ["1 s"]}},
                                **settings))

    def server(self, certificate, address="127.0.0.11"):
        tls = server_context(*certificate) if certificate else None
        return self.open(InternalServer(port=self.outside, address=address, tls=tls))

    def assertArrives(self, gate, server, domain, is_tls):
        self.assertCode(gate.post(compose(marker=domain), [f"bob@{domain}"]), 250)
        self.assertEqual(server.wait_for(1)[0].is_tls, is_tls)
        self.assertEqual(gate.queue(), [], "straight through")

    def assertStays(self, gate, server, domain, why):
        """It waits here, after more than one attempt, and not an octet of it was told."""
        self.assertCode(gate.post(compose(marker=domain), [f"bob@{domain}"]), 250)
        row = gate.queue()[0]["id"]
        wait_until(lambda: gate.queue()[0]["attempts"] >= 1, what="a second attempt")
        self.assertEqual(server.count, 0)
        self.assertEqual(server.saw("MAIL"), [], "not even the sender is told")
        self.assertIn(why, gate.queue()[0]["last_reply"])
        return row


class Dane(Tls):
    def setUp(self):
        super().setUp()
        if missing := programs_missing() + ([] if Unbound.program() else ["unbound"]):
            skip(", ".join(missing) + " not installed")
        # Self-signed, for another name: DANE-EE wants neither authority nor name.
        self.right = make_certificate(self.folder, "anything.example")
        self.wrong = make_certificate(self.folder, "mx.far.test")

    def tlsa(self, host):
        return f"_{self.outside}._tcp.{host} IN TLSA 3 1 1 {key_hash(self.right[0])}"

    def zone(self, records=(), **how):
        return self.open(SignedZone({"far.test": ["@ IN MX 10 mx", "mx IN A 127.0.0.11",
                                                  *(records or [self.tlsa("mx")])]}, **how))

    def hosted(self, far, near, **how):
        """far.test, whose server is one of near.test, another zone."""
        return self.open(SignedZone({"far.test": far, "near.test": ["host IN A 127.0.0.11", *near]},
                                    **how)).address

    def test_the_right_certificate_gets_the_mail(self):
        gate, server = self.sender(self.zone().address), self.server(self.right)
        self.assertArrives(gate, server, "far.test", is_tls=True)

    def test_a_wrong_certificate_gets_none(self):
        gate, server = self.sender(self.zone().address), self.server(self.wrong)
        self.assertStays(gate, server, "far.test", "TLS")

    def test_a_server_that_hides_its_tls_gets_none_and_is_served_when_it_is_back(self):
        gate, server = self.sender(self.zone().address), self.server(None)
        self.assertStays(gate, server, "far.test", "STARTTLS")
        server.tls = server_context(*self.right)
        self.assertEqual(server.wait_for(1, timeout=60)[0].is_tls, True)

    def test_a_server_that_refuses_tls_or_breaks_it_off_gets_none(self):
        for answer in ("454 4.7.0 not now", CLOSE, b"220 2.0.0 go on\r\nno handshake\r\n"):
            with self.subTest(answer=answer):
                gate, server = self.sender(self.zone().address), self.server(self.right)
                server.script["starttls"] = answer
                self.assertStays(gate, server, "far.test", "")
                gate.close()
                server.close()

    def test_a_server_of_another_zone_is_bound_by_its_own_records(self):
        gate = self.sender(self.hosted(["@ IN MX 10 host.near.test."], [self.tlsa("host")]))
        self.assertStays(gate, self.server(self.wrong), "far.test", "TLS")

    def test_records_of_a_server_that_nobody_vouches_for_bind_nobody(self):
        gate = self.sender(self.hosted(["@ IN MX 10 host.near.test."], [self.tlsa("host")],
                                       unsigned=("near.test",)))
        self.assertArrives(gate, self.server(self.wrong), "far.test", is_tls=True)

    def test_a_server_that_is_an_alias_is_bound_by_the_records_of_what_it_stands_for(self):
        far, near = ["@ IN MX 10 mx", "mx IN CNAME host.near.test."], [self.tlsa("host")]
        gate, server = self.sender(self.hosted(far, near)), self.server(self.wrong)
        self.assertStays(gate, server, "far.test", "TLS")
        server.tls = server_context(*self.right)
        self.assertEqual(server.wait_for(1, timeout=60)[0].is_tls, True)

    def test_an_alias_of_a_server_that_nobody_vouches_for_is_bound_by_its_own_records(self):
        far = ["@ IN MX 10 mx", "mx IN CNAME host.near.test.", self.tlsa("mx")]
        gate = self.sender(self.hosted(far, [], unsigned=("near.test",)))
        self.assertStays(gate, self.server(self.wrong), "far.test", "TLS")

    def test_records_of_no_use_want_tls_with_anybody(self):
        unusable = f"_{self.outside}._tcp.mx IN TLSA 1 1 1 {key_hash(self.right[0])}"
        gate, server = self.sender(self.zone([unusable]).address), self.server(None)
        self.assertStays(gate, server, "far.test", "STARTTLS")
        server.tls = server_context(*self.wrong)
        self.assertEqual(server.wait_for(1, timeout=60)[0].is_tls, True)

    def test_without_signatures_the_records_bind_nobody(self):
        gate = self.sender(self.zone(unsigned=("far.test",)).address)
        self.assertArrives(gate, self.server(self.wrong), "far.test", is_tls=True)

    def test_with_wrong_signatures_nothing_is_sent(self):
        moved = self.zone(broken={"far.test": ("127.0.0.11", "127.0.0.21")})
        server = self.server(self.right)
        self.assertStays(self.sender(moved.address), server, "far.test", "not known now")

    def test_a_record_that_was_exchanged_lets_nothing_through(self):
        exchanged = self.zone(broken={"far.test": (key_hash(self.right[0]),
                                                   key_hash(self.wrong[0]))})
        server = self.server(self.wrong)
        self.assertStays(self.sender(exchanged.address), server, "far.test", "TLSA")

    def test_a_signed_domain_without_records_gets_mail_as_it_can(self):
        gate = self.sender(self.zone(["other IN A 127.0.0.9"]).address)
        self.assertArrives(gate, self.server(None), "far.test", is_tls=False)


class MtaSts(Tls):
    def setUp(self):
        super().setUp()
        if not Unbound.program():
            skip("unbound is not installed")
        if os.getuid() != 0:
            skip("port 443 of 127.0.0.77 needs root")
        self.dns = self.open(Unbound([
            "far.test. 60 IN MX 10 mx.far.test.",
            "mx.far.test. 60 IN A 127.0.0.11",
            "mta-sts.far.test. 60 IN A 127.0.0.77",
            '_mta-sts.far.test. 1 IN TXT "v=STSv1; id=1;"',
        ]))
        pages = make_certificate(self.folder, "mta-sts.far.test")
        self.right = make_certificate(self.folder, "mx.far.test")
        self.wrong = make_certificate(self.folder, "other.example")
        strange = self.folder / "strange"
        strange.mkdir()
        self.strange = make_certificate(strange, "mx.far.test")  # by an authority of nobody's
        authorities = self.folder / "authorities.pem"
        authorities.write_text(pages[0].read_text() + self.right[0].read_text()
                               + self.wrong[0].read_text())
        self.pages = self.open(PolicyServer("127.0.0.77", *pages, self.policy("enforce")))
        self.gate = self.sender(self.dns.address,
                                environment={"SSL_CERT_FILE": str(authorities)})

    @staticmethod
    def policy(mode, mx="mx.far.test"):
        return f"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: 86400\r\n"

    def test_the_right_certificate_gets_the_mail_and_the_policy_is_kept(self):
        self.assertArrives(self.gate, self.server(self.right), "far.test", is_tls=True)
        self.assertCode(self.gate.post(compose(), ["bob@far.test"]), 250)
        self.assertEqual(self.pages.asked, 1)
        kept = self.gate.data / "mta-sts" / "far.test"
        wait_until(kept.exists, what="the policy on disk")
        self.assertIn("mode: enforce", kept.read_text())

    def test_a_wrong_certificate_gets_none(self):
        self.assertStays(self.gate, self.server(self.wrong), "far.test", "TLS")

    def test_a_server_that_hides_its_tls_gets_none(self):
        self.assertStays(self.gate, self.server(None), "far.test", "STARTTLS")

    def test_a_certificate_of_an_unknown_authority_gets_none(self):
        self.assertStays(self.gate, self.server(self.strange), "far.test", "TLS")

    def test_a_connection_that_was_kept_is_not_used_when_the_policy_asks_for_more(self):
        self.pages.text = self.policy("testing")
        server = self.server(self.wrong)
        self.assertArrives(self.gate, server, "far.test", is_tls=True)
        self.pages.text = self.policy("enforce")
        self.dns.kill()
        self.dns.replace("id=1;", "id=2;")
        self.dns.start()

        numbers = itertools.count()

        def is_bound():
            message = compose(marker=f"mail{next(numbers)}")
            self.assertCode(self.gate.post(message, ["bob@far.test"]), 250)
            return self.pages.asked == 2
        wait_until(is_bound, what="the new policy")
        self.assertIn("TLS", self.gate.queue()[0]["last_reply"])
        self.assertEqual(len(self.gate.queue()), 1)

    def test_a_server_that_the_policy_does_not_name_gets_none(self):
        self.pages.text = self.policy("enforce", "*.elsewhere.test")
        self.assertStays(self.gate, self.server(self.right), "far.test", "MTA-STS")

    def test_a_policy_in_testing_stops_nothing_and_is_told(self):
        self.pages.text = self.policy("testing")
        self.assertArrives(self.gate, self.server(self.wrong), "far.test", is_tls=True)
        wait_until(lambda: "MTA-STS of far.test is in testing" in self.gate.log(),
                   what="a line of the log")

    def test_who_hides_a_known_policy_gains_nothing(self):
        server = self.server(self.right)
        self.assertArrives(self.gate, server, "far.test", is_tls=True)
        kept = self.gate.data / "mta-sts" / "far.test"
        wait_until(kept.exists, what="the policy on disk")
        self.gate.stop()
        self.pages.close()
        server.tls = None
        self.gate.start()
        self.assertCode(self.gate.post(compose(), ["bob@far.test"]), 250)
        wait_until(lambda: self.gate.queue()[0]["attempts"] >= 1, what="a second attempt")
        self.assertEqual(server.count, 1)


if __name__ == "__main__":
    main()
