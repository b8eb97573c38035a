// SPDX-License-Identifier: Apache-2.0
// Both languages have the same words with the same places, and nothing that nobody says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const app = join(dirname(fileURLToPath(import.meta.url)), "../../web/app");
const json = (name) => JSON.parse(readFileSync(join(app, name), "utf8"));
const read = (name) => readFileSync(join(app, name), "utf8");
const modules = () =>
  ["", "pages", "parts"].flatMap((folder) =>
    readdirSync(join(app, folder))
      .filter((name) => name.endsWith(".js"))
      .map((name) => join(folder, name)),
  );
const code = () => modules().map(read).join("\n");
const words = (language) =>
  ["", "later.", "own.", "message.", "staff.", "problems."].reduce(
    (all, part) => ({ ...all, ...json(`${part}${language}.json`) }),
    {},
  );

/** What `from` leads to, by imports that fit and without what is left out. */
function reached(from, imports, left_out = new Set()) {
  const found = new Set();
  const follow = (name) => {
    if (found.has(name) || left_out.has(name)) return;
    found.add(name);
    for (const [, to] of read(name).matchAll(imports))
      follow(posix.join(posix.dirname(name), to));
  };
  from.forEach(follow);
  return found;
}
const pagesBy = (form) => new Set([...read("routes.js").matchAll(form)].map(([, name]) => name));

/** What is fetched without the words of the staff: everything but their pages. */
function reachedByAll() {
  const staff = pagesBy(/staff\(\(\) => import\("\.\/(pages\/\w+\.js)"\)\)/g);
  const found = reached(["main.js"], /(?:from|import\() ?"(\.[^"]+\.js)"/g, staff);
  assert.ok(staff.size > 5 && found.size > 40);
  return [...found].map(read).join("\n");
}

/** What is shown without the words of later: the shell, and pages that wait for no words. */
function reachedAtFirst() {
  const first = pagesBy(/= \(\) => import\("\.\/(pages\/\w+\.js)"\)/g);
  assert.deepEqual([...first].sort(), ["pages/dashboard.js", "pages/quarantine.js"]);
  const found = reached(["main.js", ...first], /\bfrom ?"(\.[^"]+\.js)"/g);
  assert.ok(found.size > 40);
  return [...found].map(read).join("\n");
}
const places = (text) => [...JSON.stringify(text).matchAll(/\{(\w*)\}/g)].map(([, name]) => name);
const unique = (list) => [...new Set(list)].sort();

