// SPDX-License-Identifier: Apache-2.0
// Which rows are chosen: some of those on the page, or all that the filter lets through.
import { useCallback, useRef, useState } from "preact/hooks";

import { useKeys } from "./keys.js";
import { rowsOf } from "./rows.js";
import { t } from "../i18n.js";

const nothing = { ids: new Set(), matching: null };

/** `of`: what useRows returns; another question chooses nothing. `hidden`: ids that are left out. */
export function useSelection(of, hidden) {
  const [state, setState] = useState({ key: of.key, ...nothing });
  const rows = useRef([]);
  rows.current = of.is_old ? [] : rowsOf(of.pages, hidden);
  const last = useRef(null);
  const { ids, matching } = state.key === of.key && !of.is_old ? state : nothing;
  const change = (alter) =>
    setState((old) => ({ key: of.key, ...alter(old.key === of.key ? old : nothing) }));
  const now = useRef(change);
  now.current = change;
  const toggle = useCallback((id, event) => {
    now.current((old) => {
      const next = new Set(old.ids);
      const visible = rows.current.map((row) => row.id);
      const [from, to] = [visible.indexOf(last.current), visible.indexOf(id)].sort((a, b) => a - b);
      const many = event?.shiftKey && from >= 0 ? visible.slice(from, to + 1) : [id];
      const is_on = !old.ids.has(id);
      for (const one of many) is_on ? next.add(one) : next.delete(one);
      last.current = id;
      return { ids: next, matching: null };
    });
  }, []);
  const visible = rows.current;
  const chosen = visible.filter((row) => ids.has(row.id));
  const hasAll = (all) => all.length > 0 && all.every((row) => ids.has(row.id));
  return {
    ids,
    /** The question whose answers are all meant, seen or not. */
    matching,
    is_all: matching !== null,
    rows: chosen,
    count: chosen.length,
    has: (id) => ids.has(id),
    hasAll,
    toggle,
    toggleAll: (all) =>
      now.current(() =>
        hasAll(all) ? nothing : { ids: new Set(all.map((row) => row.id)), matching: null },
      ),
    clear: () => now.current(() => nothing),
    chooseMatching: (query) => now.current((old) => ({ ...old, matching: query })),
  };
}

/** The row that keys act on, and the keys that move it. */
export function useCursor(of, { open, close, chosen, hidden, acts = {} }) {
  const [here, setHere] = useState(null);
  const rows = of.is_old ? [] : rowsOf(of.pages, hidden);
  const at = rows.findIndex((row) => row.id === here);
  const move = (step) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    if (!next) return;
    setHere(next.id);
    const shown = document.getElementById(`row-${next.id}`);
    shown?.scrollIntoView({ block: "nearest" });
    if (close?.is_open) open(next);
    else shown?.querySelector("a.subject")?.focus({ preventScroll: true });
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
