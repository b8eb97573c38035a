#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds: signed lists from a folder and from an HTTPS server, taken whole or not at all."""
import http.server
import shutil
import ssl
import threading
import time
from pathlib import Path

from support import (Case, Gateway, InternalServer, compose, free_port, main, options, wait_until)
from support.certificate import make_certificate

LINK = "Please look at http://evil.example/page today.\r\n"


class Publisher:
    """A folder that is signed, and perhaps an HTTPS server on it."""

    def __init__(self, case, folder):
        self.case, self.root = case, Path(folder)
        self.folder = self.root / "feed"
        self.folder.mkdir()
        self.key_file = self.root / "feed.key"
        done = case.command("update", "keygen", "--key", self.key_file)
        self.key = done.stdout.strip()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def sign(self, name="site"):
        return self.case.command("update", "sign", self.folder, "--key", self.key_file, "--name",
                                 name)

    def serve(self, certificate_name="127.0.0.1"):
        certificate, key = make_certificate(self.root, certificate_name)
        folder = self.folder

        class Handler(http.server.SimpleHTTPRequestHandler):
            cut = None
            asked = []

            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(folder))

            def do_GET(self):
                Handler.asked.append(self.path)
                if Handler.cut is not None:
                    self.send_response(200)
                    self.send_header("Content-Length", "100000")
                    self.end_headers()
                    self.wfile.write(b"x" * Handler.cut)
                    return
                super().do_GET()

            def log_message(self, *_):
                pass

        self.handler = Handler
        self.port = free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.case.addCleanup(self.server.server_close)
        self.case.addCleanup(self.server.shutdown)
        return certificate


