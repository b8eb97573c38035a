// SPDX-License-Identifier: Apache-2.0
// What the tests live in: a gateway full of mail, the pages over it, a browser.
import { serve } from "../../../web/app/dev.mjs";
import { launch, open } from "./browser.mjs";
import { everyday, hostile, many } from "./mails.mjs";
import { Trial } from "./trial.mjs";

export class World {
  #servers = [];

  static async make(binary, { count = 260 } = {}) {
    const world = new World();
    world.trial = await Trial.start(binary);
    await world.trial.send(many(count));
    await world.trial.send([...hostile(), ...everyday()]);
    world.user = await world.#serve({ role: "user", address: "desk@example.org" });
    world.administrator = await world.#serve({
      role: "administrator",
      address: "root@example.org",
    });
    world.browser = await launch();
    return world;
  }

  async #serve(account) {
    const server = await serve(this.trial.data, 0, account);
    this.#servers.push(server);
    return `http://127.0.0.1:${server.address().port}`;
  }

  /** A page of "user" or "administrator". */
  async page(role, options = {}) {
    return open(this.browser, { base: this[role], ...options });
  }

  /** The API as the gateway's own user. */
  async ask(path, options) {
    const response = await fetch(`${this.administrator}/api/v1/${path}`, options);
    return response.json();
  }

  async end() {
    await this.browser?.close();
    for (const server of this.#servers) server.close();
    for (const server of this.#servers) server.closeAllConnections();
    await this.trial?.stop();
  }
}

export const pages = {
  user: [
    "/quarantine",
    "/lists",
    "/log",
    "/preferences",
    "/help",
    "/help/outcomes",
    "/help/entries",
    "/help/outlook",
    "/help/apple-mail",
    "/help/thunderbird",
    "/help/gmail",
    "/help/roundcube",
    "/help/sieve",
  ],
  administrator: [
    "/admin",
    "/admin/search?q=lottery",
    "/admin/quarantine",
    "/admin/log",
    "/admin/queue",
    "/admin/lists",
    "/admin/layers",
    "/admin/policy",
    "/admin/domains",
    "/admin/users",
    "/admin/system",
    "/admin/audit",
  ],
};

/** One message page of each kind. */
export async function messagePages(world) {
  const { rows } = await world.ask("history?limit=40");
  const kinds = new Map(rows.map((row) => [row.action, row.id]));
  return [...kinds.values()].map((id) => `/message/${id}`);
}
