// SPDX-License-Identifier: Apache-2.0
// What the filter lets through as a file for a spreadsheet.
import { useState } from "preact/hooks";

import { get, toQuery } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "./icons.js";
import { complain, say } from "./toasts.js";

const most = 50000;

/** A spreadsheet must not take a stranger's text for a formula. */
const cell = (value) => {
  const text = String(value ?? "").replace(/^[=+\-@＝＋－＠\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
export const toCsv = (rows, columns) =>
  [columns, ...rows.map((row) => columns.map((name) => row[name]))]
    .map((line) => line.map(cell).join(","))
    .join("\r\n");

export function saveFile(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Row by row for those that it cannot, at most so many. */
export function Csv({ path, query, name, columns }) {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const rows = [];
      for (let after = ""; after !== null && rows.length < most;) {
        const page = await get(path, { ...query, after, limit: 1000 });
        rows.push(...page.rows);
        after = page.next;
      }
      saveFile(`\uFEFF${toCsv(rows, columns)}\r\n`, `${name}.csv`, "text/csv;charset=utf-8");
      say(t("csv.done", { n: rows.length }));
    } catch (problem) {
      complain(problem);
    }
    setBusy(false);
  };
  return html`
    <button onClick=${save} disabled=${busy}>
      <${Icon} name="download" />
      ${t(busy ? "state.loading" : "csv.act")}
    </button>
  `;
}

/** The same made by the gateway: `path` is a list that it can export. */
export const CsvLink = ({ path, query }) => html`
  <a class="button" href=${`/api/v1/${path}/export${toQuery(query)}`} download>
    <${Icon} name="download" />
    ${t("csv.act")}
  </a>
`;
