// SPDX-License-Identifier: Apache-2.0
// Text that strangers wrote: a text node, isolated from the direction of its surroundings, with
// characters that nobody sees made visible.
import { html } from "../html.js";

const names = {
  "\u200E": "LRM",
  "\u200F": "RLM",
  "\u061C": "ALM",
  "\u202A": "LRE",
  "\u202B": "RLE",
  "\u202C": "PDF",
  "\u202D": "LRO",
  "\u202E": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
  "\u200B": "ZWSP",
  "\u200C": "ZWNJ",
  "\u200D": "ZWJ",
  "\u2060": "WJ",
  "\uFEFF": "BOM",
  "\u00AD": "SHY",
  "\u180E": "MVS",
  "\u3164": "HF",
  "\u2028": "LS",
  "\u2029": "PS",
};
const hidden = new RegExp(
  "[\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\u00AD\\u034F\\u061C\\u115F\\u1160\\u180E" +
    "\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\u{E0000}-\\u{E007F}]",
  "gu",
);
const joins =
  /^[\p{Extended_Pictographic}\u{1F3FB}-\u{1F3FF}\uFE0F\p{Script=Arabic}\p{Script=Devanagari}]$/u;

const controls = (
  "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI " +
  "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
).split(" ");
const nameOf = (sign) => {
  const code = sign.codePointAt(0);
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return names[sign] ?? (code === 0x7f ? "DEL" : (controls[code] ?? number));
};

/** A joiner inside of an emoji or a script that needs it is ordinary. */
function isOrdinary(text, at, sign) {
  if (sign !== "\u200D" && sign !== "\u200C") return false;
  const before = [...text.slice(Math.max(0, at - 2), at)].pop() ?? "";
  const after = [...text.slice(at + 1, at + 3)][0] ?? "";
  return joins.test(before) && joins.test(after);
}

export function visible(text) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (isOrdinary(text, match.index, match[0])) continue;
    out.push(text.slice(from, match.index));
    out.push(html`
      <span class="control">${nameOf(match[0])}</span>
    `);
    from = match.index + match[0].length;
  }
  out.push(text.slice(from));
  return out;
}

/** `most`: characters that are shown; what is cut is said by an ellipsis. */
export function Text({ children, most = 4000 }) {
  const text = [children].flat(Infinity).join("").replaceAll("\r\n", "\n");
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return html`
    <bdi>${visible(cut)}</bdi>
  `;
}

/** "Name <a@b>" in two: what a mail program shows, and who it is. */
export function authorOf(from, sender) {
  const match = /^\s*(.*?)\s*<([^<>]*)>\s*$/s.exec(from ?? "");
  const address = (match ? match[2] : from) || sender || "";
  const name = match ? match[1].replace(/^"(.*)"$/s, "$1").replace(/\\(.)/g, "$1") : "";
  return { name, address };
}

/** For attributes such as titles, where there is no markup: the same signs in brackets. */
export const plainText = (text, most = 300) =>
  String(text ?? "")
    .slice(0, most)
    .replace(hidden, (sign, at, whole) =>
      isOrdinary(whole, at, sign) ? sign : `[${nameOf(sign)}]`,
    );
