// SPDX-License-Identifier: Apache-2.0
// The browser's own modal dialog: it keeps the focus, closes by Escape and returns the focus.
import { useEffect, useId, useRef } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "./icons.js";

/** What somebody comes for is no cross to close it. */
const first = [
  ":checked",
  "input:not([type=radio], [hidden])",
  "textarea",
  "select",
  ".dialog-foot button",
]
  .map((one) => `.dialog-body ${one}, form ${one}`)
  .join();

export function Dialog({ title, close, children, kind = "", head }) {
  const ref = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current.showModal();
    ref.current.querySelector(first)?.focus();
    return () => before?.isConnected && before.focus?.();
  }, []);
  // A drag of the mouse that ends outside closes nothing.
  const pressed = useRef(null);
  const onClick = (event) =>
    event.target === ref.current && pressed.current === ref.current && close();
  return html`
    <dialog
      ref=${ref}
      class=${kind}
      aria-labelledby=${id}
      onClose=${close}
      onMouseDown=${(event) => (pressed.current = event.target)}
      onClick=${onClick}
      onCancel=${(event) => {
        event.preventDefault();
        close();
      }}
    >
      ${
        head
          ? head(id)
          : html`
              <div class="panel-head">
                <h2 id=${id}>${title}</h2>
                <span class="grow"></span>
                <button class="bare only-icon" aria-label=${t("act.close")} onClick=${close}>
                  <${Icon} name="close" />
                </button>
              </div>
            `
      }
      ${children}
    </dialog>
  `;
}

/** Asks before what cannot be taken back. */
export const Confirm = ({ title, text, act, danger, done, close, busy }) => html`
  <${Dialog} title=${title} close=${close}>
    <div class="dialog-body">
      <p>${text}</p>
      <div class="dialog-foot">
        <button onClick=${close}>${t("act.cancel")}</button>
        <button class=${danger ? "danger" : "primary"} disabled=${busy} onClick=${done}>
          ${act}
        </button>
      </div>
    </div>
  <//>
`;
