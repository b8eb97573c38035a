// SPDX-License-Identifier: Apache-2.0
// What the tests live in: a gateway full of mail with its web role, accounts, a browser.
import { spawn } from "node:child_process";
import { once } from "node:events";

import { serve } from "../../../web/app/dev.mjs";
import { launch, open } from "./browser.mjs";
import { everyday, hostile, many } from "./mails.mjs";
import { Trial } from "./trial.mjs";

export const password = "correct horse battery";
const accounts = {
  user: { name: "desk", address: "desk@example.org" },
  helpdesk: { name: "helper", domain: "example.org" },
  domain: { name: "hostmaster", address: "postmaster@example.org", domain: "example.org" },
  auditor: { name: "auditor" },
  administrator: { name: "root", address: "root@example.org" },
};

/** "name=value" of each; Debian's Node 18 joins the fields and has no getSetCookie. */
function setCookies(headers) {
  const fields =
    headers.getSetCookie?.() ?? headers.get("set-cookie")?.split(/, (?=[^;,]+=)/) ?? [];
  return fields.map((one) => one.split(";")[0]);
}

export class World {
  #cookies = {};
  #newcomers = 0;

  static async make(binary, { count = 260, live = false } = {}) {
    const world = new World();
    world.trial = await Trial.start(binary, { serve: ["--web", "127.0.0.1:WEB"] });
    world.base = `http://127.0.0.1:${world.trial.web}`;
    if (live) await world.#serve();
    for (const [role, account] of Object.entries(accounts)) await world.#add(role, account);
    await world.ask("settings", { method: "PATCH", body: '{"preset":"quarantine"}' });
    await world.trial.send(many(count));
    await world.trial.send([...hostile(), ...everyday()]);
    world.browser = await launch();
    return world;
  }

  async #serve() {
    this.server = await serve(this.base, 0);
    this.base = `http://127.0.0.1:${this.server.address().port}`;
  }

  async #add(role, { name, address, domain }) {
    const words = ["user", "add", name, "--role", role, "--password-file", "-"];
    if (address) words.push("--address", address);
    if (domain) words.push("--domain", domain);
    const { binary, data } = this.trial;
    const child = spawn(binary, [...words, "--data", data], { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(`${password}\n`);
    const [code] = await once(child, "exit");
    if (code) throw new Error(`${name} has no account: ${code}`);
  }

  nameOf(role) {
    return accounts[role].name;
  }

  /** Somebody whom no other test knows, to be named where a role is: for what an account keeps. */
  async newcomer(role) {
    const name = `newcomer-${++this.#newcomers}`;
    await this.#add(role, { ...accounts[role], name, address: `${name}@example.org` });
    this.#cookies[name] = this.#signIn(name);
    return name;
  }

  /** Who of those whom the tests share keeps a language: another test's pages would speak it. */
  async spoiled() {
    const roles = Object.keys(accounts).filter((role) => this.#cookies[role]);
    const kept = await Promise.all(
      roles.map(async (role) => {
        const { value } = await this.#cookies[role];
        const headers = { authorization: `Bearer ${value}` };
        const answer = await fetch(`${this.base}/api/v1/session`, { headers });
        return (await answer.json()).account?.language ? role : "";
      }),
    );
    return kept.filter(Boolean);
  }

  /** The session's cookie, signed in once a role by the form that people use. */
  async cookie(role) {
    this.#cookies[role] ??= this.#signIn(accounts[role].name);
    return this.#cookies[role];
  }

  async #signIn(name) {
    const form = await fetch(`${this.base}/sign-in`);
    const fields = Object.fromEntries(
      [...(await form.text()).matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
        /name="([^"]*)"/.exec(input)[1],
        /value="([^"]*)"/.exec(input)?.[1] ?? "",
      ]),
    );
    const cookies = setCookies(form.headers);
    const answer = await fetch(`${this.base}/sign-in`, {
      method: "POST",
      redirect: "manual",
      headers: { cookie: cookies.join("; "), origin: this.base },
      body: new URLSearchParams({ ...fields, name, password }),
    });
    if (answer.status !== 303) throw new Error(`${name} cannot sign in: ${answer.status}`);
    const [cookieName, value] = setCookies(answer.headers).at(-1).split("=");
    return { name: cookieName, value, url: this.base };
  }

  /** A page of somebody with that role. */
  async page(role, options = {}) {
    const page = await open(this.browser, { base: this.base, ...options });
    if (role) await page.context().addCookies([await this.cookie(role)]);
    return page;
  }

  /** The API as an administrator, by a session's token as any program would use it. */
  async ask(path, options) {
    const { value } = await this.cookie("administrator");
    const response = await fetch(`${this.base}/api/v1/${path}`, {
      ...options,
      headers: { authorization: `Bearer ${value}`, "content-type": "application/json" },
    });
    return response.status === 204 ? null : response.json();
  }

  async end() {
    await this.browser?.close();
    this.server?.close();
    this.server?.closeAllConnections();
    await this.trial?.stop();
  }
}

/** A link of a digest as it was mailed. */
export async function digestPage(world) {
  for (let left = 600; left > 0; --left) {
    // Again and again: only what has been held for a while is told of.
    if (left % 50 === 0)
      await world.ask("digests", { method: "POST", body: '{"user":"desk@example.org"}' });
    const [link] = world.trial.delivered(/http\S*\/digest\?d=[\w.~-]+/);
    if (link) return new URL(link).pathname + new URL(link).search;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("no digest came");
}

/** One message page of each kind. */
export async function messagePages(world) {
  const { rows } = await world.ask("history?limit=40");
  const kinds = new Map(rows.map((row) => [row.action, row.id]));
  return [...kinds.values()].map((id) => `/message/${id}`);
}
