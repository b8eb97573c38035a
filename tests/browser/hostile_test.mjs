// SPDX-License-Identifier: Apache-2.0
// Mail that attacks whoever shows it: nothing runs, nothing is loaded, nothing hides.
import assert from "node:assert/strict";

import { settled, visit } from "./support/browser.mjs";
import { samples } from "./support/contract.mjs";
import { pages } from "./support/pages.mjs";
import { wordsIn } from "./support/said.mjs";
import { statistics } from "./support/statistics.mjs";
import { messagePages } from "./support/world.mjs";

async function hostileRows(world) {
  const { rows } = await world.ask("history?sender_domain=attack.example&limit=50");
  assert.ok(rows.length >= 6, "the hostile messages have come");
  return rows;
}

const untouched = async (page, where) => {
  assert.equal(await page.evaluate(() => window.hacked), undefined, where);
  const foreign = await page.evaluate(() =>
    [
      ...document.querySelectorAll(
        "#app script, #app iframe, #app object, #app img:not(.brand img)," +
          " #app base, #app [onerror], #app [onload], #app [style*=expression]",
      ),
    ].map((one) => one.outerHTML),
  );
  assert.deepEqual(foreign, [], where);
};

const poison =
  '"><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\u202Etxt\u0000' +
  "{{7*7}} ${window.hacked=1} javascript:window.hacked=1 ";
const isKept = (name, value) =>
  /^(\d{4}-\d\d-\d\dT.*|-?[\d.]+)$/.test(value) || ["csrf", "role", "job", "state"].includes(name);

/** Every text of an answer as an attacker would have it; times, numbers and states stay. */
function poisoned(value, name = "") {
  if (typeof value === "string") return isKept(name, value) ? value : poison + value;
  if (Array.isArray(value)) return value.map((one) => poisoned(one, name));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, poisoned(one, key)]));
}

/** The gateway's answers to a page, but for who is signed in, with every text poisoned. */
async function poisonAll(page) {
  await page.route("**/api/v1/**", async (route) => {
    const path = new URL(route.request().url()).pathname;
    const key = `${route.request().method()} ${path.replace("/api/v1/", "")}`;
    if (key === "GET session") return route.fallback();
    const answer = samples[key] ? null : await route.fetch();
    if (answer && !(answer.headers()["content-type"] ?? "").includes("json"))
      return route.fulfill({ response: answer });
    const json = key === "GET statistics" ? statistics() : (samples[key] ?? (await answer.json()));
    return route.fulfill({ status: answer?.status() ?? 200, json: poisoned(json) });
  });
}

/** What a page shows besides, once it is there. */
const presses = {
  "/admin/policy": ["policy.check", "policy.diff", "policy.simulate"],
  "/admin/rules?tab=trial": ["rules.try"],
  "/admin/domains": ["domains.test"],
  "/admin/system?tab=alerts": ["alerts.test"],
};

export const tests = {
  "whatever text the gateway answers runs nothing, and no page breaks on it": async (world) => {
    const said = wordsIn("en");
    const look = async (role) => {
      const page = await world.page(role);
      await poisonAll(page);
      for (const path of [...pages[role], ...(role === "user" ? [] : await messagePages(world))]) {
        await page.goto(path);
        await settled(page);
        for (const key of presses[path] ?? []) {
          await page.getByRole("button", { name: said(key), exact: true }).first().click();
          await settled(page);
        }
        assert.ok((await page.locator("main h1").innerText()).length > 1, path);
        await untouched(page, path);
      }
      assert.deepEqual(page.faults, []);
    };
    await Promise.all(["user", "administrator"].map(look));
  },
  "hostile mail runs nothing on any page that shows it": async (world) => {
    const rows = await hostileRows(world);
    const paths = {
      user: ["/quarantine?text=attack", "/log?text=attack"],
      administrator: [
        "/admin/quarantine?text=attack",
        "/admin/log?text=attack",
        "/admin/search?q=attack.example",
        "/admin",
        "/admin/audit",
        ...rows.map((row) => `/message/${row.id}`),
      ],
    };
    for (const role of ["user", "administrator"]) {
      const page = await world.page(role);
      for (const path of paths[role]) {
        await visit(page, path);
        await untouched(page, path);
      }
      assert.deepEqual(page.faults, []);
    }
  },
  "hostile mail runs nothing beside the list, in dialogs and in lists": async (world) => {
    const page = await world.page("administrator");
    await visit(page, "/admin/quarantine?text=attack");
    const count = await page.locator("a.subject").count();
    for (let at = 0; at < count; ++at) {
      await page.locator("a.subject").nth(at).click();
      await page.waitForSelector(".peek .mail-text");
      await untouched(page, "beside the list");
      await page.keyboard.press("b");
      await page.waitForSelector("dialog[open]");
      await untouched(page, "dialog");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
    }
    await visit(page, "/admin/lists");
    await page.getByLabel("Sender", { exact: true }).fill("evil@attack.example");
    await page.getByLabel("Note (optional)").fill("<img src=x onerror=window.hacked=1>\u202Etxt");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.waitForSelector("table.entries");
    await untouched(page, "lists");
    assert.match(await page.locator("table.entries").innerText(), /RLO/);
    await page.getByRole("button", { name: "Remove evil@attack.example" }).click();
    await page.waitForSelector("table.entries", { state: "detached" });
    assert.deepEqual(page.faults, []);
  },
  "invisible and reordering characters are shown, and cannot turn what stands beside them": async (
    world,
  ) => {
    const page = await world.page("user");
    await visit(page, "/quarantine?text=bidi");
    const row = page.locator("tbody tr").first();
    assert.match(await row.innerText(), /RLO[\s\S]*ZWSP/);
    assert.ok((await row.locator("bdi").count()) >= 2);
    await visit(page, "/quarantine?text=bytes");
    await page.locator("a.subject").first().click();
    await page.waitForSelector(".peek .mail-text");
    assert.ok((await page.locator(".peek .control").count()) > 0);
  },
  "a filter in the address cannot become markup": async (world) => {
    const page = await world.page("administrator");
    const text = encodeURIComponent('"><script>window.hacked=1</script>');
    for (const path of [
      `/admin/log?sender=${text}&text=${text}`,
      `/admin/search?q=${text}`,
      `/message/${text}`,
      `/admin/quarantine?recipient=${text}`,
      `/help/${text}`,
      `/admin/lists?entry=${text}`,
    ]) {
      await page.goto(path);
      await settled(page);
      await untouched(page, path);
    }
    assert.deepEqual(page.faults, []);
  },
  "a subject of 10 kB leaves room for everything else": async (world) => {
    const page = await world.page("user", { size: "phone" });
    await visit(page, "/quarantine?text=long%40attack");
    const height = await page
      .locator("tbody tr")
      .first()
      .evaluate((row) => row.getBoundingClientRect().height);
    assert.ok(height < 260, `${height} pixels`);
    assert.ok((await messagePages(world)).length > 0);
  },
};