class Update(Case):
    def command(self, *arguments, expect=0):
        import subprocess
        done = subprocess.run([options.mailweir, *map(str, arguments)], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, expect, done.stderr + done.stdout)
        return done

    def setUp(self):
        import tempfile
        self.folder = Path(tempfile.mkdtemp(prefix="mailweir-feed-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.publisher = Publisher(self, self.folder)
        self.server = self.open(InternalServer())

    def gateway(self, url=None, **source):
        return self.open(Gateway(self.server.port, changes={
            "update": {"sources": [{"name": "site", "url": str(url or self.publisher.folder),
                                    "key": self.publisher.key, **source}]},
            "layers": {"intent": {"spam_files": ["feed:site/bad.links"], "look_every": "1 s"}},
        }, policy={"layers": ["intent", "fingerprint", "recipients"],
                   "rules": [{"when": "intent.spam_link", "then": "reject"}]}))

    def reply(self, gateway, body=LINK):
        return gateway.send(compose(body=body))

    def test_a_folder_is_taken_in_use_and_rolled_back(self):
        self.publisher.write("bad.links", "other.example\n")
        self.publisher.sign()
        gateway = self.gateway()
        done = gateway.run("update", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)
        if "is there to be taken" in done.stdout:
            self.assertFalse((gateway.data / "feeds/site/current").exists())
        self.assertEqual(gateway.run("update").returncode, 0)
        self.assertCode(self.reply(gateway), 250)
        self.publisher.write("bad.links", "other.example\nevil.example\n")
        self.publisher.sign()
        done = gateway.run("update", "--source", "site")
        self.assertIn("is in use", done.stdout)
        self.assertCode(self.reply(gateway), 550)
        done = gateway.run("update", "rollback", "site")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertCode(self.reply(gateway), 250)
        self.assertIn("nothing new", gateway.run("update").stdout)
        self.assertCode(self.reply(gateway), 250)
        feed = gateway.json("update", "list")["feeds"][0]
        self.assertEqual((feed["name"], feed["problem"], len(feed["versions"])), ("site", "", 2))
        self.assertEqual(gateway.run("update", "rollback", "site").returncode, 1)
        self.assertEqual(gateway.run("update", "--source", "nobody").returncode, 5)

    def test_it_comes_by_itself_and_outlives_a_restart(self):
        self.publisher.write("bad.links", "evil.example\n")
        self.publisher.sign()
        gateway = self.gateway()
        wait_until(lambda: self.reply(gateway)[0] == 550, 30, "the feed in service")
        gateway.kill()
        shutil.rmtree(self.publisher.folder)
        gateway.start()
        self.assertCode(self.reply(gateway), 550)

    def test_power_fails_at_any_time_while_it_is_taken(self):
        self.publisher.write("bad.links", "evil.example\n")
        self.publisher.sign()
        gateway = self.gateway()
        self.assertEqual(gateway.run("update").returncode, 0)
        for turn in range(8):
            self.publisher.write("bad.links", f"evil.example\nn{turn}.example\n" * 5000)
            self.publisher.sign()
            asking = threading.Thread(target=gateway.run, args=("update",))
            asking.start()
            time.sleep(0.01 + turn * 0.02)
            gateway.kill()
            asking.join()
            gateway.start()
            self.assertCode(self.reply(gateway), 550)
        self.assertEqual(gateway.run("update").returncode, 0)
        text = (gateway.data / "feeds/site/current/bad.links").read_text()
        self.assertIn("n7.example", text)
        left = [p.name for p in (gateway.data / "feeds/site").iterdir()]
        self.assertEqual([n for n in left if n.startswith(".fresh-version")], [])

    def test_by_https_with_a_certificate_that_is_checked(self):
        self.publisher.write("bad.links", "evil.example\n")
        self.publisher.sign()
        certificate = self.publisher.serve()
        url = f"https://127.0.0.1:{self.publisher.port}/"
        stranger = self.gateway(url)
        done = stranger.run("update")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("certificate", done.stdout)
        self.assertNotEqual(stranger.run("health").returncode, 0)
        self.assertEqual(self.publisher.handler.asked, [], "nothing was asked of a stranger")
        gateway = self.gateway(url, ca=str(certificate))
        self.assertEqual(gateway.run("update").returncode, 0)
        self.assertCode(self.reply(gateway), 550)
        self.publisher.handler.cut = 40
        done = gateway.run("update")
        self.assertIn("cut short", done.stdout)
        self.publisher.handler.cut = None
        asked = len(self.publisher.handler.asked)
        self.publisher.write("new.addresses", "192.0.2.7\n")
        self.publisher.sign()
        self.assertEqual(gateway.run("update").returncode, 0)
        self.assertEqual(self.publisher.handler.asked[asked:], ["/index", "/new.addresses"],
                         "what did not change is not fetched again")

    def test_a_certificate_for_another_name_is_refused(self):
        self.publisher.write("bad.links", "evil.example\n")
        self.publisher.sign()
        certificate = self.publisher.serve("elsewhere.example")
        gateway = self.gateway(f"https://127.0.0.1:{self.publisher.port}", ca=str(certificate))
        done = gateway.run("update")
        self.assertEqual(done.returncode, 1)
        self.assertIn("TLS: IP address mismatch", done.stdout)

    def test_what_was_tampered_with_is_refused_and_health_says_so(self):
        self.publisher.write("bad.links", "evil.example\n")
        self.publisher.sign()
        gateway = self.gateway()
        self.assertEqual(gateway.run("update").returncode, 0)
        first = (self.publisher.folder / "index").read_text()
        self.publisher.write("bad.links", "good.example\n")
        self.publisher.sign()
        signed = (self.publisher.folder / "index").read_text()
        wrong = {
            "signature is wrong": signed.replace("date 20", "date 19"),
            "not signed": signed[:signed.index("signature")],
        }
        for words, text in wrong.items():
            (self.publisher.folder / "index").write_text(text)
            done = gateway.run("update")
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stdout)
            self.assertCode(self.reply(gateway), 550)
        self.assertIn("the feed site", gateway.run("health").stderr)
        (self.publisher.folder / "index").write_text(signed)
        self.assertEqual(gateway.run("update").returncode, 0)
        self.assertCode(self.reply(gateway), 250)
        (self.publisher.folder / "index").write_text(first)
        done = gateway.run("update")
        self.assertIn("plays again", done.stdout)
        self.assertCode(self.reply(gateway), 250)
        self.publisher.write("bad.links", "no links in here\n?\n")
        self.command("update", "sign", self.publisher.folder, "--key", self.publisher.key_file,
                     "--name", "site", expect=1)

    def test_fingerprints_go_from_node_to_node(self):
        trap = "trap@example.org"
        offer = (
            "Our pharmacy has the lowest prices on the whole continent and ships within two\r\n"
            "days. Every customer who orders before Friday gets a second package for free,\r\n"
            "without questions and without any prescription from a doctor. Thousands of happy\r\n"
            "people have ordered from us last month, and they come back again every time.\r\n")
        policy = {"layers": ["fingerprint", "traps", "recipients"],
                  "rules": [{"when": "traps.address", "then": "discard"},
                            {"when": "fingerprint.exact", "then": "reject"}]}
        here = self.open(Gateway(self.server.port, policy=policy,
                                 changes={"layers": {"traps": {"addresses": [trap]}}}))
        self.assertCode(here.send(compose(body=offer)), 250)
        self.assertCode(here.send(compose(body=offer), recipients=(trap,)), 250)
        self.assertCode(here.send(compose(body=offer)), 550)
        self.assertEqual(here.json("fingerprints", "show")["spam"], 1)
        done = here.run("fingerprints", "export", self.publisher.folder / "known.fingerprints")
        self.assertEqual(done.returncode, 0, done.stderr)
        here.stop()
        here.start()
        self.assertCode(here.send(compose(body=offer)), 550, None)
        self.publisher.write("bad.links", "evil.example\n")
        self.publisher.sign()
        there = self.gateway()
        there.policy = {**there.policy, **policy}
        there.write()
        self.assertEqual(there.run("config", "reload").returncode, 0)
        self.assertCode(there.send(compose(body=offer)), 250)
        self.assertEqual(there.run("update").returncode, 0)
        self.assertCode(there.send(compose(body=offer)), 550)
        self.assertEqual(there.json("fingerprints", "show")["spam"], 1)

    def test_rules_come_with_a_feed_and_broken_ones_go_again(self):
        def rules(word):
            self.publisher.write("house.cf", f"body HOUSE /{word}/\nscore HOUSE 20\n")
            self.publisher.sign()

        rules("nothing like it")
        policy = {"layers": ["rules", "words", "recipients"], "points": {"tag": 3.5, "block": 9},
                  "rules": [{"when": "rules.hit", "add": "weight"}]}
        gateway = self.gateway()
        self.assertEqual(gateway.run("update").returncode, 0)
        gateway.configuration["layers"] = {"rules": {"own": False,
                                                     "folders": ["feed:site/house.cf"]}}
        gateway.policy = {**gateway.policy, **policy}
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        self.assertCode(self.reply(gateway), 250)
        # An administrator is at work: what is half written must not come in force by the way.
        gateway.configuration["layers"]["words"] = {"rules": [
            {"name": "half", "where": "body", "text": "today", "then": "block"}]}
        gateway.policy["rules"].append({"when": "words.block", "then": "discard"})
        gateway.write()
        rules("evil")
        self.assertEqual(gateway.run("update").returncode, 0)
        self.assertCode(self.reply(gateway), 550)
        self.assertCode(self.reply(gateway, "Flowers today.\r\n"), 250)
        self.server.wait_for(2)
        self.assertFalse([row for row in gateway.history() if "words.block" in str(row)],
                         "the workers took what is half written")
        self.assertEqual(gateway.run("update", "rollback", "site").returncode, 0)
        self.assertCode(self.reply(gateway), 250)
        rules("(")
        self.assertEqual(gateway.run("update").returncode, 1)
        self.assertCode(self.reply(gateway), 250)
        self.assertFalse([text for text in gateway.json("status")["problems"] if "worker" in text])

    def test_a_file_that_somebody_edits_costs_no_feed_its_new_version(self):
        own = self.folder / "own.cf"
        own.write_text("body OWN /flowers/\nscore OWN 20\n")
        self.publisher.write("house.cf", "body HOUSE /nothing/\nscore HOUSE 20\n")
        self.publisher.sign()
        gateway = self.gateway()
        self.assertEqual(gateway.run("update").returncode, 0)
        gateway.configuration["layers"] = {"rules": {
            "own": False, "folders": ["feed:site/house.cf", str(own)]}}
        gateway.policy = {**gateway.policy, "layers": ["rules", "recipients"],
                          "points": {"tag": 3.5, "block": 9},
                          "rules": [{"when": "rules.hit", "add": "weight"}]}
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        own.write_text("body OWN /(/\n")
        self.publisher.write("house.cf", "body HOUSE /evil/\nscore HOUSE 20\n")
        self.publisher.sign()
        self.assertEqual(gateway.run("update").returncode, 1)
        self.assertCode(self.reply(gateway), 250)
        own.write_text("body OWN /flowers/\nscore OWN 20\n")
        self.assertEqual(gateway.run("update").returncode, 0)
        self.assertCode(self.reply(gateway), 550)

    def test_what_came_when_the_power_failed_keeps_no_gateway_from_starting(self):
        self.publisher.write("house.cf", "body HOUSE /evil/\nscore HOUSE 20\n")
        self.publisher.sign()
        gateway = self.gateway()
        self.assertEqual(gateway.run("update").returncode, 0)
        gateway.configuration["layers"] = {"rules": {"own": False,
                                                     "folders": ["feed:site/house.cf"]}}
        gateway.policy = {**gateway.policy, "layers": ["rules", "recipients"],
                          "points": {"tag": 3.5, "block": 9},
                          "rules": [{"when": "rules.hit", "add": "weight"}]}
        gateway.write()
        self.assertEqual(gateway.run("config", "reload").returncode, 0)
        self.assertCode(self.reply(gateway), 550)
        gateway.kill()
        feed = gateway.data / "feeds/site"
        good = (feed / "current").readlink().name
        bad = str(int(good) + 1)
        shutil.copytree(feed / good, feed / bad)
        (feed / bad / "house.cf").write_text("body HOUSE /(/\n")
        (feed / "trial").write_text(f"{bad} {good} 0")
        (feed / "current").unlink()
        (feed / "current").symlink_to(bad)
        gateway.start()
        self.assertCode(self.reply(gateway), 550)
        self.assertEqual((feed / "current").readlink().name, good)
        self.assertFalse((feed / bad).exists())
        self.assertIn(f"cannot start with version {bad}", gateway.log())

    def test_settings_that_cannot_be_are_complained_of(self):
        gateway = self.gateway()
        sources = gateway.configuration["update"]["sources"]
        for key, value, words in (("url", "http://x.example/", "https"), ("key", "abc", "public"),
                                  ("name", "a/b", "letters"), ("every", "1 s", "at least 1 min")):
            good = dict(sources[0])
            sources[0][key] = value
            gateway.write()
            done = self.command("config", "check", "--config", gateway.config_path, expect=6)
            self.assertIn(words, done.stderr)
            sources[0] = good
        gateway.configuration["layers"]["intent"]["spam_files"] = ["feed:site/../x"]
        gateway.write()
        done = self.command("config", "check", "--config", gateway.config_path, expect=6)
        self.assertIn("no file of a feed", done.stderr)


if __name__ == "__main__":
    main()
