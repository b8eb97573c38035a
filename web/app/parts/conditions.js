// SPDX-License-Identifier: Apache-2.0
// What needs attention: a sentence, since when, and what to do.
import { html } from "../html.js";
import { language, t } from "../i18n.js";
import { Time, relative } from "../when.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";

const kinds = { critical: ["bad", "alert"], warning: ["warn", "alert"], notice: ["", "info"] };
/** `code` in a sentence, as a node. */
const marked = (text) =>
  text.split("`").map((part, at) =>
    at % 2
      ? html`<code><${Text}>${part}<//></code>`
      : html`<${Text} most=${600}>${part}<//>`,
  );
const said = (words) => words?.[language.value] || words?.en || "";

function Condition({ one }) {
  const [kind, icon] = kinds[one.severity] ?? kinds.warning;
  return html`
    <li class=${`notice ${kind}`}>
      <${Icon} name=${icon} />
      <div role=${one.severity === "critical" ? "alert" : undefined}>
        <strong>${marked(said(one.sentence))}</strong>
        ${
          one.since &&
          html`${" "}<span class="small nowrap"><${Time} at=${one.since} as=${relative} /></span>`
        }
        ${one.advice && html`<div class="small">${marked(said(one.advice))}</div>`}
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
