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

/** What is kept for this tab alone, until it is closed or somebody signs out. */
export function keptForNow(name, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keepForNow(name, value) {
  try {
    value === null
      ? sessionStorage.removeItem(name)
      : sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Then it is kept as long as the page.
  }
}

export function forgetAll() {
  try {
    sessionStorage.clear();
  } catch {
    // There was nothing.
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
