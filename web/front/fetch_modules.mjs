// SPDX-License-Identifier: Apache-2.0
// Fetches what the pages are made of, as the lock file says; nothing where that is done already, so
// that later builds need no network.
// Usage: node fetch_modules.mjs FOLDER      a folder with package.json and package-lock.json
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const lock = createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex");
const done = join(folder, "node_modules", ".fetched");
if (existsSync(done) && readFileSync(done, "utf8") === lock) process.exit(0);

const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
  { cwd: folder, stdio: "inherit" });
if (npm.status !== 0) {
  console.error(`npm ci in ${folder} failed: ${npm.error ? npm.error.message : `code ${npm.status}`}`);
  console.error("The first build fetches the pages' three modules from npm's registry; see packaging/install-dependencies.");
  process.exit(1);
}
writeFileSync(done, lock);
