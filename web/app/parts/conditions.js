// SPDX-License-Identifier: Apache-2.0
// What needs attention: a sentence, since when, and what to do.
import { html } from "../html.js";
import { language, t } from "../i18n.js";
import { Time, relative } from "../when.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";

const kinds = { critical: ["bad", "alert"], warning: ["warn", "alert"], notice: ["", "info"] };
const said = (words) => words?.[language.value] || words?.en || "";

function Condition({ one }) {
  const [kind, icon] = kinds[one.severity] ?? kinds.warning;
  return html`
    <li class=${`notice ${kind}`}>
      <${Icon} name=${icon} />
      <div role=${one.severity === "critical" ? "alert" : undefined}>
        <strong><${Text} most=${600}>${said(one.sentence)}<//></strong>
        ${
          one.since &&
          html`${" "}<span class="small nowrap"><${Time} at=${one.since} as=${relative} /></span>`
        }
        ${one.advice && html`<div class="small"><${Text} most=${600}>${said(one.advice)}<//></div>`}
      </div>
    </li>
  `;
}

export const Conditions = ({ list = [] }) =>
  list.length
    ? html`
        <ul class="bare stack tight">
          ${list.map((one) => html`<${Condition} key=${`${one.name} ${one.object}`} one=${one} />`)}
        </ul>
      `
    : html`
        <p class="notice good">
          <${Icon} name="allow" />
          ${t("dashboard.well")}
        </p>
      `;
