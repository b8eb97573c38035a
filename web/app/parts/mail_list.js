// SPDX-License-Identifier: Apache-2.0
// A list of messages as every page has it: rows and keys, what can be done with them, and the one
// that is open beside them.
import { useEffect, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useQuery } from "../router.js";
import { mayAct } from "../session.js";
import { Bulk, useBulk } from "./bulk.js";
import { useColumnsNamed } from "./columns.js";
import { lazy } from "./lazy.js";
import { MailActs, RowActs, keysOf, useMailActs } from "./mail_acts.js";
import { Rows, rowsOf, useHidden } from "./rows.js";
import { useCursor, useSelection } from "./selection.js";
import { Loaded } from "./states.js";

const Peek = lazy(() => import("./peek.js"));

/** The row that is open beside the list. The address names it, so that the way back closes it. */
function useShown(of) {
  const [{ open: id = "" }, change] = useQuery();
  const [row, setRow] = useState(null);
  const shown = useRef(null);
  shown.current = row && row.id === id ? row : null;
  useEffect(() => {
    const known = id && !shown.current && of.pages.flat().find((one) => one.id === id);
    if (known) setRow(known);
  }, [id, of.is_loaded]);
  const show = (next) => {
    const old = shown.current;
    const row = typeof next === "function" ? next(old) : next;
    if (row === old) return;
    setRow(row);
    if (!row) change({ open: "" }, "under");
    else if (row.id !== id) change({ open: row.id }, old ? "" : "over");
  };
  return [shown.current, show];
}

/** `of`: rows of useRows by `filter`; `names`: columns; `is_of_held`: they are held mail, can be
 *  chosen, and leave the list once they are dealt with. */
export function useMailList({ of, filter, names, is_of_held = false }) {
  const hidden = useHidden(is_of_held);
  const selection = useSelection(of, hidden);
  const chosen = is_of_held && mayAct() ? selection : null;
  const [shown, setShown] = useShown(of);
  const after = (row) => {
    if (!is_of_held) {
      // It stays, and is asked for anew once something has become of it.
      const dealt = { state: "", delivery: "" };
      of.change((rows) => rows.map((one) => (one.id === row.id ? { ...one, ...dealt } : one)));
      setShown((old) => (old?.id === row.id ? { ...old, ...dealt } : old));
      return;
    }
    const at = cursor.rows.findIndex((one) => one.id === row.id);
    const next = cursor.rows[at + 1] ?? cursor.rows[at - 1] ?? null;
    if (next) cursor.setHere(next.id);
    setShown((old) => (old?.id === row.id ? next : old));
  };
  const { acts, dialog } = useMailActs({ after, over: of.again });
  const bulk = useBulk({ of, chosen: selection });
  const cursor = useCursor(of, {
    open: setShown,
    close: { is_open: Boolean(shown), now: () => setShown(null) },
    chosen,
    hidden,
    acts: mayAct() ? keysOf(acts, chosen ? bulk.act : undefined) : {},
  });
  const columns = useColumnsNamed(names, {
    open: setShown,
    acts: mayAct() ? (row) => html`<${RowActs} row=${row} acts=${acts} />` : null,
  });
  const visible = rowsOf(of.pages, hidden);
  const is_empty = of.is_loaded && visible.length === 0 && !of.more;
  return {
    ...{ of, filter, chosen, shown, setShown, acts, dialog, bulk, cursor, columns },
    ...{ visible, hidden, is_empty },
  };
}

/** `children`: filters above the rows; `empty`: what stands where there are none. */
export const MailList = ({ list, label, empty, scope, children }) => html`
  <div class="card flush has-rows">
    ${children}
    ${
      list.chosen &&
      html`
        <${Bulk}
          bulk=${list.bulk}
          of=${list.of}
          chosen=${list.chosen}
          filter=${list.filter}
          visible=${list.visible}
          scopeWords=${scope}
        />
      `
    }
    ${
      list.chosen &&
      list.visible.length > 0 &&
      html`
        <label class="choice list-tools only-narrow">
          <input
            type="checkbox"
            checked=${list.chosen.hasAll(list.visible)}
            onChange=${() => list.chosen.toggleAll(list.visible)}
          />
          <span>${t("rows.choose_all")}</span>
        </label>
      `
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
        hidden=${list.hidden}
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
