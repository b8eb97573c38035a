#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lists that are groups of a real directory (slapd), and accounts that it no longer has."""
import copy

from support import Case, InternalServer, compose, main, skip, wait_until
from support.directory import BASE, Directory
from support.dns import Unbound
from support.outbound import Sender

RECORDS = ["far.test. 60 IN MX 10 mx.far.test.", "mx.far.test. 60 IN A 127.0.0.11"]
POLICY = {"layers": ["recipients", "forward", "rosters", "habit"], "rules": []}
PEOPLE = ["ann@example.org", "bob@example.org"]


def group(name, *lines):
    """An entry with an address of its own."""
    return "\n".join([f"dn: cn={name},{BASE}", "objectClass: extensibleObject",
                      f"mail: {name}@example.org", *lines, ""]) + "\n"


def by_name(*people):
    return ["objectClass: groupOfNames", *(f"member: uid={one},{BASE}" for one in people)]


def by_value(*people):
    return ["objectClass: nisMailAlias", *(f"rfc822MailMember: {one}" for one in people)]


GROUPS = (group("staff", *by_name("u0", "u1", "gone"))
          + group("friends", *by_value("ann@example.org", "eve@example.org", "x@far.test"))
          + group("unique", "objectClass: groupOfUniqueNames", f"uniqueMember: uid=u0,{BASE}"))
STAFF = ("staff@example.org", f"uid=gone,{BASE}", "missing")


class Lists(Case):
    def setUp(self):
        if not Directory.program() or not Unbound.program():
            skip("slapd or unbound is not installed")
        dns = self.open(Unbound(RECORDS))
        inside = self.open(InternalServer())
        self.directory = self.open(Directory(PEOPLE, more=GROUPS))
        source = {"ldap": "staff", "every": "1 s"}
        self.gate = self.open(Sender(
            dns.address, next_hop=inside.port, policy=copy.deepcopy(POLICY),
            domain={"recipients": {"ldap": "staff"}},
            changes={"ldap": [self.directory.settings()],
                     "layers": {"rosters": {"directories": [source]}}}))
        self.far = self.open(InternalServer(port=self.gate.outside, address="127.0.0.11"))

    def told(self):
        return {(f["list"], f["member"], f["what"]): f["source"]
                for f in self.gate.json("account", "lists")["findings"]}

    def wait_for(self, *findings):
        wait_until(lambda: all(one in self.told() for one in findings), 30,
                   f"{findings} in {self.told()}")

    def conditions(self):
        return self.gate.run("health").stdout + self.gate.run("health").stderr


class Groups(Lists):
    def test_groups_by_name_and_by_value_are_lists_and_what_is_careless_is_told(self):
        outside = ("friends@example.org", "x@far.test", "outside")
        missing = ("friends@example.org", "eve@example.org", "missing")
        self.wait_for(STAFF, outside, missing)
        told = self.told()
        self.assertEqual(set(told), {STAFF, outside, missing})
        self.assertEqual(set(told.values()), {"directory staff"})
        mail = compose(sender="staff@example.org", marker="list")
        self.assertCode(self.gate.post(mail, ["y@far.test"], "staff@example.org"), 250)
        row = str(self.gate.history("--recipient", "y@far.test"))
        self.assertIn("rosters.list", row)

    def test_a_change_in_the_directory_counts_after_a_while(self):
        self.wait_for(STAFF)
        self.directory.offline("modify", f"dn: cn=staff,{BASE}\nchangetype: modify\n"
                               f"delete: member\nmember: uid=gone,{BASE}\n")
        self.directory.offline("add", group("new", *by_value("z@far.test")))
        self.wait_for(("new@example.org", "z@far.test", "outside"))
        self.assertNotIn(STAFF, self.told())

    def test_while_the_directory_is_away_what_it_said_counts(self):
        self.wait_for(STAFF)
        before = self.told()
        self.directory.kill()
        wait_until(lambda: "lists of the directory staff cannot be read" in self.conditions(), 30,
                   "the condition")
        self.assertEqual(self.told(), before)
        self.directory.offline("add", group("new", *by_value("z@far.test")))
        self.directory.start()
        self.wait_for(("new@example.org", "z@far.test", "outside"), STAFF)
        wait_until(lambda: "lists of the directory" not in self.conditions(), 30, "its end")
        self.assertIn("lists of the directory staff can be read again", self.gate.log())

    def test_a_frozen_directory_keeps_no_mail_waiting(self):
        self.wait_for(STAFF)
        self.directory.freeze()
        wait_until(lambda: "lists of the directory staff cannot be read" in self.conditions(), 30,
                   "the condition")
        mail = compose(sender="ann@example.org", marker="frozen")
        self.assertCode(self.gate.post(mail, ["y@far.test"]), 250)
        self.assertEqual(self.gate.json("status")["loops"]["stalls"], 0)
        self.directory.thaw()
        wait_until(lambda: "lists of the directory" not in self.conditions(), 60, "its end")

    def test_many_lists_and_members_come_page_by_page(self):
        some = [f"p{i}@far.test" for i in range(400)]
        self.directory.offline("add", "".join(
            group(f"many{i}", *by_value(*some), *by_name(*(f"nobody{j}" for j in range(5)))[1:])
            for i in range(230)))
        wait_until(lambda: "233 lists read from the directory staff" in self.gate.log(), 60,
                   "all lists")
        found = self.gate.run("account", "lists").stdout
        self.assertIn("many0@example.org", found)
        self.assertNotIn("cannot be read", self.conditions())

    def test_lists_end_with_their_layer(self):
        self.wait_for(STAFF)
        self.gate.policy["layers"].remove("rosters")
        self.gate.reload()
        wait_until(lambda: self.told() == {}, 30, "no lists")

    def test_what_a_reload_takes_out_is_asked_no_more(self):
        self.wait_for(STAFF)
        self.directory.kill()
        wait_until(lambda: "lists of the directory" in self.conditions(), 30, "the condition")
        del self.gate.configuration["layers"]["rosters"]["directories"]
        self.gate.reload()
        wait_until(lambda: self.told() == {}, 30, "no lists")
        self.assertNotIn("lists of the directory", self.conditions())


class Accounts(Lists):
    def gone(self):
        return [(one["account"], one["gone"])
                for one in self.gate.json("account", "list", "--gone")["accounts"]]

    def send(self, *accounts):
        for account in accounts:
            mail = compose(sender=account, marker=account.partition("@")[0])
            self.assertCode(self.gate.post(mail, ["y@far.test"], account), 250)

    def test_accounts_that_the_directory_no_longer_has_are_listed(self):
        self.send("ann@example.org", "bob@example.org", "old@example.org", "staff@example.org")
        self.gate.reload()
        wait_until(lambda: self.gone() == [("old@example.org", "address")], 30, "the account")


if __name__ == "__main__":
    main()
