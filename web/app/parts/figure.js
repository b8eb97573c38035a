// SPDX-License-Identifier: Apache-2.0
// A drawing with a heading, and the same as a table: whoever cannot see a picture reads it.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";

const Table = ({ title, head, rows }) => html`
  <div class="table-frame short" tabindex="0" role="region" aria-label=${title}>
    <table class="compact">
      <thead>
        <tr>
          ${head.map((words, at) => html`<th scope="col" class=${at ? "number" : ""}>${words}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...values]) => html`
            <tr>
              <th scope="row" class="nowrap">${name}</th>
              ${values.map((value) => html`<td class="number">${value}</td>`)}
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;

/** `head`, `rows()`: the table, names first; `children`: the drawing. */
export function Figure({ title, note, is_empty, head, rows, children }) {
  const [is_table, setTable] = useState(false);
  const toggle = html`
    <button class="bare little" aria-pressed=${String(is_table)} onClick=${() => setTable(!is_table)}>
      ${t(is_table ? "dashboard.as_plot" : "dashboard.as_table")}
    </button>
  `;
  return html`
    <div class="card stack">
      <div class="row between">
        <h2>${title}</h2>
        ${!is_empty && toggle}
      </div>
      ${note && html`<p class="quiet small">${note}</p>`}
      ${
        is_empty
          ? html`<p class="quiet">${t("dashboard.nothing")}</p>`
          : is_table
            ? html`<${Table} title=${title} head=${head} rows=${rows()} />`
            : children
      }
    </div>
  `;
}
