// SPDX-License-Identifier: Apache-2.0
// What people do with messages. Deeds on a few rows wait a moment and can be taken back; deeds on
// all that match go on in the gateway, which says how far it is.
import { ask, post } from "../gate.js";
import { t } from "../i18n.js";
import { Store } from "../store.js";
import { followJob } from "./jobs.js";
import { complain, noteDeed, say, settle, soon } from "./toasts.js";

/** The running deed on many: { text, done, total } or null. */
export const running = new Store(null);
const portion = 1000;

/** What held mail is asked for: to let it go teaches that it was wanted, and "spam" that it was not. */
const asked = {
  release: ["release", {}],
  ham: ["release", {}],
  delete: ["delete", {}],
  spam: ["delete", { spam: true }],
};

async function inPortions(deed, ids, options) {
  const [verb, more] = asked[deed];
  for (let at = 0; at < ids.length; at += portion)
    await ask("POST", `quarantine/${verb}`, {
      body: { ids: ids.slice(at, at + portion), ...more },
      ...options,
    });
}

/** What was thrown away is held again. */
const restore = (ids, over) => async () => {
  try {
    for (let at = 0; at < ids.length; at += portion)
      await post("quarantine/restore", { ids: ids.slice(at, at + portion) });
    say(t("done.restored", { n: ids.length }));
  } catch (problem) {
    complain(problem);
  }
  noteDeed();
  over?.();
};

/** All that a job of the gateway threw away. */
const restoreJob = (id, total, over) => async () => {
  try {
    const back = await post("quarantine/restore", { job: id });
    say(t("done.restored", { n: await followed(back.job, t("act.undo"), total) }));
  } catch (problem) {
    running.set(null);
    complain(problem);
  }
  noteDeed();
  over?.();
};

/** Held rows by their ids, after a grace. `deed`: release, delete, spam, ham. `over`: it was done,
 *  taken back or refused, and what lists them is old. */
export function doSoon(deed, rows, over) {
  const ids = rows.map((row) => row.id);
  if (!ids.length) return;
  const is_deletion = asked[deed][0] === "delete";
  soon(t(`soon.${deed}`, { n: ids.length }), ids, {
    deed: ({ keepalive }) => inPortions(deed, ids, { keepalive }),
    over,
    done: () =>
      say(t(`done.${deed}`, { n: ids.length }), {
        undo: is_deletion ? restore(ids, over) : undefined,
      }),
  });
}

/** Follows a job of the gateway with its progress; how many rows it changed. */
export async function followed(id, text, total) {
  const job = await followJob(id, (now) => {
    running.set({ text, done: now.done, total: now.total || total });
  });
  running.set(null);
  if (job.state === "failed") throw new Error(job.problem);
  return job.changed;
}

/** All held rows that the filter lets through. What waits to be done is done before. `over`: what was
 *  deleted is held again, and what lists it is old. */
export async function doToAll(deed, query, over) {
  const text = t(`deed.${deed}`);
  running.set({ text, done: 0, total: 0 });
  try {
    await settle();
    const [verb, more] = asked[deed];
    const answer = await post(`quarantine/${verb}`, { all: true, ...more }, query);
    const n = answer.job ? await followed(answer.job, text, answer.total) : answer.changed;
    const back = answer.job ? restoreJob(answer.job, n, over) : restore(answer.ids, over);
    const is_back = verb === "delete" && n > 0 && (answer.job || answer.ids);
    say(t(`done.${deed}`, { n }), is_back ? { undo: back } : undefined);
  } catch (problem) {
    complain(problem);
  }
  noteDeed();
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
