// SPDX-License-Identifier: Apache-2.0
// One plain sentence, the step of the ladder that decided, and the smallest change that would alter it.
import { html } from "../html.js";
import { points, t } from "../i18n.js";
import { sentenceOf, useSentences } from "./facts.js";
import { Text } from "./hostile.js";
import { reasonWords, voidEntry } from "./reasons.js";

const rungs = [
  ["overriding"],
  ["forced_list", "spoofing"],
  ["domain_list"],
  ["user_list"],
  ["rule"],
  ["points"],
];
const stepOf = (step) =>
  ({ "forced list": "forced_list", "domain list": "domain_list", "user list": "user_list" })[
    step
  ] ?? step;

export function sentence(row) {
  const action = t(`action.${row.action}`);
  const rule = reasonWords(row);
  if (row.rule?.startsWith("observe:"))
    return t("sentence.observe", { rule: row.rule.replace(/^observe: would /, "") });
  if (row.rule === "relay" || row.rule === "door")
    return t("sentence.without_policy", { action, rule });
  const step = stepOf(row.step);
  if (/_list$/.test(step)) return t("sentence.list", { action, rule });
  if (step === "points") return t("sentence.points", { action, score: points(row.score) });
  if (step === "rule" || step === "spoofing" || step === "overriding")
    return t(`sentence.${step}`, { action, rule });
  if (row.action !== "deliver") return t("sentence.rule", { action, rule });
  return row.score > 0
    ? t("sentence.deliver_points", { score: points(row.score) })
    : t("sentence.deliver");
}

export function Ladder({ row }) {
  const step = stepOf(row.step);
  const at = rungs.findIndex((steps) => steps.includes(step));
  const words = (rung) =>
    rung === at
      ? html`
          ${reasonWords(row)}${" "}→${" "}${t(`action.${row.action}`)}
        `
      : at >= 0 && rung > at
        ? t("ladder.not_asked")
        : t("ladder.nothing");
  return html`
    <ol class="bare ladder">
      ${rungs.map(
        (_, rung) => html`
          <li key=${rung} class=${rung === at ? "acts" : ""}>
            <span>${t(`ladder.${rung + 1}`)}</span>
            <span>${words(rung)}</span>
          </li>
        `,
      )}
    </ol>
  `;
}

const done = {
  delivered: "deliver",
  "delivered with a tag in its subject": "tag",
  "held in quarantine": "quarantine",
  "discarded without notice": "discard",
  'answered "try again later"': "defer",
  refused: "reject",
};

/** What the gateway says of today's policy and of the smallest change; from older ones as a text. */
function changesOf({ today, change, text = "" }) {
  if (today !== undefined || change !== undefined) return { today: today?.action, change };
  const now = /The policy in force now would have it (.*?)(?: \(.*\))?\.\n/.exec(text);
  const without = /Smallest change: without (\S+) it would be (.*)\.\n/.exec(text);
  const more = /Smallest change: ([\d.]+) more points/.exec(text);
  return {
    today: now && done[now[1]],
    change: without
      ? { without: without[1], action: done[without[2]] }
      : more
        ? { points: Number(more[1]) }
        : text.includes("no single fact decides")
          ? { several: true }
          : null,
  };
}

export function Changes({ explanation, row }) {
  const sentences = useSentences();
  const { today, change } = changesOf(explanation);
  const unproven = voidEntry(row);
  const fact =
    change?.without &&
    sentenceOf(
      sentences,
      (row.findings ?? []).find((one) => one.name === change.without) ?? { name: change.without },
    );
  return html`
    ${
      unproven &&
      html`
        <p>${sentenceOf(sentences, { name: "lists.void", detail: unproven })}</p>
      `
    }
    ${
      today &&
      html`
        <p>${t("message.today", { action: t(`action.${today}`) })}</p>
      `
    }
    ${
      change?.without &&
      html`
        <p>
          <${Text}>
            ${t("message.change_without", {
              fact: fact.replace(/[.。]$/, ""),
              action: t(`action.${change.action}`),
            })}
          <//>
        </p>
      `
    }
    ${
      typeof change?.points === "number" &&
      html`
        <p>${t("message.change_points", { points: points(change.points) })}</p>
      `
    }
    ${
      change?.several &&
      html`
        <p>${t("message.change_several")}</p>
      `
    }
  `;
}
