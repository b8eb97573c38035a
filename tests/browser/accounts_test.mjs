// SPDX-License-Identifier: Apache-2.0
// Signing in and out, first passwords, and who sees which pages.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

import { axe, settled, visit } from "./support/browser.mjs";
import { password } from "./support/world.mjs";

const words = {
  en: { name: "Name or e-mail address", password: "Password", act: "Sign in", out: "Sign out", lists: "Allow and block" },
  ja: {
    name: "名前またはメールアドレス",
    password: "パスワード",
    act: "ログイン",
    out: "ログアウト",
    lists: "許可と拒否",
  },
};

async function signIn(page, language, name, secret) {
  const say = words[language];
  await page.getByLabel(say.name).fill(name);
  await page.getByLabel(say.password).fill(secret);
  await page.getByRole("button", { name: say.act, exact: true }).click();
}

const journey = (language) => async (world) => {
  const page = await world.page(null, { language });
  await page.goto("/preferences");
  assert.match(page.url(), /\/sign-in\?next=%2Fpreferences/);
  await signIn(page, language, "desk", "wrong password!");
  await page.getByRole("alert").waitFor();
  await signIn(page, language, "desk", password);
  await page.waitForURL("**/preferences");
  await settled(page);
  await page.locator(".bar-top .menu summary").click();
  await page.getByRole("button", { name: words[language].out, exact: true }).click();
  await page.waitForURL("**/sign-in**");
  await page.goto("/preferences");
  assert.match(page.url(), /\/sign-in/);
  assert.deepEqual(page.faults, []);
};

/** The pages that somebody with this role finds in the navigation. */
async function navigation(world, role) {
  const page = await world.page(role);
  await visit(page, "/");
  const links = await page
    .locator("nav a")
    .evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.deepEqual(page.faults, []);
  await page.context().close();
  return links;
}

/** Puts other words into the configuration and has it read. */
async function configure(world, from, to) {
  const text = readFileSync(world.trial.config, "utf8");
  assert.ok(text.includes(from), from);
  writeFileSync(world.trial.config, text.replace(from, to));
  await world.ask("config/reload", { method: "POST" });
}

const noQuarantine = (language) => async (world) => {
  const w = words[language];
  const [on, off] = ["people: {", "people: { quarantine: false,"];
  await configure(world, on, off);
  try {
    const page = await world.page(null, { language });
    await page.goto("/sign-in");
    await signIn(page, language, world.nameOf("user"), password);
    await page.getByRole("heading", { level: 1, name: w.lists, exact: true }).waitFor();
    assert.equal(await page.locator('nav a[href="/lists"]').count(), 1);
    assert.equal(await page.locator('a[href="/quarantine"]').count(), 0);
    await visit(page, "/quarantine");
    assert.equal(await page.locator("table.rows").count(), 0);
    assert.deepEqual(page.faults, []);
  } finally {
    await configure(world, off, on);
  }
};

