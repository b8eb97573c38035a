// SPDX-License-Identifier: Apache-2.0
// Short messages, and deeds that wait a few seconds so that they can be taken back.
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { Store, useStore } from "../store.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { wordsOf } from "./states.js";

const grace = 6000;
const shown = new Store([]);
let made = 0;

const drop = (id) => shown.set(shown.value.filter((one) => one.id !== id));
const add = (toast) => {
  const id = ++made;
  shown.set([...shown.value, { id, ...toast }].slice(-4));
  return id;
};

export function say(text, { bad = false, undo } = {}) {
  const id = add({ text, bad, undo: undo && (() => (drop(id), undo())) });
  setTimeout(() => drop(id), bad || undo ? 12000 : grace);
}
export const complain = (problem) => say(wordsOf(problem), { bad: true });

/** Held rows that a deed has taken from their list, about to be done or just done. */
export const gone = new Store(new Set());
const take = (ids) => gone.set(new Set([...gone.value, ...ids]));
const giveBack = (ids) => {
  const given = new Set(ids);
  gone.set(new Set([...gone.value].filter((id) => !given.has(id))));
};

/** How many deeds on held mail were done: what counts it asks again. */
export const dealt = new Store(0);
export const noteDeed = () => dealt.set(dealt.value + 1);

const waiting = new Map();
/** Does `deed` after a grace in which it can be taken back; held rows `ids` leave their list at
 *  once. `done` says that it was done, `over` that what lists them is to be asked again: the list
 *  knows better then, and they are no longer hidden. */
export function soon(text, ids, { deed, done, over }) {
  take(ids);
  const end = async () => {
    await over?.();
    giveBack(ids);
  };
  const forget = () => {
    clearTimeout(waiting.get(id).timer);
    waiting.delete(id);
    drop(id);
  };
  const finish = async (last = false) => {
    if (!waiting.has(id)) return;
    forget();
    try {
      await deed({ keepalive: last });
      noteDeed();
      done();
    } catch (problem) {
      complain(problem);
    }
    await end();
  };
  const undo = () => {
    if (!waiting.has(id)) return;
    forget();
    end();
  };
  const id = add({ text, undo });
  waiting.set(id, { timer: setTimeout(finish, grace), finish, undo });
}

/** Takes back the last deed that still can be. */
export function undoLast() {
  const last = [...waiting.values()].pop();
  last?.undo();
  return Boolean(last);
}
/** What waits is done at once: before signing out, and when a telephone puts the page away. */
export const settle = () => Promise.all([...waiting.values()].map((one) => one.finish(true)));
addEventListener("pagehide", settle);
addEventListener("visibilitychange", () => document.visibilityState === "hidden" && settle());

export function Toasts() {
  const toasts = useStore(shown);
  // Above dialogs, which lie in the browser's top layer; always there, so that what comes is read.
  useEffect(() => {
    const region = document.getElementById("toasts");
    if (!region?.showPopover || region.contains(document.activeElement)) return;
    if (region.matches(":popover-open")) region.hidePopover();
    region.showPopover();
  }, [toasts]);
  return html`
    <div id="toasts" class="toasts" popover="manual" role="status" aria-live="polite">
      ${toasts.map(
        (toast) => html`
          <div key=${toast.id} class=${`toast ${toast.bad ? "bad" : ""}`}>
            <span><${Text} most=${300}>${toast.text}<//></span>
            ${
              toast.undo &&
              html`
                <button class="little" onClick=${toast.undo}>${t("act.undo")}</button>
              `
            }
            ${
              toast.bad &&
              html`
                <button
                  class="little only-icon"
                  aria-label=${t("act.close")}
                  onClick=${() => drop(toast.id)}
                >
                  <${Icon} name="close" />
                </button>
              `
            }
          </div>
        `,
      )}
    </div>
  `;
}
