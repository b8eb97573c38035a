// SPDX-License-Identifier: Apache-2.0
// Words in the reader's language. A text is one string with {names}, or { one, other } by {n}.
import { keepWord, keptWord } from "./kept.js";
import { Store } from "./store.js";

const files = {
  words: { en: new URL("./en.json", import.meta.url), ja: new URL("./ja.json", import.meta.url) },
  later: {
    en: new URL("./later.en.json", import.meta.url),
    ja: new URL("./later.ja.json", import.meta.url),
  },
  staff: {
    en: new URL("./staff.en.json", import.meta.url),
    ja: new URL("./staff.ja.json", import.meta.url),
  },
  own: {
    en: new URL("./own.en.json", import.meta.url),
    ja: new URL("./own.ja.json", import.meta.url),
  },
  message: {
    en: new URL("./message.en.json", import.meta.url),
    ja: new URL("./message.ja.json", import.meta.url),
  },
  problems: {
    en: new URL("./problems.en.json", import.meta.url),
    ja: new URL("./problems.ja.json", import.meta.url),
  },
  findings: {
    en: new URL("./findings.en.json", import.meta.url),
    ja: new URL("./findings.ja.json", import.meta.url),
  },
  layers: {
    en: new URL("./layers.en.json", import.meta.url),
    ja: new URL("./layers.ja.json", import.meta.url),
  },
  help: {
    en: new URL("./help.en.json", import.meta.url),
    ja: new URL("./help.ja.json", import.meta.url),
  },
};
export const languages = { en: "English", ja: "日本語" };
export const language = new Store(document.documentElement.lang);

let words = {};
const known = new Set(["words"]);
const loaded = new Map();

async function load(name, of) {
  const url = files[name][of];
  if (!loaded.has(url)) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    loaded.set(url, await response.json());
  }
  return loaded.get(url);
}

/** Other texts than the words of the pages: "findings", "layers" or "help". */
export const texts = (name) => load(name, language.value);

const wordsIn = async (of) =>
  Object.assign({}, ...(await Promise.all([...known].map((name) => load(name, of)))));

/** Words that few people see: fetched with the first page or problem that says them. */
export async function learn(name) {
  if (known.has(name)) return;
  await load(name, language.value);
  known.add(name);
  const learnt = await load(name, language.value);
  words = { ...words, ...learnt };
}

let asked = 0;

export async function speak(chosen, { remember = true } = {}) {
  const next = chosen in languages ? chosen : "en";
  const mine = ++asked;
  let spoken = {};
  for (let count = 0; count !== known.size; ) {
    count = known.size;
    spoken = await wordsIn(next); // once more where others were learnt meanwhile
  }
  if (mine !== asked) return; // somebody chose another one meanwhile
  words = spoken;
  document.documentElement.lang = next;
  if (remember) keepWord("language", next);
  language.set(next);
}
export const hasChosenLanguage = () => keptWord("language") !== "";

function form(key, values) {
  const text = words[key];
  if (text === undefined) return key;
  if (typeof text === "string") return text;
  return text[new Intl.PluralRules(language.value).select(values.n)] ?? text.other;
}

const shown = (value) => (typeof value === "number" ? number(value) : String(value ?? ""));

export function t(key, values = {}) {
  return form(key, values).replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}
export const isKnown = (key) => key in words;
export const keysOf = (prefix) => Object.keys(words).filter((key) => key.startsWith(prefix));

/** The same with nodes in the places of names: an array of texts and nodes. */
export function rich(key, values) {
  return form(key, values)
    .split(/\{(\w+)\}/)
    .map((part, at) =>
      at % 2 === 0 ? part : typeof values[part] === "number" ? number(values[part]) : values[part],
    );
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
}

export const points = (value) =>
  new Intl.NumberFormat(language.value, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 2,
  }).format(value);

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  let left = value;
  for (; left >= 1000 && at < units.length - 1; ++at) left /= 1000;
  return `${number(left, left < 10 && at > 0 ? 1 : 0)} ${units[at]}`;
}
