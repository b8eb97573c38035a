// SPDX-License-Identifier: Apache-2.0
// Accounts that send under addresses which are not known to be theirs: seen, approved, taken back.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { mayAct } from "../session.js";
import { Time } from "../when.js";
import { Segmented } from "./field.js";
import { PagedTable } from "./paged_table.js";
import { complain } from "./toasts.js";

function Act({ row, is_approved, again }) {
  const query = { account: row.account, address: row.address };
  const order = () =>
    (is_approved
      ? ask("DELETE", "sender-pairs", { query })
      : ask("POST", "sender-pairs/approve", { query })
    ).then(again, complain);
  return html`
    <button class=${`little ${is_approved ? "danger" : ""}`} onClick=${order}>
      ${t(is_approved ? "pairs.revoke" : "pairs.approve")}
    </button>
  `;
}

export default function SenderPairs() {
  const [shown, show] = useState("seen");
  const is_approved = shown === "approved";
  const columns = [
    { name: "account", title: t("brake.account") },
    { name: "address", title: t("pairs.address") },
    { name: "mails", title: t("forward.col_mails"), is_number: true, cell: (row) => number(row.mails ?? 0) },
    { name: "first", title: t("forward.col_first"), cell: (row) => html`<${Time} at=${row.first} />` },
    { name: "last", title: t("forward.col_last"), cell: (row) => html`<${Time} at=${row.last} />` },
    {
      name: "acts",
      title: "",
      cell: (row, again) =>
        mayAct() && html`<${Act} row=${row} is_approved=${is_approved} again=${again} />`,
    },
  ];
  return html`
    <${PagedTable}
      key=${shown}
      path="sender-pairs"
      rows="pairs"
      query=${is_approved ? { approved: "true" } : {}}
      columns=${columns}
      title=${t("pairs.title")}
      tools=${html`
        <${Segmented}
          quiet
          label=${t("pairs.which")}
          value=${shown}
          onValue=${show}
          options=${["seen", "approved"].map((one) => [one, t(`pairs.${one}`)])}
        />
      `}
      empty=${t(`pairs.empty_${shown}`)}
      text=${t("pairs.text")}
    />
  `;
}
