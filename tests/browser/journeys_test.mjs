// SPDX-License-Identifier: Apache-2.0
// Journeys as people take them, in both languages.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { settled, visit } from "./support/browser.mjs";
import { mail } from "./support/mails.mjs";
import { play, statistics } from "./support/statistics.mjs";

const words = {
  en: {
    deliver: "Deliver",
    delete: "Delete",
    undo: "Undo",
    add: "Add",
    allow: "Allow sender",
    allowAct: "Allow",
    test: "Test",
    removed: "is off the list",
    search: "Search sender and subject",
    entry: "Sender",
    decides: "blocks this sender",
    gone: "1 message will be deleted",
    sent: "1 message will be delivered",
    top: "whole top-level domain",
    days: "of the last 30 days",
    spam: "Spam",
    ham: "Not spam",
    again: "held again",
  },
  ja: {
    deliver: "配送する",
    delete: "削除",
    undo: "元に戻す",
    add: "登録",
    allow: "差出人を許可",
    allowAct: "許可する",
    test: "試す",
    removed: "リストから外しました",
    search: "差出人・件名を検索",
    entry: "差出人",
    decides: "拒否されます",
    gone: "1 通を削除します",
    sent: "1 通を配送します",
    top: "トップレベルドメイン",
    days: "過去 30 日間",
    spam: "迷惑メール",
    ham: "迷惑メールではない",
    again: "隔離に戻しました",
  },
};
let made = 0;
const held = (from, name = "") =>
  mail({
    from,
    name,
    subject: `請求書 ${++made} pending`,
    body: "Please confirm your password now.",
  });
const heldFrom = async (world, from) =>
  (await world.ask(`quarantine?text=${encodeURIComponent(from)}`)).rows;
const until = async (check, what) => {
  for (let left = 150; left > 0; --left) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(what);
};
const button = (scope, name) => scope.getByRole("button", { name, exact: true });

