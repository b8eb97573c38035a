// SPDX-License-Identifier: Apache-2.0
// The frame of a page: its heading takes the focus when the page comes, and names the window.
import { useEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { session } from "../session.js";

let is_first = true;

export function Page({ title, intro, tools, narrow, children, wide }) {
  const ref = useRef(null);
  useEffect(() => {
    document.title = `${title} · ${session.value?.hostname || "Mailweir"}`;
  }, [title]);
  useEffect(() => {
    // The first page keeps the browser's own order: the way past the navigation comes first.
    if (is_first) {
      is_first = false;
      return;
    }
    ref.current.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  return html`
    <div class=${`page stack loose ${narrow ? "narrow" : ""} ${wide ?? ""}`}>
      <div class="page-head">
        <div>
          <h1 tabindex="-1" ref=${ref}>${title}</h1>
          ${
            intro &&
            html`
              <p>${intro}</p>
            `
          }
        </div>
        ${
          tools &&
          html`
            <div class="row">${tools}</div>
          `
        }
      </div>
      ${children}
    </div>
  `;
}
