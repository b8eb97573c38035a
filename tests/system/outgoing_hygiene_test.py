#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reports of others are summed up, careless lists named, what leaves is judged for what it is."""
import base64
import gzip
import json
import time

from support import Case, InternalServer, compose, main, skip
from support.dns import Unbound
from support.outbound import Sender

RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11"]
POLICY = {
    "layers": ["intent", "composition", "recipients", "forward", "rosters", "habit", "sender",
               "outgoing", "bounce", "reports"],
    "rules": [{"when": "outgoing.bad_link", "then": "quarantine"},
              {"when": "outgoing.excess", "then": "reject"}],
}
REPORTS = {"addresses": ["dmarc@example.org"], "must_be_proven": False}


def aggregate(number, rows, domain="example.org"):
    text = "".join(f"<record><row><source_ip>{ip}</source_ip><count>{count}</count>"
                   "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"
                   "<spf>fail</spf></policy_evaluated></row></record>" for ip, count in rows)
    begin = int(time.time()) - 86400
    return (f"<?xml version='1.0'?><feedback><report_metadata><org_name>far</org_name>"
            f"<report_id>{number}</report_id><date_range><begin>{begin}</begin></date_range>"
            f"</report_metadata><policy_published><domain>{domain}</domain></policy_published>"
            f"{text}</feedback>").encode()


def bringing(octets, name, kind="application/gzip", marker="report"):
    encoded = base64.encodebytes(octets).decode().replace("\n", "\r\n")
    return compose(subject="Report Domain: example.org", marker=marker,
                   extra=f"MIME-Version: 1.0\r\nContent-Type: {kind}; name=\"{name}\"\r\n"
                         f"Content-Disposition: attachment; filename=\"{name}\"\r\n"
                         "Content-Transfer-Encoding: base64\r\n", body=encoded)


ABUSE = (b"From: <far@far.test>\r\nTo: <dmarc@example.org>\r\nSubject: abuse\r\n"
         b"Message-ID: <arf@far.test>\r\nMIME-Version: 1.0\r\n"
         b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
         b"--b\r\n\r\nhello\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
         b"Feedback-Type: abuse\r\nUser-Agent: Loop/1\r\nVersion: 1\r\nSource-IP: 192.0.2.9\r\n\r\n"
         b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: <ann@example.org>\r\n"
         b"Message-ID: <1@example.org>\r\n\r\nx\r\n--b--\r\n")


class Hygiene(Case):
    def setUp(self):
        if not Unbound.program():
            skip("unbound is not installed")
        self.dns = self.open(Unbound(RECORDS))
        self.inside = self.open(InternalServer())

    def gateway(self, layers=None, outbound=None):
        self.gate = self.open(Sender(self.dns.address, next_hop=self.inside.port, policy=POLICY,
                                     changes={"layers": {"reports": REPORTS, **(layers or {})}},
                                     outbound=outbound))
        self.far = self.open(InternalServer(port=self.gate.outside, address="127.0.0.11"))
        return self.gate

    def reported(self, message):
        self.assertCode(self.gate.send(message, recipients=["dmarc@example.org"]), 250)


