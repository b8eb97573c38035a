// SPDX-License-Identifier: Apache-2.0
// What people do about outgoing mail: accounts, forwarding, hygiene, refusals, letters.
import assert from "node:assert/strict";

import { axe, visit } from "./support/browser.mjs";
import { hygiene, outgoingPages, playBraked, playOutgoing, records } from "./support/outgoing.mjs";
import { wordsIn } from "./support/said.mjs";

const source = axe();
const button = (where, name) => where.getByRole("button", { name, exact: typeof name === "string" });
const faultless = (page) => assert.deepEqual(page.faults, []);
const account = outgoingPages.at(-1);

const inBoth = (sentence, journey) =>
  Object.fromEntries(
    ["en", "ja"].map((language) => [
      `${sentence} (${language})`,
      (world) => journey(world, language, wordsIn(language)),
    ]),
  );

async function violations(page, where) {
  await page.evaluate(source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const said = await page.evaluate(
      (values) => window.axe.run(document, { runOnly: { type: "tag", values } }),
      tags,
    );
    for (const one of said.violations)
      found.push(`${where} ${colorScheme}: ${one.id} ${one.nodes[0].html.slice(0, 200)}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

async function stopAccount(world, language, said) {
  const page = await world.page("administrator", { language });
  const asked = [];
  await playOutgoing(page);
  await page.route(
    (url) => url.pathname.startsWith("/api/v1/accounts/"),
    (route) => {
      asked.push(new URL(route.request().url()));
      return route.fulfill({ json: { account: "dan@example.org", done: "lock" } });
    },
  );
  await visit(page, "/admin/outbound?tab=accounts");
  const row = page.getByRole("row").filter({ hasText: "dan@example.org" });
  await row.getByText(said("brake.is_hold"), { exact: true }).waitFor();
  await button(row, said("brake.lock")).click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByLabel(said("brake.how_long")).selectOption("4 h");
  await button(dialog, said("brake.lock")).click();
  await page.getByText(said("brake.lock_done")).first().waitFor();
  assert.equal(asked[0].pathname, "/api/v1/accounts/lock");
  assert.equal(asked[0].searchParams.get("account"), "dan@example.org");
  assert.equal(asked[0].searchParams.get("for"), "4 h");
  faultless(page);
}

async function goneAccounts(world, language, said) {
  const page = await world.page("administrator", { language });
  await playOutgoing(page);
  await visit(page, "/admin/outbound?tab=accounts");
  await page.getByRole("row").filter({ hasText: "dan@example.org" }).waitFor();
  await page.getByText(said("brake.show_gone"), { exact: true }).click();
  await page.getByRole("row").filter({ hasText: "dan@example.org" }).waitFor({ state: "hidden" });
  for (const [name, why] of [
    ["old@example.org", "brake.gone_address"],
    ["former", "brake.gone_sign_in"],
  ]) {
    const row = page.getByRole("row").filter({ hasText: name });
    await row.getByText(said(why), { exact: true }).waitFor();
    await row.getByText(said("brake.gone"), { exact: true }).waitFor();
  }
  faultless(page);
}

async function directoryLists(world, language, said) {
  const page = await world.page("administrator", { language });
  await playOutgoing(page);
  await visit(page, "/admin/outbound?tab=lists");
  const row = page.getByRole("row").filter({ hasText: "uid=gone,dc=example" });
  const source = await row.getByRole("cell").last().textContent();
  assert.match(source, said("lists_of.directory"));
  assert.match(source, /staff$/);
  faultless(page);
}

async function hackedAccount(world, language, said) {
  const page = await world.page("administrator", { language });
  const asked = [];
  await playOutgoing(page);
  await page.route(
    (url) => /\/api\/v1\/(queue|quarantine)\/(hold|delete|release)$/.test(url.pathname),
    (route) => {
      asked.push([new URL(route.request().url()).pathname, route.request().postDataJSON()]);
      return route.fulfill({ json: { changed: asked.at(-1)[1].ids.length } });
    },
  );
  await visit(page, account);
  await page.getByText(said("sending.why_burst")).first().waitFor();
  await button(page, said("sent.delete_held")).click();
  await button(page.locator("dialog[open]"), said("sent.delete_held")).click();
  await page.getByText(said("sent.done")).first().waitFor();
  await button(page, said("sent.hold")).click();
  await button(page.locator("dialog[open]"), said("sent.hold")).click();
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  assert.deepEqual(
    asked.map(([path, { ids }]) => [path, ids.length]),
    [["/api/v1/quarantine/delete", 6], ["/api/v1/queue/hold", 2]],
  );
  await button(page, said("sent.release_back")).click();
  await button(page.locator("dialog[open]"), said("sent.release_back")).click();
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  assert.deepEqual(asked.at(-1), ["/api/v1/quarantine/release", { ids: ["0SBACK0000002/1"] }]);
  const file = page.waitForEvent("download");
  await button(page, said("csv.act")).click();
  assert.match((await file).suggestedFilename(), /carol.*\.csv$/);
  faultless(page);
}

async function letter(world, language, said) {
  const page = await world.page("administrator", { language });
  await playOutgoing(page);
  await visit(page, account);
  await button(page, said("letter.open")).click();
  const dialog = page.locator("dialog[open]");
  const text = dialog.getByLabel(said("letter.text"), { exact: true });
  await text.waitFor();
  assert.match(await text.inputValue(), /carol@example\.org/);
  assert.match(await text.inputValue(), /412/);
  assert.doesNotMatch(await text.inputValue(), /[{}]/);
  const other = language === "en" ? "日本語" : "English";
  await dialog.getByText(other, { exact: true }).click();
  await page.waitForFunction(
    (script) => new RegExp(script, "u").test(document.querySelector("dialog textarea")?.value ?? ""),
    language === "en" ? "\\p{Script=Hiragana}" : "password",
  );
  const href = await dialog.getByRole("link", { name: said("letter.mail") }).getAttribute("href");
  assert.match(href, /^mailto:carol%40example\.org\?subject=/);
  faultless(page);
}

async function forwardRule(world, language, said) {
  const page = await world.page("administrator", { language });
  await playOutgoing(page);
  await visit(page, "/admin/outbound?tab=forwarding");
  const row = page.getByRole("row").filter({ hasText: "bob@example.org" });
  await row.getByText(said("forward.hold"), { exact: true }).waitFor();
  await button(row, said("forward.change")).click();
  const dialog = page.locator("dialog[open]");
  const choice = (what) => dialog.getByRole("radio", { name: new RegExp(`^${said(what)}`) });
  await choice("forward.discard").check();
  await dialog.getByText("forward.spam(bob@example.org)").waitFor();
  await button(dialog, said("forward.apply")).click();
  await page.getByText(said("forward.done")).first().waitFor();
  await row.getByText(said("forward.discard"), { exact: true }).waitFor();
  const { document } = await world.ask("policy");
  assert.match(document, /- \{ when: "forward\.spam\(bob@example\.org\)", then: discard \}/);
  await button(row, said("forward.change")).click();
  await choice("forward.hold").check();
  await button(page.locator("dialog[open]"), said("forward.apply")).click();
  await row.getByText(said("forward.hold"), { exact: true }).waitFor();
  faultless(page);
}

async function hygienePage(world, language, said) {
  const page = await world.page("domain", { language });
  await playOutgoing(page);
  await visit(page, "/admin/outbound");
  const rows = page.locator("tbody").first().getByRole("row");
  await rows.first().getByText(said("hygiene.O2")).waitFor();
  assert.equal(await rows.count(), hygiene.causes.length);
  const paste = records.facts.find((one) => one.state === "wrong").paste;
  await page.getByText(paste).waitFor();
  await page.getByText(said("records.list_listed"), { exact: true }).waitFor();
  await page.getByRole("link", { name: said("hygiene.choose_link") }).click();
  await page.getByRole("heading", { level: 1, name: /Refuse, hold|拒否・保留/ }).waitFor();
  faultless(page);
}

async function whoIsTold(world, language, said) {
  const page = await world.page("administrator", { language });
  await playOutgoing(page);
  await visit(page, "/admin/outbound?tab=accounts");
  const row = page.getByRole("row").filter({ hasText: "dan@example.org" });
  await row.getByText(said("brake.again")).waitFor();
  assert.match(await row.textContent(), /19/);
  await page.getByRole("row").filter({ hasText: "fay" }).getByText(said("sending.why_hidden")).waitFor();
  await visit(page, "/admin/outbound?tab=lists");
  const club = page.getByRole("row").filter({ hasText: "club@example.org" });
  await club.getByText(said("lists_of.unanswered"), { exact: true }).waitFor();
  await visit(page, "/admin/outbound?tab=reports");
  await page.getByRole("columnheader", { name: said("reports.by") }).waitFor();
  await page.getByRole("row").filter({ hasText: "former@far.example" }).getByText("staff@example.org").waitFor();
  faultless(page);
}

export const tests = {
  ...inBoth("an account is locked for some hours", stopAccount),
  ...inBoth("accounts that the directory lost are listed, with why", goneAccounts),
  ...inBoth("a list of the directory says so", directoryLists),
  ...inBoth("a hacked account: what it sent is deleted, held, saved", hackedAccount),
  ...inBoth("a letter is ready in either language", letter),
  ...inBoth("what becomes of forwarded spam is chosen for an address", forwardRule),
  ...inBoth("bounces that nobody reads, moderators that do not answer and complaints name whose they are", whoIsTold),
  ...inBoth("the hygiene page tells the worst first, and what to publish", hygienePage),
  "who is braked reads why on every page, and where more is said": async (world) => {
    for (const language of ["en", "ja"]) {
      const said = wordsIn(language);
      const page = await world.page("user", { language });
      await playBraked(page);
      for (const path of ["/quarantine", "/preferences"]) {
        await visit(page, path);
        await page.getByText(said("sending.lock")).waitFor();
        await page.getByText(/412.*60|60.*412/).first().waitFor();
      }
      assert.deepEqual(await violations(page, "braked"), []);
      await page.getByRole("link", { name: said("sending.more") }).click();
      await page.getByRole("heading", { level: 1 }).waitFor();
      faultless(page);
      await page.context().close();
    }
  },
  "axe finds nothing on pages of outgoing mail and in their dialogs": async (world) => {
    const found = [];
    for (const language of ["en", "ja"]) {
      const said = wordsIn(language);
      const page = await world.page("administrator", { language });
      await playOutgoing(page);
      for (const path of outgoingPages) {
        await visit(page, path);
        await page.locator("main table tbody tr").first().waitFor();
        found.push(...(await violations(page, `${path} ${language}`)));
      }
      await button(page, said("letter.open")).click();
      await page.locator("dialog textarea").waitFor();
      found.push(...(await violations(page, `letter ${language}`)), ...page.faults);
      await page.context().close();
    }
    assert.deepEqual(found, []);
  },
  "pages of outgoing mail are no wider than a telephone": async (world) => {
    const wide = [];
    const page = await world.page("administrator", { size: "phone", language: "ja" });
    await playOutgoing(page);
    for (const path of outgoingPages) {
      await visit(page, path);
      await page.locator("main table tbody tr").first().waitFor();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) wide.push(`${path}: ${over}`);
    }
    assert.deepEqual(wide, []);
  },
};
