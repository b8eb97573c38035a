// SPDX-License-Identifier: Apache-2.0
// What became of mail: one's own, or for administrators everybody's within reach.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { useColumnsNamed } from "../parts/columns.js";
import { Csv } from "../parts/csv.js";
import { Filters, filterOf, isFiltered } from "../parts/filters.js";
import { lazy } from "../parts/lazy.js";
import { MailActs, RowActs, keysOf, useMailActs } from "../parts/mail_acts.js";
import { Page } from "../parts/page.js";
import { Rows, rowsOf } from "../parts/rows.js";
import { useCursor } from "../parts/selection.js";
import { Empty, Trouble, Waiting } from "../parts/states.js";
import { gone } from "../parts/toasts.js";
import { ColumnMenu, Views, useColumns } from "../parts/views.js";
import { useQuery } from "../router.js";
import { mayAct } from "../session.js";

const Peek = lazy(() => import("../parts/peek.js"));

const names = [
  "time",
  "sender",
  "subject",
  "recipient",
  "verdict",
  "score",
  "reason",
  "client",
  "size",
];
const usual = {
  mine: ["time", "sender", "subject", "verdict", "reason"],
  all: ["time", "sender", "subject", "recipient", "verdict", "score", "reason"],
};

function Nothing({ is_filtered, all }) {
  if (is_filtered)
    return html`
      <${Empty} icon="search" title=${t("rows.no_match")}><p>${t("rows.no_match_text")}</p><//>
    `;
  return html`
    <${Empty} icon="log" title=${t("log.empty")}>
      <p>${t(all ? "log.empty_all" : "log.empty_text")}</p>
    <//>
  `;
}

export default function Log({ all = false }) {
  const [query, change] = useQuery();
  const filter = { ...filterOf(query), ...(all ? {} : { mine: "true" }) };
  const of = useRows("history", filter);
  const [shown, setShown] = useState(null);
  const [chosenColumns, setColumns] = useColumns(
    all ? "log" : "my_log",
    all ? usual.all : usual.mine,
  );
  const is_live = query.live === "1";
  useRefresh(() => of.pages.length < 2 && of.again(), is_live ? 3 : 60);
  const { acts, dialog } = useMailActs();
  const cursor = useCursor(of.pages, {
    open: setShown,
    close: { is_open: Boolean(shown), now: () => setShown(null) },
    acts: mayAct() ? keysOf(acts) : {},
  });
  const chosenNames = names.filter((name) => chosenColumns.includes(name));
  const list = useColumnsNamed(chosenNames, {
    open: setShown,
    acts: mayAct()
      ? (row) => html`
          <${RowActs} row=${row} acts=${acts} />
        `
      : null,
  });
  const is_empty = of.is_loaded && rowsOf(of.pages, gone.value).length === 0;
  const tools =
    all &&
    html`
      <${Views} name="log" query=${query} change=${change} />
      <${ColumnMenu} names=${names} chosen=${chosenColumns} setChosen=${setColumns} />
      <${Csv}
        path="history"
        query=${filter}
        name="mailweir-log"
        columns=${[
          "time",
          "id",
          "action",
          "rule",
          "score",
          "sender",
          "from",
          "recipient",
          "subject",
          "client",
          "size",
          "reply",
          "delivery",
        ]}
      />
    `;
  return html`
    <${Page}
      title=${t(all ? "nav.all_log" : "nav.log")}
      intro=${t(all ? "log.intro_all" : "log.intro")}
      tools=${tools}
      wide=${shown ? "with-peek" : ""}
    >
      <div class="card flush">
        <${Filters} all=${all} query=${query} change=${change} live=${is_live} />
        ${
          !of.is_loaded
            ? of.problem
              ? html`
                  <${Trouble} problem=${of.problem} again=${of.again} />
                `
              : html`
                  <${Waiting} />
                `
            : is_empty
              ? html`
                  <${Nothing} all=${all} is_filtered=${isFiltered(query)} />
                `
              : html`
                  <${Rows}
                    of=${of}
                    columns=${list}
                    here=${cursor.here}
                    setHere=${cursor.setHere}
                    open=${setShown}
                    label=${t(all ? "nav.all_log" : "nav.log")}
                  />
                `
        }
      </div>
      ${
        shown &&
        html`
          <${Peek}
            row=${shown}
            close=${() => setShown(null)}
            move=${cursor.move}
            acts=${
              mayAct()
                ? (row) => html`
                    <${MailActs} row=${row} acts=${acts} />
                  `
                : null
            }
          />
        `
      }
      ${dialog}
    <//>
  `;
}