class Reports(Hygiene):
    def test_reports_are_summed_up_once_and_outlive_a_restart(self):
        gate = self.gateway()
        one = gzip.compress(aggregate(1, [("192.0.2.1", 3), ("2001:db8::1", 2)]))
        self.reported(bringing(one, "far!example.org!1!2.xml.gz"))
        self.reported(bringing(one, "far!example.org!1!2.xml.gz", marker="again"))
        self.reported(bringing(aggregate(2, [("192.0.2.1", 4)]), "far!example.org!1!2.xml",
                               "text/xml", "two"))
        rows = gate.json("report", "sources")["rows"]
        self.assertEqual([(r["source"], r["mails"], r["dkim"], r["spf"]) for r in rows],
                         [("192.0.2.1", 7, 7, 0), ("2001:db8::1", 2, 2, 0)])
        self.assertIn("reports.repeated", str(gate.history("--recipient", "dmarc@example.org")))
        gate.stop()
        gate.start()
        self.assertEqual(gate.json("report", "sources")["rows"], rows)
        self.assertEqual(len(gate.json("report", "received")["reports"]), 2)

    def test_broken_ones_and_those_of_others_are_told_and_count_nowhere(self):
        gate = self.gateway()
        broken = {"cut": gzip.compress(aggregate(3, [("192.0.2.1", 3)]))[:80],
                  "none": b"no gzip at all",
                  "other": gzip.compress(aggregate(4, [("192.0.2.1", 3)], "other.test"))}
        for marker, octets in broken.items():
            self.reported(bringing(octets, "far!example.org!1!2.xml.gz", marker=marker))
        self.assertEqual(gate.json("report", "sources")["rows"], [])
        received = gate.json("report", "received")["reports"]
        self.assertEqual([bool(r["error"]) for r in received], [True] * 3)

    def test_tls_and_abuse_reports_are_tied_to_domain_and_account(self):
        gate = self.gateway()
        day = time.strftime("%Y-%m-%d", time.gmtime())
        tls = {"organization-name": "far", "report-id": "t1",
               "date-range": {"start-datetime": day + "T00:00:00Z"},
               "policies": [{"policy": {"policy-type": "sts", "policy-domain": "example.org"},
                             "summary": {"total-successful-session-count": 5,
                                         "total-failure-session-count": 2},
                             "failure-details": [{"result-type": "certificate-expired",
                                                  "failed-session-count": 2}]}]}
        self.reported(bringing(gzip.compress(json.dumps(tls).encode()), "tls.json.gz",
                               "application/tlsrpt+gzip"))
        row = gate.json("report", "tls")["rows"][0]
        self.assertEqual((row["day"], row["failed"], row["why"]),
                         (day, 2, "certificate-expired 2"))
        self.reported(ABUSE)
        self.assertEqual(gate.json("report", "abuse")["rows"], [])
        self.assertIn("reports.unknown", str(gate.history("--recipient", "dmarc@example.org")))
        sent = compose(sender="ann@example.org", recipient="bob@far.test", marker="1")
        self.assertCode(gate.post(sent.replace(b"<1@sender.example>", b"<1@example.org>"),
                                  ["bob@far.test"], "ann@example.org"), 250)
        self.reported(ABUSE)
        row = gate.json("report", "abuse")["rows"][0]
        self.assertEqual((row["account"], row["source"]), ("ann@example.org", "192.0.2.9"))


    def test_a_complaint_about_mail_that_was_sent_on_names_who_did(self):
        gate = self.gateway()
        self.assertCode(gate.send(compose(marker="in")), 250)
        message = self.inside.wait_for(1)[-1].data
        self.assertCode(gate.post(message, ["y@far.test"], "ann@sender.example"), 250)
        self.reported(ABUSE.replace(b"ann@example.org", b"ann@sender.example")
                      .replace(b"<1@example.org>", b"<in@sender.example>"))
        row = gate.json("report", "abuse")["rows"][0]
        self.assertEqual((row["account"], row["alias"], row["list"]), ("", "bob@example.org", ""))
        sent = compose(sender="ann@example.org", recipient="crew@example.org", marker="crew")
        self.assertCode(gate.post(sent, ["y@far.test"], "crew-bounces@example.org"), 250)
        self.reported(ABUSE.replace(b"<1@example.org>", b"<crew@sender.example>"))
        row = gate.json("report", "abuse")["rows"][0]
        self.assertEqual((row["account"], row["alias"], row["list"]),
                         ("ann@example.org", "", "crew@example.org"))


def bounce_of(marker, recipient):
    """A bounce of RFC 3464 about a mail that somebody here wrote."""
    return compose(
        subject="Undelivered Mail", sender="mailer-daemon@far.test", marker="back-" + marker,
        extra="MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
              "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        body="--b\r\nContent-Type: message/delivery-status\r\n\r\n"
             "Reporting-MTA: dns; mx.far.test\r\n"
             f"\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
             "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
             f"Message-ID: <{marker}@sender.example>\r\n--b--\r\n")


class Bounces(Hygiene):
    def test_they_count_for_account_or_list_and_who_writes_there_again_is_told_of(self):
        gate = self.gateway()

        def leaves(marker, sender):
            message = compose(sender="ann@example.org", recipient="x@far.test", marker=marker)
            self.assertCode(gate.post(message, ["x@far.test"], sender), 250)

        def comes_back(marker, to):
            self.assertCode(gate.send(bounce_of(marker, "x@far.test"), sender="", recipients=[to]),
                            250)
            return [fact["detail"] for row in gate.history("--recipient", to)
                    for fact in row["findings"] if fact["name"] == "bounce.returned"]

        leaves("crew", "crew-bounces@example.org")
        self.assertEqual(comes_back("crew", "crew-bounces@example.org"), ["crew@example.org"])
        leaves("one", "ann@example.org")
        self.assertEqual(comes_back("one", "ann@example.org"), ["ann@example.org"])
        for number in range(3):
            leaves(f"again-{number}", "ann@example.org")
        gate.stop()
        gate.start()
        [bounces] = [(one["bounces"], one["written_again"])
                     for one in gate.json("account", "list", "--all")["accounts"]
                     if one["account"] == "ann@example.org"]
        self.assertEqual(bounces, (1, 3))


