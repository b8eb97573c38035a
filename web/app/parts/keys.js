// SPDX-License-Identifier: Apache-2.0
// Keys that act on a page, off while somebody writes or a dialog is open.
import { useEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { keepWord, keptWord } from "../kept.js";
import { Store, useStore } from "../store.js";
import { Dialog } from "./dialog.js";
import { Check } from "./field.js";

const isWriting = (target) =>
  target.isContentEditable ||
  (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio)$/.test(target.type));

/** Single letters can be switched off: who dictates would act by speaking (WCAG 2.1.4). */
const are_on = new Store(keptWord("keys") !== "off");
const switchKeys = (is_on) => {
  keepWord("keys", is_on ? "" : "off");
  are_on.set(is_on);
};

const tables = new Store([]);
const asked = new Store(false);

/** `keys`: { j: [function, "words"] }. A function that returns false lets the browser go on. */
export function useKeys(keys) {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    tables.set([...tables.value, now]);
    const press = (event) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isWriting(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      if (!are_on.value && event.key.length === 1 && event.key !== "?") return;
      const [act] = now.current[event.key] ?? [];
      if (act && act(event) !== false) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => {
      removeEventListener("keydown", press);
      tables.set(tables.value.filter((one) => one !== now));
    };
  }, []);
}

export const showKeys = () => asked.set(true);

const spoken = { Escape: "Esc", Enter: "↵", " ": "Space", ArrowDown: "↓", ArrowUp: "↑" };

export function KeysDialog() {
  const is_open = useStore(asked);
  const is_on = useStore(are_on);
  if (!is_open) return null;
  const rows = tables.value
    .flatMap((table) => Object.entries(table.current))
    .filter(([, [, words]]) => words);
  return html`
    <${Dialog} title=${t("keys.title")} close=${() => asked.set(false)}>
      <div class="dialog-body">
        <${Check} label=${t("keys.on")} checked=${is_on} onValue=${switchKeys} />
        <dl class="facts">
          ${rows.map(
            ([key, [, words]]) => html`
              <dt><kbd>${spoken[key] ?? key}</kbd></dt>
              <dd>${words}</dd>
            `,
          )}
        </dl>
      </div>
    <//>
  `;
}
