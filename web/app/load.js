// SPDX-License-Identifier: Apache-2.0
// What a page asks the gateway for: the answer, the problem, and a way to ask again.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { answers, get } from "./gate.js";

/** Asks when `key` changes, and again when the gateway comes back and had not answered. While the
 *  first answer to a key is awaited, that to the key before stands there as `is_old`: to be looked
 *  at, not to act on. A question that fails leaves what answered the same one. */
export function useAnswer(key, asks) {
  const [state, setState] = useState({ key, data: null, problem: null, busy: true });
  const asked = useRef(asks);
  asked.current = asks;
  const turn = useRef(0);
  const failed = useRef(null);
  const again = useCallback(async () => {
    const mine = ++turn.current;
    setState((old) => ({ ...old, busy: true }));
    try {
      const data = await asked.current();
      if (mine !== turn.current) return;
      failed.current = null;
      setState({ key, data, problem: null, busy: false, at: Date.now() });
    } catch (problem) {
      if (mine !== turn.current) return;
      failed.current = problem;
      setState((old) => ({
        ...old,
        key,
        data: old.key === key ? old.data : null,
        problem,
        busy: false,
      }));
    }
  }, [key]);
  useEffect(() => {
    again();
    return answers.watch(
      (is_back) => is_back && failed.current?.title === "unreachable" && again(),
    );
  }, [key]);
  const change = useCallback((alter) => setState((old) => ({ ...old, data: alter(old.data) })), []);
  return { ...state, is_old: state.key !== key && state.data !== null, again, change };
}

export function useGet(path, query) {
  return useAnswer(path + JSON.stringify(query ?? {}), () => get(path, query));
}

/** Asks again every so many seconds while somebody looks. */
export function useRefresh(again, seconds) {
  const now = useRef(again);
  now.current = again;
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && answers.value) now.current();
    }, seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
}

/** Rows page by page: { pages, more, next(), busy, problem, again, change }; `name` is what the
 *  answer calls them. */
export function useRows(path, query, name = "rows") {
  const key = path + JSON.stringify(query);
  const first = useAnswer(key, () => get(path, query));
  const [later, setLater] = useState({ of: "", pages: [], busy: false, problem: null });
  const turn = useRef(0);
  const pages = later.of === key ? later.pages : [];
  const last = pages.at(-1) ?? first.data;
  const cursor = last?.next ?? null;
  const asking = useRef(null);
  const next = useCallback(async () => {
    if (!cursor || asking.current === cursor) return;
    asking.current = cursor;
    const mine = turn.current;
    setLater((old) => ({ ...old, busy: true }));
    try {
      const page = await get(path, { ...query, after: cursor });
      if (mine !== turn.current) return;
      setLater((old) => ({
        of: key,
        pages: [...(old.of === key ? old.pages : []), page],
        busy: false,
        problem: null,
      }));
    } catch (problem) {
      if (mine === turn.current) setLater((old) => ({ ...old, busy: false, problem }));
    } finally {
      if (asking.current === cursor) asking.current = null;
    }
  }, [cursor, key]);
  const again = useCallback(() => {
    ++turn.current;
    setLater({ of: "", pages: [], busy: false, problem: null });
    return first.again();
  }, [first.again]);
  const change = useCallback((alter) => {
    const altered = (page) => page && { ...page, [name]: alter(page[name]) };
    first.change(altered);
    setLater((old) => ({ ...old, pages: old.pages.map(altered) }));
  }, []);
  return {
    pages: first.data ? [first.data, ...pages].map((page) => page[name]) : [],
    is_loaded: Boolean(first.data),
    key,
    is_old: first.is_old,
    at: first.at,
    more: Boolean(cursor) && !first.is_old,
    next,
    again,
    change,
    busy: first.busy || later.busy,
    problem: first.problem ?? later.problem,
  };
}