class Lists(Hygiene):
    def test_careless_lists_are_named_by_file_and_else_inferred(self):
        self.gateway()
        gate = self.gate
        aliases = gate.folder / "aliases"
        aliases.write_text("staff: bob, x@far.test\ninfo: staff, x@far.test\na: b\nb: a\n")
        gate.configuration["layers"]["rosters"] = {
            "files": [{"path": str(aliases), "domain": "example.org"}]}
        gate.stop()
        gate.write()
        gate.start()
        told = {(f["list"], f["member"], f["what"]): f
                for f in gate.json("account", "lists")["findings"]}
        self.assertEqual(sorted(told), [("a@example.org", "", "circle"),
                                        ("b@example.org", "", "circle"),
                                        ("info@example.org", "x@far.test", "outside"),
                                        ("info@example.org", "x@far.test", "repeated"),
                                        ("staff@example.org", "x@far.test", "outside"),
                                        ("staff@example.org", "x@far.test", "repeated")])
        self.assertTrue(all(f["source"] == str(aliases) for f in told.values()))
        arrived = compose(marker="in")
        self.assertCode(gate.send(arrived), 250)
        message = self.inside.wait_for(1)[-1].data
        self.assertCode(gate.post(message, ["y@far.test"], "ann@sender.example"), 250)
        inferred = [f for f in gate.json("account", "lists")["findings"] if f["is_inferred"]]
        self.assertEqual([(f["list"], f["member"], f["source"]) for f in inferred],
                         [("bob@example.org", "y@far.test", "inferred")])


class Content(Hygiene):
    def test_bad_links_are_held_and_excess_is_refused(self):
        gate = self.gateway(layers={"outgoing": {"excess": 2}})
        fine = compose(sender="ann@example.org", marker="fine")
        self.assertCode(gate.post(fine, ["bob@far.test"]), 250)
        self.assertEqual(self.far.count, 1)
        bad = compose(sender="ann@example.org", marker="bad",
                      body="Look at http://www.p\u0430yp\u0430l.com/ now.\r\n",
                      extra="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: 8bit\r\n")
        self.assertCode(gate.post(bad, ["bob@far.test"]), 250)
        self.assertEqual([row["reason"] for row in gate.quarantine()], ["outgoing.bad_link"])
        loud = compose(sender="ann@example.org", marker="loud", subject="BUY THIS WONDERFUL THING",
                       body="BUY NOW AND SAVE A LOT OF MONEY TODAY!!!!!!!!!!!!!!!!!!!!\r\n" * 20)
        reply = gate.post(loud, ["bob@far.test"])
        self.assertCode(reply, 550)
        self.assertEqual(self.far.count, 1)


class Pairs(Hygiene):
    def test_who_sends_as_whom_is_listed_and_approved(self):
        gate = self.gateway()
        office = compose(sender="office@example.org", marker="office")
        self.assertCode(gate.post(office, ["bob@far.test"]), 250)
        pairs = gate.json("account", "pairs")["pairs"]
        self.assertEqual([(p["account"], p["address"], p["mails"]) for p in pairs],
                         [("ann@example.org", "office@example.org", 1)])
        gate.policy["rules"].append({"when": "sender.not_yours", "then": "reject"})
        gate.configuration["layers"]["sender"] = {"approval": True}
        gate.stop()
        gate.write()
        gate.start()
        again = compose(sender="office@example.org", marker="again")
        self.assertCode(gate.post(again, ["bob@far.test"]), 550)
        pair = ("ann@example.org", "office@example.org")
        self.assertEqual(gate.run("account", "approve", *pair).returncode, 0)
        self.assertCode(gate.post(again, ["bob@far.test"]), 250)
        self.assertEqual(gate.json("account", "pairs")["pairs"], [])
        self.assertEqual(gate.run("account", "disapprove", *pair).returncode, 0)
        self.assertCode(gate.post(compose(sender="office@example.org", marker="last"),
                                  ["bob@far.test"]), 550)


if __name__ == "__main__":
    main()
