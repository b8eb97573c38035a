// SPDX-License-Identifier: Apache-2.0
// The words of the pages, so that one journey can be taken in either language.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const app = join(dirname(fileURLToPath(import.meta.url)), "../../../web/app");
const json = (name) => JSON.parse(readFileSync(join(app, name), "utf8"));

/** By key: the text, or a pattern where the text has names that are filled in. */
export function wordsIn(language) {
  const parts = ["", "later.", "own.", "message.", "staff.", "problems."].map((part) =>
    json(`${part}${language}.json`),
  );
  const words = Object.assign({}, ...parts);
  return (key) => {
    const form = words[key];
    if (form === undefined) throw new Error(`there is no word ${key}`);
    const forms = typeof form === "string" ? [form] : Object.values(form);
    if (forms.length === 1 && !/\{\w+\}/.test(forms[0])) return forms[0];
    const escaped = (part) => part.replace(/[.*+?^()|[\]\\$]/g, "\\$&");
    return new RegExp(forms.map((one) => one.split(/\{\w+\}/).map(escaped).join(".*")).join("|"));
  };
}
