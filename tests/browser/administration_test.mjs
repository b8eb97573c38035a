// SPDX-License-Identifier: Apache-2.0
// What administrators do beyond mail: policy, tests, domains, layers, system, people.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { settled, visit } from "./support/browser.mjs";
import { mail } from "./support/mails.mjs";
import { wordsIn } from "./support/said.mjs";

const until = async (check, what) => {
  for (let left = 150; left > 0; --left) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(what);
};
const button = (where, name) => where.getByRole("button", { name, exact: typeof name === "string" });
const faultless = (page) => assert.deepEqual(page.faults, []);

/** A test of a route that the gateway's API says it has. */
const where = (route, test) => async (world) => {
  const { paths } = await world.ask("openapi.json");
  assert.ok(paths[`/api/v1/${route}`], `this gateway has no ${route}`);
  return test(world);
};

/** The same journey in both languages. */
const inBoth = (sentence, route, journey) =>
  Object.fromEntries(
    ["en", "ja"].map((language) => [
      `${sentence} (${language})`,
      where(route, (world) => journey(world, language, wordsIn(language))),
    ]),
  );

async function changePolicy(world, language, said) {
  const page = await world.page("administrator", { language });
  await visit(page, "/admin/policy");
  const area = page.getByLabel(said("policy.document"), { exact: true });
  const before = await area.inputValue();

  await area.fill(before.replace(/^(\s*)points:/m, "$1pionts:"));
  await button(page, said("policy.check")).click();
  const complaint = button(page, said("policy.line")).first();
  await complaint.click();
  const chosen = await area.evaluate((one) =>
    one.value.slice(one.selectionStart, one.selectionEnd),
  );
  assert.match(chosen, /pionts/, "a complaint leads to its line");

  await area.fill(before.replace(/tag: *3\.5/, "tag: 3.25"));
  assert.notEqual(await area.inputValue(), before);
  await button(page, said("policy.check")).click();
  await page.getByText(said("policy.fine")).waitFor();
  await button(page, said("policy.diff")).click();
  await page.locator("pre.diff .added", { hasText: "3.25" }).waitFor();
  await page.locator("pre.diff .removed", { hasText: "3.5" }).waitFor();

  await button(page, said("policy.simulate")).click();
  await page.getByText(said("policy.looked_at")).waitFor();

  await page.getByLabel(said("policy.note")).fill("<b>lower</b> \u202Etag");
  await button(page, said("policy.apply")).click();
  await button(page.locator("dialog[open]"), said("policy.apply")).click();
  await page.getByText(said("policy.applied")).first().waitFor();
  const rows = page.getByRole("row").filter({ hasText: "<b>lower</b>" });
  await rows.first().getByText(said("policy.current"), { exact: true }).waitFor();

  const kept = page.locator(".card", { has: page.getByRole("heading", { name: said("policy.revisions") }) });
  const older = kept.locator("tbody tr").nth(1).locator("button.link");
  if (await older.count()) {
    await older.click();
    await page.locator("dialog[open] pre.diff .removed", { hasText: "3.25" }).waitFor();
    await button(page.locator("dialog[open]"), said("policy.rollback")).click();
    await page.locator("dialog[open]").waitFor({ state: "detached" });
  } else {
    await area.fill(before);
    await button(page, said("policy.apply")).click();
    await button(page.locator("dialog[open]"), said("policy.apply")).click();
  }
  await until(async () => /tag: *3\.5/.test(await area.inputValue()), "the way back");
  return faultless(page);
}

async function tryTests(world, language, said) {
  const page = await world.page("administrator", { language });
  await visit(page, "/admin/rules");
  await page.getByRole("searchbox", { name: said("rules.search") }).fill("MW_EXTORTION");
  await until(async () => (await page.locator("main tbody tr").count()) === 1, "one test is left");
  await button(page, said("rules.trial")).click();
  await page.getByText("SpamAssassin").click();
  const area = page.getByLabel(said("rules.text"), { exact: true });
  await area.fill("header FINAL Subject =~ /Final notice/\nscore FINAL 2\n");
  await button(page, said("rules.try")).click();
  const row = page.getByRole("row", { name: /FINAL/ });
  await row.locator("a[href^='/message/']").first().waitFor();

  await page.getByText(said("rules.on_message")).click();
  await page
    .getByLabel(said("rules.message"))
    .fill("From: a@b.example\nSubject: Final notice <script>window.hacked=1</script>\n\nx\n");
  await button(page, said("rules.try")).click();
  await page.getByText(said("rules.hit_some")).waitFor();

  await area.fill("header FINAL Subject =~ /(/\n");
  await button(page, said("rules.try")).click();
  await button(page, said("policy.line")).first().waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  faultless(page);
}