export const tests = {
  "somebody signs in, comes where they wanted, and signs out (en)": journey("en"),
  "somebody signs in, comes where they wanted, and signs out (ja)": journey("ja"),
  "where people have no quarantine, sign-in lands on the lists (en)": noQuarantine("en"),
  "where people have no quarantine, sign-in lands on the lists (ja)": noQuarantine("ja"),
  "each role finds its own pages": async (world) => {
    const own = ["/quarantine", "/lists", "/log"];
    const end = ["/preferences", "/help"];
    assert.deepEqual(await navigation(world, "user"), [...own, ...end]);
    const helpdesk = await navigation(world, "helpdesk");
    assert.ok(helpdesk.includes("/admin/log") && !helpdesk.includes("/admin/users"));
    const auditor = await navigation(world, "auditor");
    assert.ok(auditor.includes("/admin/audit") && !auditor.includes("/quarantine"));
    const administrator = await navigation(world, "administrator");
    assert.ok(administrator.includes("/admin/system") && administrator.includes("/lists"));
  },
  "an administrator makes an account, and its owner chooses a password first": async (world) => {
    const page = await world.page("administrator");
    await visit(page, "/admin/users");
    await page.getByRole("button", { name: "Add a person" }).click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByLabel("Name").fill("mika");
    await dialog.getByLabel("Addresses").fill("mika@example.org\nm.sato@example.org");
    await dialog.getByLabel("Password").fill("first password for you");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("row", { name: /mika/ }).waitFor();
    assert.deepEqual(page.faults, []);

    const hers = await world.page(null);
    await hers.goto("/sign-in");
    await signIn(hers, "en", "mika", "first password for you");
    await hers.getByRole("heading", { name: "Please choose a new password first." }).waitFor();
    await hers.getByLabel("Present password").fill("first password for you");
    await hers.getByLabel("New password").fill("a second one, of my own");
    await hers.getByRole("button", { name: "Change the password" }).click();
    await hers.getByText("The password is changed").waitFor();
    await hers.goto("/preferences");
    await hers.getByText("m.sato@example.org").waitFor();
    assert.deepEqual(hers.faults, []);

    const row = page.getByRole("row", { name: /mika/ });
    await row.locator("summary").click();
    await row.getByRole("button", { name: "Delete" }).click();
    await page.locator("dialog[open]").getByRole("button", { name: "Delete" }).click();
    await row.waitFor({ state: "detached" });
    await hers.goto("/preferences");
    await hers.waitForURL("**/sign-in**");
  },
  "what somebody prefers is kept": async (world) => {
    const page = await world.page(await world.newcomer("user"));
    await visit(page, "/preferences");
    await page.getByLabel("Sat", { exact: true }).check();
    await page.getByText("Saved").first().waitFor();
    await page.getByLabel("At", { exact: true }).selectOption("18");
    const tag = page.getByRole("slider", { name: /Tag from/ });
    await tag.focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("button", { name: "Back to the usual" }).waitFor();
    const chosen = await tag.inputValue();
    await visit(page, "/preferences");
    assert.equal(await page.getByLabel("Sat", { exact: true }).isChecked(), true);
    assert.equal(await page.getByLabel("At", { exact: true }).inputValue(), "18");
    assert.equal(await tag.inputValue(), chosen);
    await page.getByRole("button", { name: "Back to the usual" }).click();
    await page.getByRole("button", { name: "Back to the usual" }).waitFor({ state: "detached" });
    assert.deepEqual(page.faults, []);
  },
  "the help desk acts for people, and sees no text of their mail": async (world) => {
    const page = await world.page("helpdesk");
    await visit(page, "/admin/quarantine");
    await page.locator("a.subject").first().click();
    await page.getByText("The help desk sees who wrote and why it was held").waitFor();
    assert.equal(await page.locator(".mail-text").count(), 0);
    await page.locator(".peek").getByRole("button", { name: "Allow sender" }).waitFor();
    assert.deepEqual(page.faults, []);
  },
  "a domain administrator's entries are for the own domain unless somebody else is named": async (
    world,
  ) => {
    const page = await world.page("domain");
    await visit(page, "/admin/lists");
    const whose = page.getByLabel("For whom", { exact: true }).first();
    assert.equal(await whose.inputValue(), "example.org");
    for (const [name, scope] of [["", "domain:example.org"], ["desk@example.org", "user:desk@example.org"]]) {
      await whose.fill(name);
      await page.getByLabel("Sender", { exact: true }).fill("for-all@of-domain.example");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("row", { name: /for-all@of-domain/ }).first().waitFor();
      const { entries } = await world.ask(`lists?scope=${scope}`);
      assert.ok(entries.some((one) => one.entry === "for-all@of-domain.example"), scope);
      await world.ask(`lists?list=block&scope=${scope}&entry=for-all@of-domain.example`, {
        method: "DELETE",
      });
      await visit(page, "/admin/lists");
    }
    assert.equal(await page.getByText("Everyone", { exact: true }).count(), 0);
    assert.deepEqual(page.faults, []);
  },
  "an auditor reads everything and is offered nothing to do": async (world) => {
    const page = await world.page("auditor");
    for (const path of ["/admin/quarantine", "/admin/log", "/admin/lists", "/admin/users"]) {
      await visit(page, path);
      assert.equal(await page.locator("main .row-acts").count(), 0, path);
    }
    await visit(page, "/admin/audit");
    assert.deepEqual(page.faults, []);
  },
  "axe finds nothing on the pages that the server renders": async (world) => {
    const found = [];
    for (const language of ["en", "ja"])
      for (const theme of ["light", "dark"]) {
        const page = await world.page(null, { language, theme });
        for (const path of ["/sign-in", "/sign-in?expired=1", "/nowhere", "/digest?d=x"]) {
          await page.goto(path);
          await page.evaluate(axe());
          const { violations } = await page.evaluate(() => window.axe.run());
          found.push(
            ...violations.map(
              (one) => `${path} ${language} ${theme} ${one.id} ${one.nodes[0].html}`,
            ),
          );
        }
        await page.context().close();
      }
    assert.deepEqual(found, []);
  },
};
