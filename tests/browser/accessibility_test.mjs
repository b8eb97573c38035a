// SPDX-License-Identifier: Apache-2.0
// axe finds nothing on any page, in either language and theme; nothing is wider than a telephone.
import assert from "node:assert/strict";

import { axe, settled, visit } from "./support/browser.mjs";
import { play } from "./support/statistics.mjs";
import { messagePages, pages } from "./support/world.mjs";

const source = axe();
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function check(page, where, options) {
  const { violations } = await page.evaluate((chosen) => window.axe.run(document, chosen), options);
  return violations.map(
    (one) =>
      `${where}: ${one.id} ${one.nodes
        .slice(0, 3)
        .map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`)
        .join(" | ")}`,
  );
}

/** One language: all rules in the light, colours in the dark as well. */
async function checkAll(world, language) {
  const found = [];
  for (const role of ["user", "administrator"]) {
    const page = await world.page(role, { language });
    await play(page);
    const more = role === "administrator" ? await messagePages(world) : [];
    for (const path of [...pages[role], ...more]) {
      await visit(page, path);
      await page.evaluate(source);
      found.push(
        ...(await check(page, `${path} ${language} light`, {
          runOnly: { type: "tag", values: tags },
        })),
      );
      await page.emulateMedia({ colorScheme: "dark" });
      found.push(
        ...(await check(page, `${path} ${language} dark`, {
          runOnly: { type: "rule", values: ["color-contrast"] },
        })),
      );
      await page.emulateMedia({ colorScheme: "light" });
    }
    found.push(...page.faults);
    await page.context().close();
  }
  return found;
}

export const tests = {
  "axe finds nothing on any page in English, light and dark": async (world) => {
    assert.deepEqual(await checkAll(world, "en"), []);
  },
  "axe finds nothing on any page in Japanese, light and dark": async (world) => {
    assert.deepEqual(await checkAll(world, "ja"), []);
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
    for (const role of ["user", "administrator"])
      for (const size of ["phone", { width: 700, height: 450 }]) {
        const page = await world.page(role, { size, language: "ja" });
        for (const path of pages[role]) {
          await visit(page, path);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (over > 0) wide.push(`${path}: ${over} pixels over at ${JSON.stringify(size)}`);
        }
        await page.context().close();
      }
    assert.deepEqual(wide, []);
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
