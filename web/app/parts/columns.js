// SPDX-License-Identifier: Apache-2.0
// The columns that tables of messages choose from.
import { useMemo } from "preact/hooks";

import { html } from "../html.js";
import { bytes, language, points, t } from "../i18n.js";
import { useStore } from "../store.js";
import { Time } from "../when.js";
import { Text, authorOf, plainText } from "./hostile.js";
import { Outcome } from "./marks.js";
import { reasonWords } from "./reasons.js";

function Sender({ row }) {
  const { name, address } = authorOf(row.from, row.sender);
  const title = plainText(`${name} <${address}>`);
  return html`
    <span class=${`line ${name ? "strong" : ""}`} title=${title}>
      <${Text} most=${120}>${name || address || t("mail.no_sender")}<//>
    </span>
    ${
      name &&
      html`
        <span class="line small quiet"><${Text} most=${200}>${address}<//></span>
      `
    }
  `;
}

const Subject = ({ row, open }) => html`
  <a
    class="subject line two"
    href=${`/message/${row.id}`}
    title=${plainText(row.subject)}
    onClick=${(event) => {
      if (!open || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      open(row);
    }}
  >
    <${Text} most=${300}>${row.subject || t("mail.no_subject")}<//>
  </a>
`;

const columns = {
  time: {
    name: "time",
    title: "column.time",
    cell: (row) => html`
      <span class="small quiet nowrap"><${Time} at=${row.time ?? row.received_at} /></span>
    `,
  },
  sender: {
    name: "sender",
    title: "column.sender",
    cell: (row) => html`
      <${Sender} row=${row} />
    `,
  },
  recipient: {
    name: "recipient",
    title: "column.recipient",
    cell: (row) => html`
      <span class="line small" title=${plainText(row.recipient)}>
        <${Text} most=${200}>${row.recipient}<//>
      </span>
    `,
  },
  verdict: {
    name: "verdict",
    title: "column.verdict",
    cell: (row) => html`
      <${Outcome} row=${row} />
    `,
  },
  score: {
    name: "score",
    title: "column.score",
    cell: (row) => html`
      <span class="number">${points(row.score ?? 0)}</span>
    `,
  },
  reason: {
    name: "reason",
    title: "column.reason",
    cell: (row) => html`
      <span class="line two small quiet" title=${plainText(reasonWords(row))}>
        <${Text} most=${300}>${reasonWords(row)}<//>
      </span>
    `,
  },
  client: {
    name: "client",
    title: "column.client",
    cell: (row) => html`
      <span class="small mono">${row.client}</span>
    `,
  },
  size: {
    name: "size",
    title: "column.size",
    cell: (row) => html`
      <span class="small number nowrap">${bytes(row.size ?? 0)}</span>
    `,
  },
};

const subjectColumn = (open) => ({
  name: "subject",
  title: "column.subject",
  cell: (row) => html`
    <${Subject} row=${row} open=${open} />
  `,
});

/** The columns of these names, of `more` besides ours, and one for `acts(row)`. */
export function columnsNamed(names, { open, acts, more = {} } = {}) {
  const known = { ...columns, ...more, subject: subjectColumn(open) };
  const shown = names.map((name) => known[name]);
  return acts ? [...shown, { name: "acts", title: "", cell: acts }] : shown;
}

/** The same array until something changes, so that a row that stayed as it was is not drawn again. */
export function useColumnsNamed(names, parts) {
  const spoken = useStore(language);
  return useMemo(() => columnsNamed(names, parts), [names.join(), spoken, Boolean(parts.acts)]);
}
