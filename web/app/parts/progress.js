// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useStore } from "../store.js";
import { running } from "./deeds.js";
import { Dialog } from "./dialog.js";

/** A deed on many messages while it runs; it goes on without this dialog as well. */
export function Progress() {
  const deed = useStore(running);
  const [hidden, hide] = useState("");
  if (!deed || hidden === deed.text) return null;
  const close = () => hide(deed.text);
  const words = deed.total
    ? t("bulk.progress", { done: number(deed.done), total: number(deed.total) })
    : t("bulk.so_far", { n: deed.done });
  return html`
    <${Dialog} title=${deed.text} close=${close}>
      <div class="dialog-body">
        <progress
          aria-label=${deed.text}
          max=${deed.total || 1}
          value=${deed.total ? deed.done : undefined}
        ></progress>
        <p class="number" role="status">${words}</p>
        <p class="hint">${t("bulk.background")}</p>
        <div class="dialog-foot"><button onClick=${close}>${t("bulk.hide")}</button></div>
      </div>
    <//>
  `;
}
