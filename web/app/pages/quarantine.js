// SPDX-License-Identifier: Apache-2.0
// One's own quarantine.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { Bulk, useBulk } from "../parts/bulk.js";
import { useColumnsNamed } from "../parts/columns.js";
import { lazy } from "../parts/lazy.js";
import { MailActs, RowActs, keysOf, useMailActs } from "../parts/mail_acts.js";
import { Page } from "../parts/page.js";
import { Progress } from "../parts/progress.js";
import { Rows, rowsOf } from "../parts/rows.js";
import { SearchBox } from "../parts/search_box.js";
import { useCursor, useSelection } from "../parts/selection.js";
import { Empty, Trouble, Waiting } from "../parts/states.js";
import { gone } from "../parts/toasts.js";
import { useQuery } from "../router.js";
import { session } from "../session.js";
import { useStore } from "../store.js";

const Peek = lazy(() => import("../parts/peek.js"));

function Nothing({ is_filtered }) {
  if (is_filtered)
    return html`
      <${Empty} icon="search" title=${t("rows.no_match")}><p>${t("rows.no_match_text")}</p><//>
    `;
  return html`
    <${Empty} icon="quarantine" title=${t("quarantine.empty")}>
      <p>${t("quarantine.empty_text")}</p>
      <p><a href="/log">${t("quarantine.see_log")}</a></p>
    <//>
  `;
}

export default function Quarantine() {
  const [query, change] = useQuery();
  const filter = { text: query.text ?? "", mine: "true" };
  const of = useRows("quarantine", filter);
  const hidden = useStore(gone);
  const chosen = useSelection(of.pages);
  const [shown, setShown] = useState(null);
  useRefresh(() => of.pages.length < 2 && !chosen.count && of.again(), 60);
  const { acts, dialog } = useMailActs({ after: (row) => shown?.id === row.id && next(row) });
  const bulk = useBulk({ of, chosen, query: filter });
  const cursor = useCursor(of.pages, {
    open: setShown,
    close: { is_open: Boolean(shown), now: () => setShown(null) },
    chosen,
    acts: keysOf(acts, bulk.act),
  });
  const next = (row) => {
    const at = cursor.rows.findIndex((one) => one.id === row.id);
    const one = cursor.rows[at + 1] ?? cursor.rows[at - 1] ?? null;
    setShown(one);
    one && cursor.setHere(one.id);
  };
  const list = useColumnsNamed(["time", "sender", "subject", "reason"], {
    open: setShown,
    acts: (row) => html`
      <${RowActs} row=${row} acts=${acts} />
    `,
  });
  const is_empty = of.is_loaded && rowsOf(of.pages, hidden).length === 0 && !of.more;
  const days = session.value.quarantine_days;
  return html`
    <${Page}
      title=${t("nav.quarantine")}
      wide=${shown ? "with-peek" : ""}
      intro=${days ? t("quarantine.intro", { n: days }) : t("quarantine.intro_plain")}
    >
      <div class="card flush">
        <div class="list-tools">
          <${SearchBox}
            label=${t("quarantine.search")}
            value=${query.text ?? ""}
            onValue=${(text) => change({ text })}
          />
        </div>
        <${Bulk} bulk=${bulk} of=${of} chosen=${chosen} scopeWords=${t("bulk.scope_mine")} />
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
                  <${Nothing} is_filtered=${Boolean(query.text)} />
                `
              : html`
                  <${Rows}
                    of=${of}
                    columns=${list}
                    chosen=${chosen}
                    here=${cursor.here}
                    setHere=${cursor.setHere}
                    open=${setShown}
                    label=${t("nav.quarantine")}
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
            acts=${(row) => html`
              <${MailActs} row=${row} acts=${acts} />
            `}
          />
        `
      }
      ${dialog}
      <${Progress} />
    <//>
  `;
}
