// SPDX-License-Identifier: Apache-2.0
// A list of messages as every page has it: rows and keys, what can be done with them, and the one
// that is open beside them.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { useStore } from "../store.js";
import { mayAct } from "../session.js";
import { Bulk, useBulk } from "./bulk.js";
import { useColumnsNamed } from "./columns.js";
import { lazy } from "./lazy.js";
import { MailActs, RowActs, keysOf, useMailActs } from "./mail_acts.js";
import { Rows, rowsOf } from "./rows.js";
import { useCursor, useSelection } from "./selection.js";
import { Loaded } from "./states.js";
import { gone } from "./toasts.js";

const Peek = lazy(() => import("./peek.js"));

/** `of`: rows of useRows by `filter`; `names`: columns; `may_choose`: rows can be chosen. */
export function useMailList({ of, filter, names, may_choose = false }) {
  const hidden = useStore(gone);
  const selection = useSelection(of.pages);
  const chosen = may_choose && mayAct() ? selection : null;
  const [shown, setShown] = useState(null);
  const after = (row) => {
    const at = cursor.rows.findIndex((one) => one.id === row.id);
    const next = cursor.rows[at + 1] ?? cursor.rows[at - 1] ?? null;
    if (next) cursor.setHere(next.id);
    setShown((old) => (old?.id === row.id ? next : old));
  };
  const { acts, dialog } = useMailActs({ after });
  const bulk = useBulk({ of, chosen: selection, query: filter });
  const cursor = useCursor(of.pages, {
    open: setShown,
    close: { is_open: Boolean(shown), now: () => setShown(null) },
    chosen,
    acts: mayAct() ? keysOf(acts, chosen ? bulk.act : undefined) : {},
  });
  const columns = useColumnsNamed(names, {
    open: setShown,
    acts: mayAct() ? (row) => html`<${RowActs} row=${row} acts=${acts} />` : null,
  });
  const is_empty = of.is_loaded && rowsOf(of.pages, hidden).length === 0 && !of.more;
  return { of, chosen, shown, setShown, acts, dialog, bulk, cursor, columns, is_empty };
}

/** `children`: filters above the rows; `empty`: what stands where there are none. */
export const MailList = ({ list, label, empty, scope, children }) => html`
  <div class="card flush">
    ${children}
    ${
      list.chosen &&
      html`<${Bulk} bulk=${list.bulk} of=${list.of} chosen=${list.chosen} scopeWords=${scope} />`
    }
    <${Loaded} of=${list.of} is_empty=${list.is_empty} empty=${empty}>
      <${Rows}
        of=${list.of}
        columns=${list.columns}
        chosen=${list.chosen}
        here=${list.cursor.here}
        setHere=${list.cursor.setHere}
        open=${list.setShown}
        label=${label}
      />
    <//>
  </div>
  ${
    list.shown &&
    html`
      <${Peek}
        row=${list.shown}
        close=${() => list.setShown(null)}
        move=${list.cursor.move}
        acts=${mayAct() ? (row) => html`<${MailActs} row=${row} acts=${list.acts} />` : null}
      />
    `
  }
  ${list.dialog}
`;
