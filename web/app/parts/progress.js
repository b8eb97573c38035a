// SPDX-License-Identifier: Apache-2.0
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useStore } from "../store.js";
import { running, stop } from "./deeds.js";
import { Dialog } from "./dialog.js";

/** A deed on many messages while it runs. */
export function Progress() {
  const deed = useStore(running);
  if (!deed) return null;
  const words = deed.is_counting
    ? t("bulk.counting", { n: deed.total })
    : t("bulk.progress", { done: number(deed.done), total: number(deed.total) });
  return html`
    <${Dialog} title=${deed.text} close=${stop}>
      <div class="dialog-body">
        <progress
          aria-label=${deed.text}
          max=${deed.total || 1}
          value=${deed.is_counting ? undefined : deed.done}
        ></progress>
        <p class="number" role="status">${words}</p>
        <div class="dialog-foot">
          <button onClick=${stop} disabled=${deed.is_stopped}>${t("bulk.stop")}</button>
        </div>
      </div>
    <//>
  `;
}
