// SPDX-License-Identifier: Apache-2.0
// What people do with messages. Deeds on a few rows wait a moment and can be taken back; deeds on
// all that match run in portions, with progress, and can be stopped.
import { ask, get, post } from "../gate.js";
import { t } from "../i18n.js";
import { Store } from "../store.js";
import { complain, say, soon } from "./toasts.js";

const portion = 200;
/** The running deed on many: { text, done, total, is_stopped } or null. */
export const running = new Store(null);

const bodies = {
  release: {},
  delete: {},
  spam: { spam: true },
  ham: { spam: false },
};
const routeOf = (deed) => (deed === "spam" ? "delete" : deed === "ham" ? "release" : deed);

/** Held rows by their ids, after a grace. */
export function doSoon(deed, rows) {
  const ids = rows.map((row) => row.id);
  if (!ids.length) return;
  soon(t(`done.${deed}`, { n: ids.length }), ids, ({ keepalive }) =>
    ask("POST", `quarantine/${routeOf(deed)}`, { body: { ids, ...bodies[deed] }, keepalive }),
  );
}

async function idsMatching(query, told) {
  const ids = [];
  for (let after = ""; after !== null && !running.value?.is_stopped;) {
    const page = await get("quarantine", { ...query, after, limit: 1000 });
    ids.push(...page.rows.map((row) => row.id));
    told(ids.length);
    after = page.next;
  }
  return ids;
}

/** All held rows that the filter lets through. */
export async function doToAll(deed, query) {
  const change = (values) => running.set({ ...running.value, ...values });
  running.set({ text: t(`deed.${deed}`), done: 0, total: 0, is_counting: true, is_stopped: false });
  let done = 0;
  try {
    const ids = await idsMatching(query, (total) => change({ total }));
    change({ is_counting: false, total: ids.length });
    for (let at = 0; at < ids.length && !running.value.is_stopped; at += portion) {
      const some = ids.slice(at, at + portion);
      const { changed } = await post(`quarantine/${routeOf(deed)}`, { ids: some, ...bodies[deed] });
      done += changed;
      change({ done: at + some.length });
    }
    say(t(`done.${deed}`, { n: done }));
  } catch (problem) {
    complain(problem);
  }
  running.set(null);
  return done;
}
export const stop = () => running.set({ ...running.value, is_stopped: true });

/** Mail that was delivered, tagged or refused teaches, too, while it is remembered. */
export async function teach(row, label) {
  try {
    await post("lessons", undefined, { label, of: row.id.split("/")[0] });
    say(t(label === "spam" ? "done.taught_spam" : "done.taught_ham"));
  } catch (problem) {
    complain(problem);
  }
}