/** The user's journeys in one language. */
const ofUser = (language) => {
  const w = words[language];
  return {
    [`a user reads, keeps, deletes and delivers held mail (${language})`]: async (world) => {
      const from = `keep${language}@friends.example`;
      await world.trial.send([held(from), held(from)]);
      const page = await world.page("user", { language });
      await visit(page, "/");
      await page.getByLabel(w.search).fill(from);
      await until(async () => (await page.locator("tbody tr").count()) === 2, "two rows");
      assert.match(page.url(), /text=keep/);
      await page.locator("a.subject").first().click();
      await page.waitForSelector(".peek .mail-text");
      await button(page.locator(".peek"), w.delete).click();
      await page.getByText(w.gone).waitFor();
      await button(page, w.undo).click();
      await until(
        async () => (await page.locator("tbody tr").count()) === 2,
        "the undo brings it back",
      );
      assert.equal((await heldFrom(world, from)).length, 2);
      await page.keyboard.press("Escape");
      await page.locator("tbody tr").first().hover();
      await page.locator("a.subject").first().click();
      await page.keyboard.press("d");
      await page.getByText(w.sent).waitFor();
      await until(async () => (await heldFrom(world, from)).length === 1, "one was delivered");
      assert.deepEqual(page.faults, []);
    },
    [`"Spam" deletes and "Not spam" delivers; the log shows both; a deletion is undone (${language})`]:
      async (world) => {
        const from = `verdict${language}@letters.example`;
        await world.trial.send([held(from), held(from)]);
        const [kept, thrown] = await heldFrom(world, from);
        const page = await world.page("user", { language });
        await visit(page, `/quarantine?text=${from}`);
        const press = async (row, name) => {
          await page.locator(`a.subject[href="/message/${row.id}"]`).click();
          await button(page.locator(".peek"), name).click();
        };
        await press(kept, w.ham);
        await press(thrown, w.spam);
        await until(async () => (await heldFrom(world, from)).length === 0, "none is held");
        const [row] = (await world.ask(`history?id=${kept.id.split("/")[0]}`)).rows;
        await until(
          () => world.trial.delivered(new RegExp(`^From: .*${from}`, "m")).length === 1,
          "what was no spam arrives",
        );
        await visit(page, `/log?text=${from}`);
        assert.equal(await page.locator("tbody tr").count(), 2, "the log hides nothing");
        assert.equal(row.recipient, "desk@example.org");
        await visit(page, `/quarantine?text=${from}`);
        assert.equal(await page.locator("a.subject").count(), 0);

        await world.trial.send([held(from)]);
        await visit(page, `/quarantine?text=${from}`);
        await page.locator("a.subject").click();
        await page.keyboard.press("#");
        await until(async () => (await heldFrom(world, from)).length === 0, "it was deleted");
        await page.locator(".toast button").first().click();
        await page.getByText(w.again).waitFor();
        await page.locator("a.subject").waitFor();
        assert.deepEqual(page.faults, []);
      },
    [`a user blocks and allows: preview, test, undo, a whole top-level domain asks first (${language})`]:
      async (world) => {
        const page = await world.page("user", { language });
        await visit(page, "/lists");
        const entry = page.getByLabel(w.entry, { exact: true });
        await entry.fill("bulk3@sender3.example");
        await page.locator("form [role=status]").filter({ hasText: /30/ }).first().waitFor();
        await button(page, w.add).click();
        await page.waitForSelector("table.entries");
        await page.getByPlaceholder("someone@their.example").fill("bulk3@sender3.example");
        await button(page, w.test).click();
        await page.locator("[role=status]").getByText(w.decides).waitFor();
        await page.locator("table.entries button").first().click();
        await page.getByText(w.removed).waitFor();
        await button(page, w.undo).click();
        await page.waitForSelector("table.entries");
        await page.locator("table.entries button").first().click();
        await page.waitForSelector("table.entries", { state: "detached" });
        for (const wide of ["example", "ac.jp", "*.kobe.jp"]) {
          await entry.fill(wide);
          await button(page, w.add).click();
          const dialog = page.locator("dialog[open]");
          await dialog.getByText(w.top).first().waitFor();
          await dialog.getByText(w.days).first().waitFor();
          await page.keyboard.press("Escape");
          await dialog.waitFor({ state: "detached" });
        }
        assert.equal(await page.locator("table.entries").count(), 0);
        assert.deepEqual(page.faults, []);
      },
    [`"Allow" on a log row proposes the form and delivers what is held (${language})`]: async (
      world,
    ) => {
      const from = `news-${language}-20261122887766@letters.example`;
      await world.trial.send([held(from)]);
      const page = await world.page("user", { language });
      await visit(page, `/log?text=${from}`);
      await page.locator("a.subject").first().click();
      await button(page.locator(".peek"), w.allow).click();
      const dialog = page.locator("dialog[open]");
      await dialog.waitFor();
      assert.equal(
        await dialog.locator("input[type=radio]:checked").inputValue(),
        "letters.example",
      );
      await button(dialog, w.allowAct).click();
      await until(async () => (await heldFrom(world, from)).length === 0, "it is delivered");
      const { entries } = await world.ask("lists?scope=user:desk@example.org");
      assert.ok(entries.some((one) => one.entry === "letters.example" && one.list === "allow"));
      await world.ask("lists?scope=user:desk@example.org&list=allow&entry=letters.example", {
        method: "DELETE",
      });
      assert.deepEqual(page.faults, []);
    },
    [`the help gives filter files with the site's own tag (${language})`]: async (world) => {
      const page = await world.page("user", { language });
      for (const [topic, wanted] of [
        ["sieve", /header :contains "Subject" "\[S_P_A_M\]"/],
        ["gmail", /apps:property name="subject"/],
      ]) {
        await visit(page, `/help/${topic}`);
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          page.locator("article button").first().click(),
        ]);
        assert.match(await readFile(await file.path(), "utf8"), wanted);
      }
      assert.deepEqual(page.faults, []);
    },
  };
};

