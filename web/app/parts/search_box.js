// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { useKeys } from "./keys.js";
import { t } from "../i18n.js";

/** A field that answers as somebody writes, after a breath; never in the middle of a composition. */
export function SearchBox({ value, onValue, label, hint }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const ref = useRef(null);
  useEffect(() => setText(value), [value]);
  useKeys({ "/": [() => ref.current.focus(), t("keys.search")] });
  const later = (next) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onValue(next.trim()), 300);
  };
  const onInput = (event) => {
    setText(event.target.value);
    if (!event.isComposing) later(event.target.value);
  };
  return html`
    <input
      type="search"
      ref=${ref}
      value=${text}
      aria-label=${label}
      placeholder=${hint ?? label}
      onInput=${onInput}
      onCompositionEnd=${(event) => later(event.target.value)}
    />
  `;
}
