// SPDX-License-Identifier: Apache-2.0
// One plain sentence, the step of the ladder that decided, and the smallest change that would alter
// it: from the explanation as data, so that every language says it.
import { html } from "../html.js";
import { points, t } from "../i18n.js";
import { sentenceOf, useSentences } from "./facts.js";
import { Text } from "./hostile.js";
import { observedRule, reasonWords, voidEntry } from "./reasons.js";

const stepOf = (step) => (step ?? "none").replace(" ", "_");

/** The row as the explanation tells it: the fact that the rule names is among its findings. */
function told(row, { sentence: said } = {}) {
  if (!said) return row;
  const findings = [said.fact, ...(Array.isArray(row.findings) ? row.findings : [])];
  return { ...row, ...said, findings: findings.filter(Boolean) };
}

export function sentence(row, explanation) {
  const said = told(row, explanation);
  const rule = reasonWords({ ...said, rule: observedRule(said.rule) });
  if (said.observed)
    return t("sentence.observe", { rule: `${t(`action.${said.observed}`)} – ${rule}` });
  const action = t(`action.${said.action}`);
  if (row.rule === "relay" || row.rule === "door")
    return t("sentence.without_policy", { action, rule });
  const step = stepOf(said.step);
  if (/_list$/.test(step)) return t("sentence.list", { action, rule });
  if (step === "points") return t("sentence.points", { action, score: points(row.score) });
  if (["rule", "spoofing", "overriding"].includes(step))
    return t(`sentence.${step}`, { action, rule });
  if (said.action !== "deliver") return t("sentence.rule", { action, rule });
  return row.score > 0
    ? t("sentence.deliver_points", { score: points(row.score) })
    : t("sentence.deliver");
}

/** What one rung said. */
function rungWords({ said, rule, action }, row) {
  if (said !== "acts") return t(`ladder.${said}`);
  const why = reasonWords({ ...row, rule: rule || row.rule });
  return `${why} → ${t(`action.${action ?? row.action}`)}`;
}

export const Ladder = ({ row, explanation }) => html`
  <ol class="bare ladder">
    ${(explanation.ladder ?? []).map(
      (rung) => html`
        <li key=${rung.rung} class=${rung.said === "acts" ? "acts" : ""}>
          <span>${t(`ladder.${rung.rung}`)}</span>
          <span><${Text}>${rungWords(rung, told(row, explanation))}<//></span>
        </li>
      `,
    )}
  </ol>
`;

function changeWords(change, row, sentences) {
  if (change?.kind === "points") return t("message.change_points", { points: points(change.points) });
  if (change?.kind === "several") return t("message.change_several");
  if (change?.kind !== "without") return "";
  const fact = (Array.isArray(row.findings) ? row.findings : []).find(
    (one) => one.name === change.name,
  );
  return t("message.change_without", {
    fact: sentenceOf(sentences, fact ?? { name: change.name }).replace(/[.。]$/, ""),
    action: t(`action.${change.action}`),
  });
}

export function Changes({ explanation, row }) {
  const sentences = useSentences();
  const { today, change } = explanation;
  const unproven = voidEntry(row);
  const words = [
    unproven && sentenceOf(sentences, { name: "lists.void", detail: unproven }),
    today && t("message.today", { action: t(`action.${today.action}`) }),
    changeWords(change, row, sentences),
  ];
  return words.filter(Boolean).map((one) => html`<p><${Text}>${one}<//></p>`);
}