export const tests = {
  ...ofUser("en"),
  ...ofUser("ja"),
  "language and theme are chosen once and stay": async (world) => {
    const somebody = await world.newcomer("domain");
    const page = await world.page(somebody);
    await visit(page, "/preferences");
    await page.getByRole("main").getByLabel("日本語").check();
    await page.getByRole("heading", { name: "設定" }).waitFor();
    await page.getByRole("main").getByLabel("暗い").check();
    await visit(page, "/lists");
    assert.equal(await page.locator("h1").innerText(), "許可と拒否");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.equal(await page.evaluate(() => document.documentElement.lang), "ja");
    // The account keeps the language as well, for every other browser.
    const other = await world.page(somebody);
    await visit(other, "/preferences");
    assert.equal(await other.locator("h1").innerText(), "設定");
    await other.getByRole("main").getByLabel("English").check();
    await other.getByRole("heading", { name: "Preferences" }).waitFor();
    await other.waitForLoadState("networkidle");
  },
  "an administrator decides on hundreds at once, with scope and progress": async (world) => {
    const mails = Array.from({ length: 230 }, (_, at) => held(`flood${at}@flood.example`));
    await world.trial.send(mails);
    const page = await world.page("administrator");
    await visit(page, "/admin/quarantine?text=flood.example");
    await page.getByRole("checkbox", { name: "Choose all that are shown" }).check();
    await button(page, "Choose all that match, not only those shown").click();
    const count = page.locator('nav.side a[href="/admin/quarantine"] .count');
    const before = Number((await count.innerText()).replace(/\D/g, ""));
    await button(page.getByRole("region", { name: "The chosen messages" }), "Delete").click();
    await button(page.locator("dialog[open]"), "Delete").click();
    await page.getByText("230 messages deleted").waitFor({ timeout: 60000 });
    await count.getByText(String(before - 230), { exact: true }).waitFor({ timeout: 5000 });
    await page.getByText("Nothing matches").waitFor();
    assert.equal((await heldFrom(world, "flood.example")).length, 0);
    assert.deepEqual(page.faults, []);
  },
  "keys act on what is chosen, and take it back": async (world) => {
    await world.trial.send([held("keys@keys.example"), held("keys@keys.example"), held("keys@keys.example")]);
    const page = await world.page("administrator");
    await visit(page, "/admin/quarantine?text=keys@keys.example");
    for (const key of ["j", "x", "j", "x", "#"]) await page.keyboard.press(key);
    await page.getByText("2 messages will be deleted").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 1);
    await page.keyboard.press("z");
    await until(async () => (await page.locator("tbody tr").count()) === 3, "z brings them back");
    assert.deepEqual(page.faults, []);
  },
  "filters live in the address, and views are kept": async (world) => {
    const page = await world.page("administrator");
    await visit(page, "/admin/log");
    await page.locator("summary", { hasText: "Outcome" }).click();
    await page.getByRole("checkbox", { name: "Refused" }).check();
    await until(async () => page.url().includes("action=reject"), "the filter is in the address");
    await page.keyboard.press("Escape");
    await page.getByText("International Lottery").first().waitFor();
    await page.locator("summary", { hasText: "Views" }).click();
    await button(page, "Keep this view").click();
    await page.getByLabel("Name of the view").fill("Refused");
    await button(page, "Save").click();
    await visit(page, "/admin/log");
    await page.locator("summary", { hasText: "Views" }).click();
    await button(page, "Refused").click();
    await until(async () => page.url().includes("action=reject"), "the view is back");
    assert.deepEqual(page.faults, []);
  },
  "the way back closes an opened message, and then leaves the list": async (world) => {
    await world.trial.send([held("back@backs.example"), held("back@backs.example")]);
    for (const size of ["phone", undefined]) {
      const page = await world.page("administrator", { size });
      const list = `${world.base}/admin/quarantine?text=back%40backs.example`;
      const peek = page.locator(".peek");
      const open = async (at) => {
        await page.locator("a.subject").nth(at).click();
        await peek.locator(".mail-text").waitFor();
        assert.match(page.url(), /[?&]open=/);
      };
      await visit(page, "/help");
      await visit(page, list);
      await open(0);
      await button(peek, "Next message").click();
      await peek.locator(".mail-text").waitFor();
      await page.goBack();
      await peek.waitFor({ state: "detached" });
      assert.equal(page.url(), list);
      assert.equal(await page.locator("a.subject").count(), 2);
      await open(1);
      const opened = page.url();
      await page.reload();
      await peek.locator(".mail-text").waitFor();
      assert.equal(page.url(), opened);
      await button(peek, "Close").click();
      await peek.waitFor({ state: "detached" });
      await until(() => page.url() === list, "the list is what it was");
      await page.goBack();
      await page.waitForURL(/\/help$/);
      await page.goForward();
      await page.locator("a.subject").nth(1).waitFor();
      if (!size) {
        await open(0);
        await page.getByLabel(words.en.search).fill("backs.example");
        await until(() => /text=backs\.example/.test(page.url()), "the filter changes beside it");
        await button(peek, "Close").click();
        await peek.waitFor({ state: "detached" });
        assert.match(page.url(), /text=backs\.example$/);
      }
      assert.deepEqual(page.faults, []);
    }
  },
  "one field takes a bounce and answers with the message and why": async (world) => {
    const page = await world.page("administrator");
    const { rows } = await world.ask("history?action=reject&limit=1");
    await visit(page, "/admin");
    await page.getByRole("searchbox", { name: /Find mail/ }).fill(`host mx said: ${rows[0].reply}`);
    await page.keyboard.press("Enter");
    await page.locator("a.subject", { hasText: rows[0].subject }).click();
    await settled(page);
    await page.getByRole("heading", { name: `Message ${rows[0].id}` }).waitFor();
    await page.getByText("Rule “lottery”").first().waitFor();
    await page.getByText("We answered").waitFor();
    assert.deepEqual(page.faults, []);
  },
  "every plot of the dashboard is a table as well, and names lead to the log": async (world) => {
    const page = await world.page("administrator");
    await play(page);
    await visit(page, "/admin");
    await page.waitForSelector(".plot path");
    await page.locator(".plot svg").first().hover();
    await page.locator(".plot .tip", { hasText: "Refused" }).waitFor();
    const plots = await page.getByRole("button", { name: "As a table" }).count();
    assert.equal(plots, 4);
    for (let left = plots; left > 0; --left) await button(page, "As a table").first().click();
    assert.equal(await page.locator(".plot, .histogram").count(), 0);
    assert.equal(
      (await page
        .getByRole("row")
        .filter({ hasText: /^\d\d:\d\d|^[A-Z0-9].*\d\d:\d\d/ })
        .count()) > 90,
      true,
    );
    const { totals } = statistics();
    await page
      .locator(".outcomes")
      .getByText(totals.all.tag.toLocaleString("en-GB"), { exact: true })
      .click();
    await until(
      async () => page.url().includes("/admin/log?action=tag"),
      "the number leads to the log",
    );
    assert.deepEqual(page.faults, []);
  },
  "ten thousand rows scroll without filling the page": async (world) => {
    const page = await world.page("administrator");
    await page.route("**/api/v1/history**", async (route) => {
      const after = Number(new URL(route.request().url()).searchParams.get("after") ?? 0);
      const rows = Array.from({ length: 1000 }, (_, at) => ({
        id: `R${after + at}`,
        time: new Date().toISOString(),
        sender: "a@b.example",
        recipient: "desk@example.org",
        from: "",
        subject: `件名 ${after + at}`,
        action: "deliver",
        rule: "",
        step: "none",
        score: 0,
        findings: [],
        size: 1,
        client: "192.0.2.1",
        delivery: "",
      }));
      await route.fulfill({ json: { rows, next: after < 9000 ? String(after + 1000) : null } });
    });
    await visit(page, "/admin/log");
    for (let at = 0; at < 60 && !(await page.getByText("10,000 messages shown").count()); ++at) {
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForTimeout(60);
    }
    await page.getByText("10,000 messages shown").waitFor();
    const count = await page.locator("tbody tr").count();
    assert.ok(count < 1200, `${count} rows are in the page`);
    const began = Date.now();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    assert.ok(Date.now() - began < 1500);
  },
  "what was chosen is forgotten when the filter changes, and a deed on all names the filter": async (
    world,
  ) => {
    const page = await world.page("administrator");
    await visit(page, "/admin/quarantine?text=Final");
    await page.getByRole("checkbox", { name: "Choose all that are shown" }).first().check();
    await page.getByText("Choose all that match").click();
    await page.getByText("All that match are chosen").waitFor();
    await button(page, "Delete").first().click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByText("Words: Final").waitFor();
    await dialog.getByText(/\d+ messages\./).waitFor();
    await button(dialog, "Cancel").click();
    await page.getByLabel("Search sender and subject").fill("最終");
    await page.getByText("All that match are chosen").waitFor({ state: "detached" });
    assert.equal(await page.locator("tr[aria-selected=true]").count(), 0);
    assert.deepEqual(page.faults, []);
  },
  "an answer that fails shows no rows of another question": async (world) => {
      const page = await world.page("administrator");
      await visit(page, "/admin/log");
      await page.route("**/api/v1/history?*text=zzz*", (route) =>
        route.fulfill({ status: 500, json: { type: "/problems/failed", title: "failed" } }),
      );
      await page.getByLabel("Search sender, recipient and subject").fill("zzz");
      await page.locator(".empty").waitFor();
      assert.equal(await page.locator("a.subject").count(), 0);
      assert.deepEqual(page.faults, []);
    },
  "the first load waits for a gateway that is not ready": async (world) => {
    const page = await world.page("user");
    let left = 2;
    await page.route("**/api/v1/session", (route) =>
      left-- > 0 ? route.fulfill({ status: 503, json: { title: "busy" } }) : route.fallback(),
    );
    await page.goto("/log");
    await page.getByText("does not answer").first().waitFor();
    await page.locator("a.subject").first().waitFor();
  },
  "a slow answer is no absent gateway": async (world) => {
    const page = await world.page("administrator");
    let asked = 0;
    await page.route("**/api/v1/history?*text=slow*", (route) => {
      ++asked;
      return route.fulfill({ status: 504, json: { type: "/problems/gateway-slow" } });
    });
    await visit(page, "/admin/log?text=slow");
    await page.getByText("It took too long").waitFor();
    await page.waitForTimeout(1500);
    assert.equal(await page.locator(".banner").count(), 0);
    assert.equal(asked, 1, "it is not repeated");
  },
  "a hostile sender does not have a whole top-level domain blocked by one click": async (world) => {
    const hostile = mail({ from: "com", subject: "top level", body: "confirm your password now" });
    await world.trial.send([{ ...hostile, sender: "bounce@top.example" }]);
    const page = await world.page("user");
    await visit(page, "/quarantine?text=top+level");
    await page.locator("a.subject").first().click();
    await page.keyboard.press("b");
    const dialog = page.locator("dialog[open]");
    await dialog.waitFor();
    assert.equal(await dialog.locator("input[type=radio][value=com]").count(), 0);
    assert.deepEqual(page.faults, []);
  },
  "a gateway that is away is said, and the page comes back by itself": async (world) => {
    const page = await world.page("user");
    await visit(page, "/log");
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.locator("summary", { hasText: "Outcome" }).click();
    await page.getByRole("checkbox", { name: "Tagged" }).check();
    await page.getByText("The gateway does not answer. Mail is not affected").waitFor();
    await page.unroute("**/api/v1/**");
    await page.locator(".banner").waitFor({ state: "detached", timeout: 30000 });
    await page.locator(".verdict.tag").first().waitFor();
    assert.ok(
      page.faults.every((fault) => fault.includes("Failed")),
      page.faults.join(),
    );
  },
  "a gateway that hangs is said within seconds, and the page comes back by itself": async (world) => {
    const page = await world.page("user");
    await visit(page, "/log");
    const gate = world.trial.gate();
    process.kill(gate, "SIGSTOP");
    try {
      await page.locator("summary", { hasText: "Outcome" }).click();
      await page.getByRole("checkbox", { name: "Tagged" }).check();
      await page.locator(".banner").waitFor({ timeout: 8000 });
    } finally {
      process.kill(gate, "SIGCONT");
    }
    await page.locator(".banner").waitFor({ state: "detached", timeout: 30000 });
    await page.locator(".verdict.tag").first().waitFor();
    assert.ok(
      page.faults.every((fault) => /Failed|502/.test(fault)),
      page.faults.join(),
    );
  },
};
