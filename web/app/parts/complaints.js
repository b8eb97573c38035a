// SPDX-License-Identifier: Apache-2.0
// What is wrong with a text, line by line; each leads to its line.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Text } from "./hostile.js";

/** Chooses line `n` of a text area and brings it into sight. */
export function goToLine(area, n) {
  const lines = area.value.split("\n");
  const from = lines.slice(0, n - 1).join("\n").length + (n > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(from, from + (lines[n - 1] ?? "").length);
  const tall = parseFloat(getComputedStyle(area).lineHeight);
  area.scrollTop = Math.max(0, (n - 4) * tall);
}

const Complaint = ({ of, area }) => html`
  <li class="error stack tight">
    <span>
      ${
        of.line > 0 &&
        html`
          <button class="link" onClick=${() => area.current && goToLine(area.current, of.line)}>
            ${t("policy.line", { n: of.line })}
          </button>
          ${" "}
        `
      }
      <${Text}>${of.text}<//>
      ${of.hint && html`${" "}<span class="quiet"><${Text}>${of.hint}<//></span>`}
    </span>
    ${
      of.source_line &&
      html`
        <pre class="code">
<${Text} most=${300}>${of.source_line}<//>${of.column > 0 ? `\n${" ".repeat(of.column - 1)}^` : ""}</pre>
      `
    }
  </li>
`;

/** `area`: a ref to the text area. */
export const Complaints = ({ list, area }) => html`
  <ul class="bare stack tight" role="alert">
    ${list.map((one) => html`<${Complaint} of=${one} area=${area} />`)}
  </ul>
`;
