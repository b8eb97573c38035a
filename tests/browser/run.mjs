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
      const spoiled = await world.spoiled();
      if (spoiled.length) throw new Error(`leaves a language with ${spoiled}`);
      console.log(`ok    ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      ++failed;
      console.log(`FAIL  ${sentence}\n${error.stack ?? error}`);
    }
    await Promise.all(world.browser?.contexts().map((context) => context.close()) ?? []);
  }
  return failed;
}

/** Files one after the other in a world of their own; how many tests failed. */
async function lane(World, files) {
  const world = await World.make(values.mailweir, values);
  let failed = 0;
  try {
    for (let file = files.shift(); file; file = files.shift()) failed += await runAll(file, world);
  } finally {
    await world.end();
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
// What takes longest begins; two worlds share the rest.
const longest = ["accessibility_test.mjs", "journeys_test.mjs", "administration_test.mjs"];
const names = readdirSync(here).filter((name) => name.endsWith("_test.mjs"));
names.sort((a, b) => longest.includes(b) - longest.includes(a) || (a < b ? -1 : 1));
const files = [];
for (const name of names) {
  const module = await import(pathToFileURL(join(here, name)));
  const tests = Object.entries(module.tests).filter(([one]) => one.includes(values.only));
  if (tests.length) files.push(tests);
}
const count = files.flat().length;
const { World } = await import("./support/world.mjs");
const lanes = Array.from({ length: Math.min(2, files.length) }, () => lane(World, files));
let failed = (await Promise.allSettled(lanes)).reduce((sum, { value, reason }) => {
  if (reason) console.log(`FAIL  a gateway to test\n${reason.stack ?? reason}`);
  return sum + (value ?? 1);
}, 0);
if (!count) failed = 1;
console.log(failed ? `${failed} of ${count} failed` : `all ${count} passed`);
process.exit(failed ? 1 : 0);