/** Keys that are put together, as expressions: t(`deed.${deed}`). */
const patterns = (text) =>
  [...text.matchAll(/`([a-z_]+\.[^`]*\$\{[^`]*)`/g)].map(
    ([, form]) =>
      new RegExp(
        `^${form
          .split(/\$\{(?:[^{}`]|\{[^}]*\})*\}?/)
          .map((part) => part.replace(/[.*+?^()|[\]\\]/g, "\\$&"))
          .join(".*")}$`,
      ),
  );

export const tests = {
  "both languages have the same words, and the same names in them": () => {
    const [en, ja] = [words("en"), words("ja")];
    assert.deepEqual(Object.keys(en), Object.keys(ja));
    assert.deepEqual(Object.keys(json("staff.en.json")), Object.keys(json("staff.ja.json")));
    for (const key of Object.keys(en))
      assert.deepEqual(unique(places(en[key])), unique(places(ja[key])), key);
  },
  "every word that the code says is there, and every word that is there is said": () => {
    const text = code();
    const en = words("en");
    const said = unique([...text.matchAll(/\b(?:t|rich)\(\s*"([\w.]+)"/g)].map(([, key]) => key));
    assert.deepEqual(
      said.filter((key) => !(key in en)),
      [],
    );
    const built = patterns(text);
    const unsaid = Object.keys(en).filter(
      (key) => !text.includes(`"${key}"`) && !built.some((one) => one.test(key)),
    );
    assert.deepEqual(unsaid, []);
  },
  "pages that everybody reads say no word of the staff": () => {
    const text = reachedByAll();
    const staff = Object.keys(json("staff.en.json")).filter((key) => text.includes(`"${key}"`));
    assert.deepEqual(staff, []);
  },
  "the first pages say no word that is fetched after them": () => {
    const text = reachedAtFirst();
    const built = patterns(text);
    const later = Object.keys(json("later.en.json"));
    assert.deepEqual(Object.keys(json("later.ja.json")), later);
    assert.deepEqual(
      later.filter((key) => text.includes(`"${key}"`) || built.some((one) => one.test(key))),
      [],
    );
  },
  "every fact that a layer can find has a sentence in both languages": (world) => {
    const layers = JSON.parse(
      execFileSync(world.trial.binary, ["layers", "--json"], { encoding: "utf8" }),
    );
    const facts = unique(layers.flatMap((layer) => layer.findings.map((one) => one.name)));
    const [en, ja] = [json("findings.en.json"), json("findings.ja.json")];
    assert.deepEqual(Object.keys(en), facts);
    assert.deepEqual(Object.keys(ja), facts);
    for (const name of facts) assert.equal(en[name].includes("{}"), ja[name].includes("{}"), name);
  },
  "every layer is told of in both languages": (world) => {
    const run = [world.trial.binary, ["layers", "--json"], { encoding: "utf8" }];
    const names = unique(JSON.parse(execFileSync(...run)).map((layer) => layer.name));
    assert.deepEqual(Object.keys(json("layers.en.json")), names);
    assert.deepEqual(Object.keys(json("layers.ja.json")), names);
    for (const language of ["en", "ja"])
      for (const name of names) assert.ok(words(language)[`layer.${name}`], `layer.${name}`);
  },
  "every problem that the gateway can have has words of its own": () => {
    const api = join(app, "../api");
    const sources = readdirSync(api)
      .filter((name) => name.endsWith(".cpp"))
      .map((name) => readFileSync(join(api, name), "utf8"));
    const titles = unique(
      sources.flatMap((text) =>
        [...text.matchAll(/(?:problem\(|Refusal\{)\s*\d+,\s*"([^"]+)"/g)].map(([, one]) => one),
      ),
    );
    assert.ok(titles.length > 40, `${titles.length} titles`);
    for (const language of ["en", "ja"])
      for (const title of titles) {
        const key = `problem.${title.replaceAll(" ", "-")}`;
        assert.ok(words(language)[key], `${language}: ${key}`);
      }
  },
  "every act that is recorded has words": () => {
    const api = join(app, "../api");
    const sources = readdirSync(api)
      .filter((name) => name.endsWith(".cpp"))
      .map((name) => readFileSync(join(api, name), "utf8"))
      .join("\n");
    const [, table] = readFileSync(join(api, "audit.hpp"), "utf8").match(
      /audited_acts = std::to_array<[^>]*>\(\{([^}]*)\}\)/,
    );
    const acts = [...table.matchAll(/"([^"]+)"/g)].map(([, act]) => act);
    const recorded =
      /\b(?:(?:audit|put_in_force)\(\s*site, (?:std::move\(\w+\)|\w+),|record_export\([\w, ]+,|std::string act =)\s*"([a-z ]+)"/g;
    const named = [...sources.matchAll(recorded)].map(([, act]) => act.trim());
    assert.ok(named.length > 25, `${named.length} acts`);
    assert.deepEqual(
      named.filter((act) => !acts.some((one) => one === act || one.startsWith(`${act} `))),
      [],
    );
    for (const language of ["en", "ja"])
      for (const act of acts) assert.ok(words(language)[`audited.${act.replaceAll(" ", "_")}`], act);
  },
  "the help pages have the same topics, steps and files in both languages": () => {
    const shape = (name) =>
      json(name).topics.map((topic) => [
        topic.name,
        topic.text.map((block) =>
          typeof block === "string"
            ? "text"
            : (block.steps?.length ?? block.points?.length ?? block.file ?? "title"),
        ),
      ]);
    assert.deepEqual(shape("help.en.json"), shape("help.ja.json"));
  },
  "ready letters are the same ones in both languages, and tell the same": () => {
    const [en, ja] = [json("letters.en.json"), json("letters.ja.json")];
    assert.deepEqual(Object.keys(en), Object.keys(ja));
    for (const name of Object.keys(en))
      assert.deepEqual(unique(places(en[name])), unique(places(ja[name])), name);
  },
  "no page writes HTML, styles or handlers as text": () => {
    for (const word of [
      "innerHTML",
      "outerHTML",
      "insertAdjacentHTML",
      "dangerouslySetInnerHTML",
      "document.write",
      "eval(",
      "style=",
      "onclick=",
      "javascript:",
    ])
      assert.ok(!code().includes(word), word);
  },
};
