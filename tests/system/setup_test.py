#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The first run in a browser: from a one-time link to mail that flows, and what files decide."""
import json
import re

from support import Browser, free_port, hidden, main, wait_until
from support.web import WebCase


class Setup(WebCase):
    def test_the_first_run_leads_from_a_link_to_mail(self):
        gateway, browser = self.site(domains=None, policy=None)
        self.assertIn("<code>mailweir setup --link</code>", browser.get("/sign-in").text)
        self.assertIn("まだ誰も", browser.get("/sign-in?lang=ja").text)
        browser.cookies.clear()
        url = self.mailweir(gateway, "setup", "--link").strip()
        self.assertTrue(url.startswith(f"http://127.0.0.1:{browser.port}/setup?token="), url)
        link = url[url.index("/setup"):]
        self.assertEqual(browser.get("/setup?token=l_wrong").status, 404)
        for _ in range(3):  # who follows every link changes nothing
            form = browser.get(link, Accept_Language="ja")
        self.assertIn("管理者のアカウント", form.text)
        token = hidden(form.text, "token")
        secret = "a long first password"
        short = browser.post("/setup", {"token": token, "name": "root", "password": "x",
                                        "again": "x"})
        self.assertEqual(short.status, 422)
        made = browser.post("/setup", {"token": token, "name": "root", "password": secret,
                                       "again": secret})
        self.assertEqual((made.status, made.headers["location"]), (303, "/setup/domain"), made)
        self.assertIn("is set up", Browser(browser.port).get(link).text, "the link is void")
        self.assertNotIn("setup --link", Browser(browser.port).get("/sign-in").text)
        self.try_internal_server(gateway, browser)
        self.assertIn("mx 127.0.0.1", browser.get("/setup/certificate").text
                      .replace("</strong> <span>", " "))
        self.assertIn("No DNS server answers", browser.get("/setup/dns").text)
        lists = browser.get("/setup/lists")
        self.assertIn("Spamhaus", lists.text)
        csrf = hidden(lists.text, "csrf")
        kept = browser.post("/setup/lists", {"csrf": csrf, "psbl.surriel.com": "1"})
        self.assertEqual(kept.headers.get("location"), "/setup/preset", kept)
        self.go_back(browser, csrf)
        self.assertIn('name="psbl.surriel.com" value="1" checked', browser.get("/setup/lists").text)
        kept = browser.post("/setup/preset", {"csrf": csrf, "preset": "observe"})
        self.assertEqual(kept.headers.get("location"), "/setup/message", kept)
        sent = browser.post("/setup/message", {"csrf": csrf, "to": "bob@example.org"})
        self.assertIn("The message was accepted", sent.text)
        wait_until(lambda: self.server.accepted, what="the test message at the internal server")
        said = self.mailweir(gateway, "history", "search", "--jsonl").splitlines()
        row, = [row for row in map(json.loads, said) if row["subject"] == "Mailweir test message"]
        self.assertLess(row["score"], 0.5, row)
        self.assertIn("example.org. IN MX 10 mx.test.example.", browser.get("/setup/done").text)
        settings = json.loads(browser.get("/api/v1/settings").text)
        self.assertEqual(settings["settings"]["preset"], "observe")
        gateway.stop()
        gateway.start()
        self.assert_mail_flows(gateway)

    def try_internal_server(self, gateway, browser):
        """The step of domain and next hop: tried, complained of, kept."""
        page = browser.get("/setup/domain")
        csrf = hidden(page.text, "csrf")
        answers = {"csrf": csrf, "domain": "example.org",
                   "next_hop": f"127.0.0.1:{self.server.port}"}
        foreign = browser.post("/setup/domain", {**answers, "csrf": "guessed"})
        self.assertEqual(foreign.status, 422, foreign)
        nowhere = browser.post("/setup/domain", {**answers, "next_hop": f"127.0.0.1:{free_port()}"})
        self.assertIn("cannot be used", nowhere.text)
        odd = browser.post("/setup/domain", {**answers, "next_hop": "a b"})
        self.assertEqual(odd.status, 422, odd)
        tested = browser.post("/setup/domain", answers)
        self.assertIn("takes mail for this domain", tested.text)
        self.assertIn("accepts every recipient", tested.text)
        kept = browser.post("/setup/domain", {**answers, "save": "1"})
        self.assertEqual(kept.headers.get("location"), "/setup/certificate", kept)

    def go_back(self, browser, csrf):
        """From the fifth step to the first: what was kept stands there, and what is mended there
        takes the place of what was wrong."""
        steps = re.search(r"<nav.*?</nav>", browser.get("/setup/preset").text, re.S)[0]
        self.assertIn('<li aria-current="step">What becomes of spam</li>', steps)
        self.assertIn('<li class="done"><a href="/setup/lists">', steps)
        self.assertRegex(steps, r'<li class="later"><a href="/setup/certificate">.*left for later')
        self.assertNotIn("/setup/message", steps, "what is to come is no way back")
        self.assertIn('href="/setup/lists">← Back</a>', browser.get("/setup/preset").text)
        again = browser.get("/setup/domain").text
        self.assertIn('name="domain" value="example.org"', again)
        self.assertIn(f'name="next_hop" value="127.0.0.1:{self.server.port}"', again)
        self.assertIn('<li class="done"><a href="/setup/lists">', again, "nothing is forgotten")
        for was, name in (("example.org", "example.net"), ("example.net", "example.org")):
            kept = browser.post("/setup/domain", {
                "csrf": csrf, "was": was, "domain": name,
                "next_hop": f"127.0.0.1:{self.server.port}", "save": "1"})
            self.assertEqual(kept.status, 303, kept)
            settings = json.loads(browser.get("/api/v1/settings").text)["settings"]
            self.assertEqual([one["name"] for one in settings["domains"]], [name])

    def test_what_a_file_decides_is_locked(self):
        gateway, browser = self.site()
        browser.post("/sign-in", self.with_account(gateway, "boss", role="administrator"))
        page = browser.get("/setup/domain")
        self.assertIn(str(gateway.config_path), page.text)
        self.assertNotIn("<form", page.text)
        csrf = json.loads(browser.get("/api/v1/session").text)["csrf"]
        answer = browser.ask("PATCH", "/api/v1/settings", '{"preset": "strict"}', X_CSRF_Token=csrf,
                             Content_Type="application/json")
        self.assertEqual(answer.status, 409, answer)
        self.assertFalse((gateway.data / "settings.json").exists())

    def test_a_user_does_not_set_anything_up(self):
        gateway, browser = self.site()
        browser.post("/sign-in", self.with_account(gateway))
        self.assertEqual(browser.get("/setup/domain").status, 403)
        self.assertEqual(browser.get("/api/v1/settings").status, 403)


if __name__ == "__main__":
    main()
