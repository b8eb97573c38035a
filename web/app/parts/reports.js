// SPDX-License-Identifier: Apache-2.0
// What others report of our mail: who sends in our name (DMARC), how TLS went, complaints.
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useQuery } from "../router.js";
import { Time } from "../when.js";
import { Select } from "./field.js";
import { Text } from "./hostile.js";
import { PagedTable } from "./paged_table.js";

const count = (name, title) => ({ name, title, is_number: true, cell: (row) => number(row[name] ?? 0) });
const bad = (name, title) => ({
  name,
  title,
  is_number: true,
  cell: (row) =>
    row[name] > 0 ? html`<span class="mark bad">${number(row[name])}</span>` : number(row[name] ?? 0),
});
const time = (name, title) => ({ name, title, cell: (row) => html`<${Time} at=${row[name]} />` });
const text = (name) => ({ name, title: t(`reports.${name}`) });

/** What did not prove to be ours stands out. */
const proven = () => ({
  name: "proven",
  title: t("reports.proven"),
  is_number: true,
  cell: (row) => html`
    <span class=${`mark ${row.proven < row.mails ? "bad" : "good"}`}>${number(row.proven ?? 0)}</span>
  `,
});
const account = () => ({
  name: "account",
  title: t("brake.account"),
  cell: (row) =>
    row.account
      ? html`
          <a href=${`/admin/outbound?tab=accounts&account=${encodeURIComponent(row.account)}`}>
            <${Text} most=${200}>${row.account}<//>
          </a>
        `
      : "–",
});

/** The list or the alias that sent the mail on. */
const by = () => ({
  name: "list",
  title: t("reports.by"),
  cell: (row) => (row.list || row.alias ? html`<${Text} most=${200}>${row.list || row.alias}<//>` : "–"),
});

const tables = {
  abuse: () => [time("at", t("reports.at")), account(), by(), text("recipient"), text("source"), text("reporter")],
  dmarc: () => [
    text("source"),
    text("domain"),
    text("day"),
    count("mails", t("forward.col_mails")),
    proven(),
    bad("quarantined", t("reports.quarantined")),
    bad("rejected", t("reports.rejected")),
  ],
  tls: () => [
    text("reporter"),
    text("domain"),
    text("day"),
    count("succeeded", t("reports.succeeded")),
    bad("failed", t("reports.failed")),
    text("why"),
  ],
  received: () => [
    time("at", t("reports.at")),
    text("kind"),
    text("reporter"),
    text("domain"),
    count("rows", t("reports.rows")),
    {
      name: "error",
      title: t("reports.error"),
      cell: (row) => (row.error ? html`<span class="error"><${Text} most=${200}>${row.error}<//></span>` : "–"),
    },
  ],
};
const spans = ["7 days", "30 days", "90 days"];

export default function Reports() {
  const [query, change] = useQuery();
  const since = spans.includes(query.since) ? query.since : "30 days";
  return html`
    <div class="row end">
      <${Select}
        quiet
        label=${t("reports.span")}
        value=${since}
        onValue=${(next) => change({ since: next })}
        options=${spans.map((one) => [one, t("brake.days", { n: parseInt(one, 10) })])}
      />
    </div>
    ${Object.entries(tables).map(
      ([kind, columns]) => html`
        <${PagedTable}
          key=${kind + since}
          path=${`reports/${kind}`}
          rows=${kind === "received" ? "reports" : "rows"}
          query=${{ since }}
          columns=${columns()}
          title=${t(`reports.title_${kind}`)}
          empty=${t("reports.empty")}
          text=${t("reports.empty_text")}
        />
      `,
    )}
  `;
}
