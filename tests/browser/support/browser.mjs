// SPDX-License-Identifier: Apache-2.0
// Chromium with a fresh profile, and pages that remember whatever went wrong in them.
import { accessSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const binary = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const axe = () =>
  readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where Chromium is; nothing where it is not installed. */
export const chromiumPath = () =>
  binary.find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });

export async function launch() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}

const phone = { width: 390, height: 844 };
export const desktop = { width: 1400, height: 900 };

/** A page in a profile of its own. `faults` fills with errors, violations and unknown hosts. */
export async function open(
  browser,
  { language = "en", theme = "light", size = desktop, base } = {},
) {
  const context = await browser.newContext({
    viewport: size === "phone" ? phone : size,
    colorScheme: theme,
    baseURL: base,
    locale: language === "ja" ? "ja-JP" : "en-GB",
    timezoneId: "Asia/Tokyo",
    acceptDownloads: true,
    hasTouch: size === "phone",
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  const page = await context.newPage();
  page.faults = [];
  page.setDefaultTimeout(15000);
  page.on("pageerror", (error) => page.faults.push(`error ${error.stack ?? error}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource"))
      page.faults.push(`console ${text}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (base && url.protocol.startsWith("http") && url.origin !== new URL(base).origin)
      page.faults.push(`asks a stranger: ${url}`);
  });
  page.on("dialog", (dialog) => {
    page.faults.push(`dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  return page;
}

/** Goes there and waits until nothing is asked for any more. */
export async function visit(page, path) {
  await page.goto(path);
  await settled(page);
}

export async function settled(page) {
  await page.waitForSelector("h1");
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
}
