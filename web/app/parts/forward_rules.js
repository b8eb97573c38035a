// SPDX-License-Identifier: Apache-2.0
// What becomes of spam that somebody forwards, as lines of the policy document. The document is
// read and written line by line, so that its comments and order stay.

const line = /^\s*-\s*\{\s*when:\s*["']?forward\.spam(?:\(([^)]*)\))?["']?\s*,\s*then:\s*(\w+)/;
const chosen = { quarantine: "hold", reject: "refuse", discard: "discard" };
const acts = { hold: "quarantine", refuse: "reject", discard: "discard" };

const glob = (pattern) =>
  new RegExp(
    `^${pattern.replace(/[.+^$()|[\]{}\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`,
    "i",
  );

/** The rule for an address: [what, pattern, is of it alone]; without one it is held. */
export function ruleOf(document, address) {
  for (const text of document.split("\n")) {
    const [, pattern, then] = line.exec(text) ?? [];
    if (!then || !(then in chosen)) continue;
    if (pattern === undefined || glob(pattern).test(address))
      return { what: chosen[then], pattern: pattern ?? "", is_own: pattern === address };
  }
  return { what: "hold", pattern: "", is_own: false };
}

/** The document with the rule for a pattern in place of the one before; null: it has no rules. */
export function withRule(document, pattern, what) {
  const kept = document.split("\n").filter((text) => line.exec(text)?.[1] !== pattern);
  const at = kept.findIndex((text) => /^rules:\s*(#.*)?$/.test(text));
  if (at < 0) return null;
  const indent = /^(\s*)-/.exec(kept.slice(at + 1).find((text) => /^\s*-/.test(text)) ?? "  -")[1];
  const rule = `${indent}- { when: "forward.spam(${pattern})", then: ${acts[what]} }`;
  return [...kept.slice(0, at + 1), rule, ...kept.slice(at + 1)].join("\n");
}
