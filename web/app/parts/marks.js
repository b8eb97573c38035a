// SPDX-License-Identifier: Apache-2.0
// Small marks: what became of a message, and how a score stands against the thresholds.
import { html } from "../html.js";
import { points, t } from "../i18n.js";
import { Icon } from "./icons.js";

const icons = {
  deliver: "allow",
  tag: "tag",
  quarantine: "quarantine",
  discard: "discard",
  defer: "clock",
  reject: "reject",
};

export const actions = Object.keys(icons);

export const Verdict = ({ action }) => html`
  <span class=${`verdict ${action}`}>
    <${Icon} name=${icons[action] ?? "info"} />
    ${t(`action.${action}`)}
  </span>
`;

const afterwards = /^(delivered|released|deleted|retry|bounced)\b/;

/** The verdict, and what became of mail that was held by it. */
export function Outcome({ row }) {
  const [, later] = (row.action === "quarantine" && afterwards.exec(row.delivery ?? "")) || [];
  return html`
    <${Verdict} action=${row.action} />
    ${later && html`<div class="small quiet nowrap">${t(`outcome.${later}`)}</div>`}
  `;
}

/** Where the score lies between nothing and blocking, with a line at each threshold. */
export function ScoreBar({ score, thresholds = {}, action }) {
  const limits = ["tag", "quarantine", "block"]
    .filter((name) => typeof thresholds[name] === "number")
    .map((name) => [name, thresholds[name]]);
  const end = Math.max(10, score * 1.1, ...limits.map(([, at]) => at * 1.12));
  const at = (value) => `${Math.max(0, Math.min(100, (value / end) * 100))}%`;
  const colour = { discard: "reject", defer: "tag" }[action] ?? action;
  const said = [
    t("score.is", { score: points(score) }),
    ...limits.map(([name, value]) => t(`score.${name}_from`, { points: points(value) })),
  ].join(", ");
  return html`
    <div class="score">
      <svg role="img" aria-label=${said}>
        <rect class="track" x="0" y="20" width="100%" height="10" rx="5" />
        <rect class=${`fill ${colour}`} x="0" y="20" width=${at(score)} height="10" rx="5" />
        ${limits.map(
          ([name, value]) => html`
            <line class="limit" x1=${at(value)} x2=${at(value)} y1="16" y2="34" />
            <text x=${at(value)} y="48" text-anchor=${value / end > 0.85 ? "end" : "middle"}>
              ${t(`score.${name}`)}${" "}${points(value)}
            </text>
          `,
        )}
        <text
          class="value"
          x=${at(score)}
          y="11"
          text-anchor=${score / end > 0.9 ? "end" : score / end < 0.05 ? "start" : "middle"}
        >
          ${points(score)}
        </text>
      </svg>
    </div>
  `;
}
