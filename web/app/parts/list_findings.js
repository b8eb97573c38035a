// SPDX-License-Identifier: Apache-2.0
// Careless lists and aliases, and addresses outside that refuse all our mail.
import { ask } from "../gate.js";
import { html } from "../html.js";
import { isKnown, number, t } from "../i18n.js";
import { isAdministrator } from "../session.js";
import { Time } from "../when.js";
import { Text } from "./hostile.js";
import { PagedTable } from "./paged_table.js";
import { complain } from "./toasts.js";

const whatOf = ({ what }) => (isKnown(`lists_of.${what}`) ? t(`lists_of.${what}`) : what);
/// A file's name, or the directory's.
const sourceOf = ({ source }) =>
  source.startsWith("directory ") ? t("lists_of.directory", { name: source.slice(10) }) : source;
const revive = (row, again) => () =>
  ask("DELETE", "dead-addresses", { query: { address: row.address } }).then(again, complain);

export default function ListFindings() {
  return html`
    <${PagedTable}
      path="list-findings"
      rows="findings"
      title=${t("lists_of.title")}
      empty=${t("lists_of.empty")}
      text=${t("lists_of.empty_text")}
      columns=${[
        { name: "list", title: t("lists_of.list") },
        { name: "member", title: t("lists_of.member") },
        { name: "what", title: t("lists_of.what"), cell: (row) => html`<span class="mark warn">${whatOf(row)}</span>` },
        { name: "why", title: t("brake.why") },
        {
          name: "source",
          title: t("lists_of.source"),
          cell: (row) => (row.is_inferred ? t("lists_of.inferred") : html`<${Text} most=${200}>${sourceOf(row)}<//>`),
        },
      ]}
    />
    <${PagedTable}
      path="dead-addresses"
      rows="addresses"
      title=${t("dead.title")}
      empty=${t("dead.empty")}
      text=${t("dead.text")}
      columns=${[
        { name: "address", title: t("dead.address") },
        { name: "sender", title: t("dead.sender") },
        { name: "refusals", title: t("dead.refusals"), is_number: true, cell: (row) => number(row.refusals ?? 0) },
        { name: "text", title: t("refusals.words") },
        { name: "last", title: t("forward.col_last"), cell: (row) => html`<${Time} at=${row.last} />` },
        {
          name: "acts",
          title: "",
          cell: (row, again) =>
            isAdministrator() &&
            html`<button class="little" onClick=${revive(row, again)}>${t("dead.revive")}</button>`,
        },
      ]}
    />
  `;
}
