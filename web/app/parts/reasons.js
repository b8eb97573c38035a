// SPDX-License-Identifier: Apache-2.0
// In a few words why a message became what it became.
import { isKnown, points, t } from "../i18n.js";
import { session } from "../session.js";

const lists = /lists\.(allow|block)_(global|domain|user)/;

/** What the fact that the rule names says: an entry of a list, the name of a word rule. Held mail
 *  bears it; other rows have it among their findings. */
export const detailOf = (row, name) =>
  (row.reason === name && row.detail) ||
  ((Array.isArray(row.findings) ? row.findings : []).find((one) => one.name === name)?.detail ??
    "");

/** Of a policy that only looks: what it would have done, and by which rule. */
const observed = /^observe: would (\w+) \((.*)\)$/s;
export const observedRule = (rule) => observed.exec(rule)?.[2] ?? rule;

/** What somebody did with it, as the gateway notes it. */
const done = /^(held|released|deleted) by (an administrator|the helpdesk|the recipient)$/;
export function noteWords(text) {
  const [, act, who] = done.exec(text) ?? [];
  return act ? t(`note.${act}`, { who: t(`note.${who.split(" ")[1]}`) }) : text;
}

export function reasonWords(row) {
  const rule = row.rule ?? row.reason ?? "";
  const [, would, by] = observed.exec(rule) ?? [];
  if (would) {
    const why = reasonWords({ ...row, rule: by });
    return t("reason.observed", { action: t(`action.${would}`), why });
  }
  const list = lists.exec(rule);
  if (list) {
    const entry = detailOf(row, list[0]);
    // "Your list" is that of whoever reads this.
    const is_own = session.value.account.addresses.includes((row.owner ?? row.recipient) || "");
    const whose = list[2] === "user" && !is_own ? "recipient" : list[2];
    return t(`reason.${list[1]}_${whose}${entry ? "_entry" : ""}`, { entry });
  }
  if (/^points/.test(rule)) return t("reason.points", { score: points(row.score ?? 0) });
  if (rule.startsWith("words.")) {
    const name = detailOf(row, rule);
    return name ? t("reason.words_named", { name }) : t("reason.words");
  }
  if (done.test(rule)) return noteWords(rule);
  const key = `reason.${rule}`;
  if (isKnown(key)) return t(key);
  const layer = `layer.${rule.split(".")[0]}`;
  if (!rule && (row.score ?? 0) > 0) return t("reason.below", { score: points(row.score) });
  if (!isKnown(layer)) return rule || t("reason.none");
  const detail = detailOf(row, rule);
  return detail ? `${t(layer)}: ${detail}` : t(layer);
}

/** An allow entry that stands but did not count. */
export const voidEntry = (row) => detailOf(row, "lists.void");
