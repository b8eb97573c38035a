// SPDX-License-Identifier: Apache-2.0
// What people do with messages. Deeds on a few rows wait a moment and can be taken back; deeds on
// all that match go on in the gateway, which says how far it is.
import { ask, get, post } from "../gate.js";
import { t } from "../i18n.js";
import { Store } from "../store.js";
import { complain, say, soon } from "./toasts.js";

/** The running deed on many: { text, done, total } or null. */
export const running = new Store(null);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Held rows by their ids, after a grace. `deed`: release, delete, spam, ham. */
export function doSoon(deed, rows) {
  const ids = rows.map((row) => row.id);
  if (!ids.length) return;
  soon(t(`done.${deed}`, { n: ids.length }), ids, ({ keepalive }) =>
    ask("POST", `quarantine/${deed}`, { body: { ids }, keepalive }),
  );
}

/** Asks until the job is over; how many rows it changed. */
async function followed(id, text, total) {
  for (;;) {
    const job = await get(`jobs/${id}`);
    if (job.state === "failed") throw new Error(job.problem);
    if (job.state === "done") return job.changed;
    running.set({ text, done: job.done, total: job.total || total });
    await pause(500);
  }
}

/** All held rows that the filter lets through. */
export async function doToAll(deed, query) {
  const text = t(`deed.${deed}`);
  running.set({ text, done: 0, total: 0 });
  try {
    const { changed, job, total } = await post(`quarantine/${deed}`, { all: true }, query);
    say(t(`done.${deed}`, { n: job ? await followed(job, text, total) : changed }));
  } catch (problem) {
    complain(problem);
  }
  running.set(null);
}

/** Mail that was delivered, tagged or refused teaches, too, while it is remembered. */
export async function teach(row, label) {
  try {
    await post("lessons", undefined, { label, of: row.id.split("/")[0] });
    say(t(label === "spam" ? "done.taught_spam" : "done.taught_ham"));
  } catch (problem) {
    complain(problem);
  }
}
