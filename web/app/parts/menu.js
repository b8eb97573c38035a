// SPDX-License-Identifier: Apache-2.0
// A button that unfolds a few more: closes on a choice, on Escape and when the focus leaves.
import { useEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { Icon } from "./icons.js";

export function Menu({ label, icon, words, kind = "", children }) {
  const ref = useRef(null);
  const close = () => ref.current?.removeAttribute("open");
  useEffect(() => {
    const outside = (event) => ref.current?.contains(event.target) || close();
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !ref.current.open) return;
    event.stopPropagation();
    close();
    ref.current.querySelector("summary").focus();
  };
  const onClick = (event) =>
    event.target.closest("a, .menu-body button:not([data-stay])") && close();
  const onFocusOut = (event) =>
    event.relatedTarget && !ref.current.contains(event.relatedTarget) && close();
  return html`
    <details
      class=${`menu ${kind}`}
      ref=${ref}
      onKeyDown=${onKeyDown}
      onClick=${onClick}
      onFocusOut=${onFocusOut}
    >
      <summary aria-label=${words ? undefined : label}>
        ${
          icon &&
          html`
            <${Icon} name=${icon} />
          `
        }${words}
      </summary>
      <div class="menu-body">${children}</div>
    </details>
  `;
}
