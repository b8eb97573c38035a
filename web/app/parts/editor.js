// SPDX-License-Identifier: Apache-2.0
// A plain text area for documents, with numbers beside its lines.
import { useId, useRef } from "preact/hooks";

import { html } from "../html.js";

/** `area`: a ref that gets the text area; `marked`: numbers of lines that have a complaint. */
export function Editor({ label, value, onValue, area, marked = [], rows = 22, ...rest }) {
  const id = useId();
  const numbers = useRef(null);
  const count = value.split("\n").length;
  const bad = new Set(marked);
  const follow = (event) => {
    numbers.current.scrollTop = event.target.scrollTop;
  };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="editor">
        <pre class="numbers" ref=${numbers} aria-hidden="true">
${Array.from({ length: count }, (_, at) => html`
            <span class=${bad.has(at + 1) ? "bad" : ""}>${`${at + 1}\n`}</span>
          `)}</pre>
        <textarea
          id=${id}
          ref=${area}
          rows=${rows}
          wrap="off"
          spellcheck="false"
          autocapitalize="off"
          value=${value}
          onInput=${(event) => onValue(event.target.value)}
          onScroll=${follow}
          ...${rest}
        ></textarea>
      </div>
    </div>
  `;
}
