// SPDX-License-Identifier: Apache-2.0
// Runs the tests of the pages: *_test.mjs, each a map from a sentence to what proves it.
// Usage: node run.mjs --mailweir BINARY [--only PART-OF-A-SENTENCE] [--live]
//   --live: the pages as they stand in web/app, not those in the binary
// 77: something is not installed
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    mailweir: { type: "string" },
    only: { type: "string", default: "" },
    live: { type: "boolean", default: false },
  },
});

function installed(folder) {
  if (existsSync(join(folder, "node_modules"))) return true;
  try {
    execFileSync("npm", ["ci", "--no-fund", "--no-audit"], { cwd: folder, stdio: "inherit" });
    return true;
  } catch {
    return false;
  }
}

async function runAll(tests, world) {
  let failed = 0;
  for (const [sentence, test] of tests) {
    const began = Date.now();
    try {
      await test(world);
      console.log(`ok    ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      ++failed;
      console.log(`FAIL  ${sentence}\n${error.stack ?? error}`);
    }
    await Promise.all(world.browser?.contexts().map((context) => context.close()) ?? []);
  }
  return failed;
}

if (!values.mailweir) {
  console.error("usage: node run.mjs --mailweir BINARY [--only WORDS]");
  process.exit(2);
}
const { chromiumPath } = await import("./support/browser.mjs");
if (!chromiumPath() || !installed(here) || !installed(join(here, "../../web/app"))) {
  console.log("SKIPPED: chromium, or the packages of tests/browser, are not installed");
  process.exit(77);
}
const files = readdirSync(here)
  .filter((name) => name.endsWith("_test.mjs"))
  .sort();
const tests = [];
for (const name of files) {
  const module = await import(pathToFileURL(join(here, name)));
  tests.push(
    ...Object.entries(module.tests).filter(([sentence]) => sentence.includes(values.only)),
  );
}
const { World } = await import("./support/world.mjs");
const world = await World.make(values.mailweir, values);
let failed = 1;
try {
  failed = await runAll(tests, world);
} finally {
  await world.end();
}
if (!tests.length) failed = 1;
console.log(failed ? `${failed} of ${tests.length} failed` : `all ${tests.length} passed`);
process.exit(failed ? 1 : 0);
