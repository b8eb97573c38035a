// SPDX-License-Identifier: Apache-2.0
// A gateway with an internal server behind it, in a folder of its own.
import { spawn, execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { send } from "./smtp.mjs";

const config = ({ smtp, sink, web, data }) => `hostname: mx.trial.example
listeners:
  - { name: mx, address: "127.0.0.1:${smtp}" }
domains:
  - { name: example.org, next_hop: ["127.0.0.1:${sink}"], recipients: any }
  - { name: example.jp, next_hop: ["127.0.0.1:${sink}"], recipients: any }
rate: { sessions: 10000 per 30 min }
layers:
  words:
    rules:
      - { name: "special price", where: subject, text: "特別価格", then: tag }
      - { name: "asks for passwords", where: body, pattern: "confirm\\\\s+your\\\\s+password",
          then: quarantine }
      - { name: "lottery", where: subject, text: "international lottery", then: block }
people: { digest: "mon-fri 7" }
alerts: { mail: [postmaster@example.org], report: weekly }
backup: { to: "${join(data, "backups")}" }
update: { sources: [{ name: partner, url: "/nonexistent/feed", key: "${"A".repeat(43)}=" }] }
web: { url: "http://127.0.0.1:${web}", proxies: ["127.0.0.0/8"] }
contact: { url: "https://help.example.org/mail", phone: "+81 3 0000 0000" }
`;

const fromBase64 = (text) => Buffer.from(text, "base64").toString("utf8");

/** Held together until all are known, so that none is given twice. */
const freePorts = async (count) => {
  const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", done));
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map(listening));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
};

const isOpen = (port) =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => (socket.destroy(), done(true)));
    socket.once("error", () => done(false));
  });

export class Trial {
  #processes = [];

  static async start(binary, { data, extra = "", serve = [] } = {}) {
    const trial = new Trial();
    Object.assign(trial, { binary, temporary: !data });
    trial.data = data ?? mkdtempSync(join(tmpdir(), "mailweir-pages-"));
    [trial.smtp, trial.sink, trial.web] = await freePorts(3);
    trial.config = join(trial.data, "trial.yaml");
    writeFileSync(trial.config, config(trial) + extra);
    trial.launch(
      "sink",
      "--listen",
      `127.0.0.1:${trial.sink}`,
      "--maildir",
      join(trial.data, "sink"),
    );
    trial.gateway = trial.launch(
      "serve",
      "--config",
      trial.config,
      "--data",
      trial.data,
      ...serve.map((one) => one.replace("WEB", trial.web)),
    );
    await trial.ready();
    return trial;
  }

  launch(...words) {
    const log = openSync(join(this.data, `${words[0]}.log`), "a");
    const child = spawn(this.binary, words, { stdio: ["ignore", log, log] });
    child.ended = new Promise((done) => child.once("exit", done));
    this.#processes.push(child);
    return child;
  }

  async ready() {
    for (let left = 300; left > 0; --left) {
      if (this.gateway.exitCode !== null) throw new Error(`the gateway ended; see ${this.data}`);
      if (await isOpen(this.smtp)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("the gateway did not get ready");
  }

  async restart() {
    this.gateway.kill("SIGTERM");
    await this.gateway.ended;
    this.gateway = this.launch("serve", "--config", this.config, "--data", this.data);
    await this.ready();
  }

  /** The process that serves SMTP and the API: the supervisor's child that is no other role. */
  gate() {
    const { pid } = this.gateway;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    const others = ["mailweir-scan", "mailweir-web"];
    const nameOf = (child) => readFileSync(`/proc/${child}/comm`, "utf8").trim();
    return Number(children.find((child) => !others.includes(nameOf(child))));
  }

  /** Everything in delivered mail that looks like this, mail by mail. */
  delivered(pattern) {
    const folder = join(this.data, "sink", "new");
    const texts = existsSync(folder)
      ? readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"))
      : [];
    return texts
      .flatMap((text) => [text, ...text.split(/\r?\n\r?\n/).map(fromBase64)])
      .map((text) => pattern.exec(text)?.[0])
      .filter(Boolean);
  }

  send(mails) {
    return send(this.smtp, mails);
  }

  run(...words) {
    return execFileSync(this.binary, [...words, "--data", this.data], { encoding: "utf8" });
  }

  async stop() {
    for (const child of this.#processes.reverse()) {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 20000);
      await child.ended;
      clearTimeout(late);
    }
    if (this.temporary) rmSync(this.data, { recursive: true, force: true });
  }
}
