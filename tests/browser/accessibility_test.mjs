// SPDX-License-Identifier: Apache-2.0
// axe finds nothing on any page, in either language and theme; nothing is wider than a telephone.
import assert from "node:assert/strict";

import { axe, settled, visit } from "./support/browser.mjs";
import { pages, plainPages } from "./support/pages.mjs";
import { wordsIn } from "./support/said.mjs";
import { play } from "./support/statistics.mjs";
import { digestPage, messagePages } from "./support/world.mjs";

const source = axe();
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function check(page, where, options) {
  const chosen = { ...options, resultTypes: ["violations"] };
  const { violations } = await page.evaluate((one) => window.axe.run(document, one), chosen);
  return violations.map(
    (one) =>
      `${where}: ${one.id} ${one.nodes
        .slice(0, 3)
        .map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`)
        .join(" | ")}`,
  );
}

/** All rules in the light, colours in the dark as well. */
async function checkPages(page, paths, language) {
  const found = [];
  for (const path of paths) {
    await visit(page, path);
    await page.evaluate(source);
    const all = { runOnly: { type: "tag", values: tags } };
    found.push(...(await check(page, `${path} ${language} light`, all)));
    await page.emulateMedia({ colorScheme: "dark" });
    const colours = { runOnly: { type: "rule", values: ["color-contrast"] } };
    found.push(...(await check(page, `${path} ${language} dark`, colours)));
    await page.emulateMedia({ colorScheme: "light" });
  }
  return found;
}

/** Everything that this language says, a few pages at a time. */
async function checkAll(world, language) {
  const lanes = [
    ["", [...plainPages.nobody, await digestPage(world)]],
    ["user", pages.user],
    ["helpdesk", ["/admin/search", "/admin/quarantine", "/admin/log", "/preferences"]],
    ["domain", ["/admin", "/admin/domains", "/admin/users", "/admin/queue", "/admin/outbound"]],
    ["auditor", ["/admin/policy", "/admin/rules", "/admin/system", "/admin/audit"]],
    ["administrator", plainPages.administrator],
    ["administrator", pages.administrator.filter((_, at) => at % 2 === 0)],
    ["administrator", pages.administrator.filter((_, at) => at % 2)],
    ["administrator", await messagePages(world)],
  ];
  const checked = await Promise.all(
    lanes.map(async ([role, paths]) => {
      const page = await world.page(role, { language });
      const found = await checkPages(page, paths, language);
      await page.context().close();
      return [...found, ...page.faults];
    }),
  );
  return checked.flat();
}

export const tests = {
  "axe finds nothing on any page in English, light and dark": async (world) => {
    assert.deepEqual(await checkAll(world, "en"), []);
  },
  "axe finds nothing on any page in Japanese, light and dark": async (world) => {
    assert.deepEqual(await checkAll(world, "ja"), []);
  },
  "axe finds nothing on a dashboard that has seen a day of mail": async (world) => {
    const found = [];
    for (const language of ["en", "ja"]) {
      const page = await world.page("administrator", { language });
      await play(page);
      found.push(...(await checkPages(page, ["/admin"], language)), ...page.faults);
      await page.context().close();
    }
    assert.deepEqual(found, []);
  },
  "axe finds nothing in what is answered: rehearsals, trials, tests of servers": async (world) => {
    const lookAt = async (language) => {
      const said = wordsIn(language);
      const page = await world.page("administrator", { language });
      const found = [];
      const look = async (path, act, seen) => {
        await visit(page, path);
        await page.getByRole("button", { name: said(act), exact: true }).first().click();
        await page.getByText(said(seen)).first().waitFor();
        await page.evaluate(source);
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          found.push(...(await check(page, `${path} ${act} ${language} ${colorScheme}`, {
            runOnly: { type: "tag", values: tags },
          })));
        }
        await page.emulateMedia({ colorScheme: "light" });
      };
      await look("/admin/policy", "policy.simulate", "policy.looked_at");
      await look("/admin/rules?tab=trial", "rules.try", "rules.looked_at");
      await look("/admin/domains", "domains.test", "domains.step_greeting");
      await look("/admin/system", "certificate.hand_in", "certificate.text");
      await look("/admin/users", "users.add", "users.password_hint");
      await look("/admin/lists", "import.open", "import.text");
      await page.context().close();
      return [...found, ...page.faults];
    };
    assert.deepEqual((await Promise.all(["en", "ja"].map(lookAt))).flat(), []);
  },
  "axe finds nothing in dialogs, menus and beside the list": async (world) => {
    const page = await world.page("administrator");
    const found = [];
    const look = async (where) => {
      await page.evaluate(source);
      found.push(...(await check(page, where, { runOnly: { type: "tag", values: tags } })));
    };
    await visit(page, "/admin/quarantine");
    await page.locator("a.subject").first().click();
    await page.waitForSelector(".peek .mail-text");
    await look("beside the list");
    await page.keyboard.press("a");
    await page.waitForSelector("dialog[open]");
    await look("allow");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await look("keys");
    await page.keyboard.press("Escape");
    await page.locator(".bar-top .menu summary").click();
    await look("account menu");
    assert.deepEqual([...found, ...page.faults], []);
  },
  "no page is wider than a telephone, nor at 200 % on a desktop": async (world) => {
    const wide = [];
    const look = async (role, size) => {
      const page = await world.page(role, { size, language: "ja" });
      for (const path of [...pages[role], ...(plainPages[role] ?? plainPages.nobody)]) {
        await visit(page, path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) wide.push(`${path}: ${over} pixels over at ${JSON.stringify(size)}`);
      }
      await page.context().close();
    };
    const sizes = ["phone", { width: 700, height: 450 }];
    await Promise.all(
      ["user", "administrator"].flatMap((role) => sizes.map((size) => look(role, size))),
    );
    assert.deepEqual(wide, []);
  },
  "a subject has room at every width of the window": async (world) => {
    const narrow = [];
    for (const role of ["user", "administrator"]) {
      const page = await world.page(role);
      const lists = { user: ["/quarantine", "/log"], administrator: ["/admin/quarantine", "/admin/log"] };
      for (const path of lists[role]) {
        await visit(page, path);
        for (const width of [390, 720, 800, 900, 1000, 1100, 1200, 1280, 1366, 1400, 1920]) {
          await page.setViewportSize({ width, height: 900 });
          const [has, frame] = await page.evaluate(() => [
            document.querySelector("td.c-subject").getBoundingClientRect().width,
            document.querySelector(".table-frame").clientWidth,
          ]);
          if (has < 130) narrow.push(`${path} at ${width}: ${Math.round(has)} of ${frame}`);
        }
      }
      assert.deepEqual(page.faults, []);
    }
    assert.deepEqual(narrow, []);
  },
  "the keyboard alone reaches the content, moves, opens and closes": async (world) => {
    const page = await world.page("administrator");
    await visit(page, "/admin/quarantine");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("Tab");
    assert.match(await page.evaluate(() => document.activeElement.className), /skip/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const second = await page.locator("tr.here").getAttribute("id");
    assert.equal(second, await page.locator("tbody tr").nth(1).getAttribute("id"));
    await page.keyboard.press("o");
    await page.waitForSelector(".peek");
    await page.keyboard.press("k");
    await settled(page);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".peek").count(), 0);
    await page.keyboard.press("x");
    assert.equal(await page.locator("tr[aria-selected=true]").count(), 1);
  },
};
