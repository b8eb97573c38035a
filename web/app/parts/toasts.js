// SPDX-License-Identifier: Apache-2.0
// Short messages, and deeds that wait a few seconds so that they can be taken back.
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { Store, useStore } from "../store.js";
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
  setTimeout(() => drop(id), bad ? 12000 : grace);
}
export const complain = (problem) => say(wordsOf(problem), { bad: true });

/** Rows that a deed has taken from the page, done or about to be. */
export const gone = new Store(new Set());
const take = (ids) => gone.set(new Set([...gone.value, ...ids]));
const giveBack = (ids) => {
  const given = new Set(ids);
  gone.set(new Set([...gone.value].filter((id) => !given.has(id))));
};

const waiting = new Map();
/** Does `deed` after a grace in which it can be taken back; rows `ids` leave the page at once. */
export function soon(text, ids, deed) {
  take(ids);
  const finish = async (last = false) => {
    if (!waiting.has(id)) return;
    clearTimeout(waiting.get(id).timer);
    waiting.delete(id);
    drop(id);
    try {
      await deed({ keepalive: last });
    } catch (problem) {
      giveBack(ids);
      complain(problem);
    }
  };
  const undo = () => {
    clearTimeout(waiting.get(id)?.timer);
    waiting.delete(id);
    drop(id);
    giveBack(ids);
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
/** What waits is done at once: before signing out. */
export const settle = () => Promise.all([...waiting.values()].map((one) => one.finish(true)));
addEventListener("pagehide", settle);

export function Toasts() {
  const toasts = useStore(shown);
  // Above dialogs, which lie in the browser's top layer.
  useEffect(() => {
    const region = document.getElementById("toasts");
    if (!region?.showPopover) return;
    if (region.matches(":popover-open")) region.hidePopover();
    if (toasts.length) region.showPopover();
  }, [toasts]);
  return html`
    <div id="toasts" class="toasts" popover="manual" role="status" aria-live="polite">
      ${toasts.map(
        (toast) => html`
          <div key=${toast.id} class=${`toast ${toast.bad ? "bad" : ""}`}>
            <span>${toast.text}</span>
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
