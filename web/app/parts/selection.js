// SPDX-License-Identifier: Apache-2.0
// Which rows are chosen: some of those on the page, or all that the filter lets through.
import { useCallback, useMemo, useRef, useState } from "preact/hooks";

import { useStore } from "../store.js";
import { useKeys } from "./keys.js";
import { rowsOf } from "./rows.js";
import { gone } from "./toasts.js";
import { t } from "../i18n.js";

const nothing = { ids: new Set(), is_all: false };

export function useSelection(pages) {
  const [state, setState] = useState(nothing);
  const rows = useRef([]);
  rows.current = pages;
  const last = useRef(null);
  const toggle = useCallback((id, event) => {
    setState(({ ids }) => {
      const next = new Set(ids);
      const visible = rowsOf(rows.current, gone.value).map((row) => row.id);
      const [from, to] = [visible.indexOf(last.current), visible.indexOf(id)].sort((a, b) => a - b);
      const many = event?.shiftKey && from >= 0 ? visible.slice(from, to + 1) : [id];
      const is_on = !ids.has(id);
      for (const one of many) is_on ? next.add(one) : next.delete(one);
      last.current = id;
      return { ids: next, is_all: false };
    });
  }, []);
  const toggleAll = useCallback(
    (all) =>
      setState(({ ids }) =>
        ids.size >= all.length
          ? nothing
          : { ids: new Set(all.map((row) => row.id)), is_all: false },
      ),
    [],
  );
  const hidden = useStore(gone);
  return useMemo(
    () => ({
      ...state,
      count: [...state.ids].filter((id) => !hidden.has(id)).length,
      has: (id) => state.ids.has(id),
      toggle,
      toggleAll,
      clear: () => setState(nothing),
      chooseMatching: () => setState((old) => ({ ...old, is_all: true })),
    }),
    [state, hidden],
  );
}

/** The row that keys act on, and the keys that move it. */
export function useCursor(pages, { open, close, chosen, acts = {} }) {
  const hidden = useStore(gone);
  const [here, setHere] = useState(null);
  const rows = rowsOf(pages, hidden);
  const at = rows.findIndex((row) => row.id === here);
  const move = (step) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    if (!next) return;
    setHere(next.id);
    document.getElementById(`row-${next.id}`)?.scrollIntoView({ block: "nearest" });
    close?.is_open && open(next);
  };
  const row = rows[at];
  const onRow = (act) => () => (row ? act(row) : false);
  useKeys({
    j: [() => move(1), t("keys.next")],
    k: [() => move(-1), t("keys.previous")],
    ArrowDown: [() => (here ? move(1) : false)],
    ArrowUp: [() => (here ? move(-1) : false)],
    o: [onRow(open), t("keys.open")],
    ...(chosen && {
      x: [onRow((one) => chosen.toggle(one.id)), t("keys.choose")],
      "*": [() => chosen.toggleAll(rows), t("keys.choose_all")],
    }),
    Escape: [
      () => (close?.is_open ? close.now() : chosen?.count ? chosen.clear() : false),
      t("keys.close"),
    ],
    ...Object.fromEntries(
      Object.entries(acts).map(([key, [act, words, any]]) => [
        key,
        [any ? () => act(row) : onRow(act), words],
      ]),
    ),
  });
  return { here, setHere, row, rows, move };
}
