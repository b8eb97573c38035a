// SPDX-License-Identifier: Apache-2.0
// Small choices that this browser remembers; a browser that refuses storage only forgets them.
export function kept(name, otherwise) {
  try {
    const text = localStorage.getItem(name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Private windows may refuse it.
  }
}

/** The same for a bare word, which appearance.js reads before anything else runs. */
export function keepWord(name, word) {
  try {
    word ? localStorage.setItem(name, word) : localStorage.removeItem(name);
  } catch {
    // As above.
  }
}

export function keptWord(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}
