// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { useKeys } from "./keys.js";
import { t } from "../i18n.js";

/** A field that answers as somebody writes, after a breath; never in the middle of a composition. */
export function SearchBox({ value, onValue, label, hint }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const composing = useRef(false);
  const ref = useRef(null);
  // What comes back is what was written, but for blanks at its ends: those stay in the field.
  useEffect(() => {
    if (!composing.current) setText((old) => (old.trim() === value ? old : value));
  }, [value]);
  useKeys({ "/": [() => ref.current.focus(), t("keys.search")] });
  const later = (next) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onValue(next.trim()), 300);
  };
  const compose = (is_begun) => (event) => {
    composing.current = is_begun;
    clearTimeout(timer.current);
    if (!is_begun) later(event.target.value);
  };
  const onInput = (event) => {
    setText(event.target.value);
    if (composing.current || event.isComposing) clearTimeout(timer.current);
    else later(event.target.value);
  };
  return html`
    <input
      type="search"
      ref=${ref}
      value=${text}
      aria-label=${label}
      placeholder=${hint ?? label}
      onInput=${onInput}
      onCompositionStart=${compose(true)}
      onCompositionEnd=${compose(false)}
    />
  `;
}
