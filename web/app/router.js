// SPDX-License-Identifier: Apache-2.0
// The address is the state of a page: path and query, by the history API. Plain links work.
import { Store, useStore } from "./store.js";

const read = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });
export const place = new Store(read());

/** `over`: the address that lies under what is shown; the way back leads there. */
export function go(to, { replace = false, over = "" } = {}) {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(history.state, "", to);
  else history.pushState({ over }, "", to);
  place.set(read());
}

/** Takes away what lies over `to`: back where it was opened, or there where that has changed. */
function uncover(to) {
  if (history.state?.over === to) return history.back();
  history.replaceState(null, "", to);
  place.set(read());
}

const address = (path, query) => (query.size ? `${path}?${query}` : path);

/** The query as an object, and a function that changes some of it ("" removes). `as`: "over" where
 *  the way back shall undo it, "under" where it is undone. */
export function useQuery() {
  const { path, query } = useStore(place);
  const change = (values, as = "") => {
    if (place.value.path !== path) return; // a search that was still waiting when its page was left
    const next = new URLSearchParams(place.value.query);
    for (const [name, value] of Object.entries(values))
      value === "" || value == null ? next.delete(name) : next.set(name, value);
    const to = address(path, next);
    if (as === "under") uncover(to);
    else go(to, as === "over" ? { over: address(path, place.value.query) } : { replace: true });
  };
  return [Object.fromEntries(query), change];
}

/** Whether the pages themselves answer this address. */
export const isOurs = (path) => !/^\/(api|assets|sign-in|setup|digest)(\/|$)/.test(path);

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.hasAttribute("download")) return;
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !isOurs(url.pathname)) return;
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

export function listen() {
  addEventListener("popstate", () => place.set(read()));
  document.addEventListener("click", (event) => event.defaultPrevented || follow(event));
}