async function testDomain(world, language, said) {
  const page = await world.page("administrator", { language });
  await visit(page, "/admin/domains");
  const card = page.locator("section", { has: page.getByRole("heading", { name: "example.org" }) });
  await button(card, said("domains.test")).click();
  await card.getByText(said("domains.step_postmaster")).waitFor();
  await card.getByText(said("domains.takes_everyone")).waitFor();
  faultless(page);
}

async function readLayers(world, language, said) {
  const page = await world.page("administrator", { language });
  await visit(page, "/admin/layers");
  await page.getByRole("searchbox", { name: said("layers.search") }).fill("words");
  const row = page.getByRole("row").filter({ hasText: said("layer.words") });
  await row.locator("summary").first().click();
  await row.locator("td.number a").filter({ hasText: /[1-9]/ }).click();
  await until(async () => page.url().includes("layer=words"), "what it stopped leads to the log");
  await page.locator("a.subject").first().waitFor();
  assert.ok((await page.locator("tbody .verdict.deliver").count()) === 0);
  faultless(page);
}

async function readSystem(world, language, said) {
  const page = await world.page("administrator", { language });
  await visit(page, "/admin/system");
  await page.getByRole("heading", { name: said("system.certificates") }).waitFor();
  await page.getByText(said("system.free")).waitFor();
  await page.locator(".notice code", { hasText: "mailweir update" }).waitFor();
  assert.doesNotMatch(await page.locator(".notice").first().innerText(), /`/);
  await button(page, said("alerts.title")).click();
  await page.getByRole("region", { name: said("alerts.report") }).waitFor();
  assert.match(page.url(), /tab=alerts/);
  await button(page, said("alerts.test")).click();
  await settled(page);
  faultless(page);
}

async function readAudit(world, language, said) {
  const entry = `audited-${language}.example`;
  const body = JSON.stringify({ list: "block", scope: "global", entry });
  await world.ask("lists", { method: "POST", body });
  await world.ask(`lists?list=block&scope=global&entry=${entry}`, { method: "DELETE" });
  const page = await world.page("administrator", { language });
  await visit(page, "/admin/audit");
  const acts = await page.locator("tbody tr td:nth-child(3)").allInnerTexts();
  assert.ok(acts.length > 3);
  const form = language === "ja" ? /[\u3040-\u30ff\u4e00-\u9fff]/ : /^[A-Z]/;
  for (const act of acts) assert.match(act, form);
  const objects = await page.locator("tbody tr td:nth-child(4)").allInnerTexts();
  assert.ok(objects.includes(said("setting_of.preset")) && !objects.includes("preset"));
  await page.getByRole("searchbox", { name: said("audit.search") }).fill(entry);
  await until(async () => (await page.locator("tbody tr").count()) === 2, "both acts on it");
  await page.getByLabel(said("audit.act"), { exact: true }).selectOption("block remove");
  await until(async () => (await page.locator("tbody tr").count()) === 1, "one of the two");
  await page.getByText(`${entry} (${said("scope.global")})`).waitFor();
  await page.getByLabel(said("span.label")).selectOption("24 h");
  await until(() => /since=24/.test(page.url()), "the address says it all");
  await visit(page, page.url());
  assert.equal(await page.locator("tbody tr").count(), 1, "a link to it shows the same");
  await page.locator("tbody tr td:nth-child(2) a").click();
  await until(() => /who=/.test(page.url()) && !/act=/.test(page.url()), "all that one did");
  await button(page, said("filter.remove", { name: said("audit.who") })).click();
  await until(() => !/who=/.test(page.url()), "and of all again");
  faultless(page);
}

export const tests = {
  ...inBoth("the record of acts is said in words, searched, and linked to", "audit", readAudit),
  ...inBoth("a policy is checked, compared, rehearsed, put in force and taken back", "policy/simulate", changePolicy),
  ...inBoth("tests are searched, and new ones are tried on mail before they act", "rules/trial", tryTests),
  ...inBoth("a domain's servers are tried, and say when they take everybody", "domains", testDomain),
  ...inBoth("a layer's number leads to what it stopped", "layers", readLayers),
  ...inBoth("the system page tells its state, and whom it tells", "system", readSystem),
  "filters are stacked: several outcomes, a score, and held mail is delivered from the log": where("history/export", async (
    world,
  ) => {
    await world.trial.send([
      mail({ from: "stack@stack.example", subject: "Stacked", body: "confirm your password" }),
    ]);
    const page = await world.page("administrator");
    await visit(page, "/admin/log?action=quarantine,reject&score_min=1");
    const kinds = await page.locator("td .verdict").evaluateAll((all) =>
      all.map((one) => one.className),
    );
    assert.deepEqual([...new Set(kinds)].sort(), ["verdict quarantine", "verdict reject"]);
    await page.getByRole("searchbox", { name: "Search sender, recipient" }).fill("stack.example");
    const row = page.locator("tbody tr", { hasText: "Stacked" });
    await button(row, "Deliver").click();
    await page.getByText("1 message will be delivered").waitFor();
    await until(
      async () => (await button(row, "Deliver").count()) === 0,
      "the row stays, and offers no more to deliver it",
    );
    assert.equal(await row.count(), 1);
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "CSV" }).click(),
    ]);
    assert.match(await readFile(await file.path(), "utf8"), /Stacked/);
    await page.getByRole("button", { name: "Remove the filter “Score at least”" }).click();
    assert.doesNotMatch(page.url(), /score_min/);
    faultless(page);
  }),
  "one field takes an id, a bounce, a Message-ID and raw headers": async (world) => {
    const { rows } = await world.ask("history?action=reject&limit=1");
    const [row] = rows;
    assert.ok(row.message_id && row.reply, "a refused message is in the log");
    const page = await world.page("administrator");
    for (const text of [
      row.id,
      `host mx.trial.example said: ${row.reply} (in reply to end of DATA)`,
      row.message_id,
      `Received: from nowhere.example\nMessage-ID: ${row.message_id}\nSubject: whatever\n`,
    ]) {
      await visit(page, "/admin/search");
      await page.getByLabel("Id, bounce text, Message-ID").fill(text);
      await button(page, "Find").click();
      await page.getByRole("heading", { name: /message/ }).waitFor();
      assert.equal(await page.getByText("Found by words").count(), 0, text);
      await page.locator(`a.subject[href^="/message/${row.id.split("/")[0]}"]`).first().waitFor();
    }
    faultless(page);
  },
  "the explanation is Japanese where the reader is": where("history/export", async (world) => {
    const { rows } = await world.ask("history?action=quarantine&limit=1");
    const page = await world.page("administrator", { language: "ja" });
    await visit(page, `/message/${rows[0].id}`);
    const sentence = await page.locator(".sentence").innerText();
    assert.match(sentence, /[\u3040-\u30ff]/);
    const rungs = await page.locator(".ladder li").allInnerTexts();
    assert.equal(rungs.length, 6);
    for (const rung of rungs) assert.match(rung, /[\u3040-\u30ff\u4e00-\u9fff]/);
    assert.equal(await page.locator(".ladder .acts").count(), 1);
    faultless(page);
  }),
  "a domain administrator makes accounts in the own domain, and none beyond": where("history/export", async (world) => {
    const page = await world.page("domain");
    await visit(page, "/admin/users");
    await button(page, "Add a person").click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByLabel("Name").fill("newcomer");
    assert.deepEqual(
      await dialog.getByLabel("Role").locator("option").allInnerTexts(),
      ["User", "Help desk"],
    );
    await dialog.getByLabel("Addresses, one a line").fill("newcomer@elsewhere.example");
    await dialog.getByLabel("Password").fill("correct horse battery");
    await button(dialog, "Save").click();
    await dialog.locator(".error").waitFor();
    await dialog.getByLabel("Addresses, one a line").fill("newcomer@example.org");
    await button(dialog, "Save").click();
    const row = page.getByRole("row", { name: /newcomer/ });
    await row.waitFor();
    await row.locator("summary").click();
    assert.equal(await row.getByRole("button", { name: "Delete" }).count(), 0);
    assert.equal(await page.getByRole("row", { name: /^root/ }).count(), 0);
    faultless(page);
  }),
  "whoever chooses days for the digest can go back to the site's": where("history/export", async (world) => {
    const page = await world.page(await world.newcomer("user"));
    await visit(page, "/preferences");
    await page.getByLabel("Sat", { exact: true }).check();
    await page.getByText("Saved").first().waitFor();
    await visit(page, "/preferences");
    assert.equal(await page.getByLabel("Sat", { exact: true }).isChecked(), true);
    await button(page, "As the site has it").click();
    await page.getByText("what your site sends by default").waitFor();
    await visit(page, "/preferences");
    await page.getByText("what your site sends by default").waitFor();
    faultless(page);
  }),
};
