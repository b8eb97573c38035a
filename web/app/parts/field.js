// SPDX-License-Identifier: Apache-2.0
// Form controls with their labels, hints and complaints tied to them.
import { useId } from "preact/hooks";

import { html } from "../html.js";

const notes = (id, hint, error) => [
  hint &&
    html`
      <div class="hint" id=${`${id}-hint`}>${hint}</div>
    `,
  error &&
    html`
      <div class="error" id=${`${id}-error`} role="alert">${error}</div>
    `,
];
const described = (id, hint, error) =>
  [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;

export function Field({ label, hint, error, onValue, area, ...rest }) {
  const id = useId();
  const control = {
    id,
    "aria-describedby": described(id, hint, error),
    ...rest,
    onInput: (event) => onValue?.(event.target.value),
  };
  if (error) control["aria-invalid"] = "true";
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${
        area
          ? html`
              <textarea ...${control}></textarea>
            `
          : html`
              <input ...${control} />
            `
      }
      ${notes(id, hint, error)}
    </div>
  `;
}

/** `options`: [[value, words], …]. */
export function Select({ label, hint, options, value, onValue, quiet, ...rest }) {
  const id = useId();
  const select = html`
    <select
      id=${id}
      value=${value}
      aria-label=${quiet ? label : undefined}
      onChange=${(event) => onValue(event.target.value)}
      ...${rest}
    >
      ${options.map(
        ([one, words]) => html`
          <option value=${one} selected=${one === value}>${words}</option>
        `,
      )}
    </select>
  `;
  if (quiet) return select;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${select}${notes(id, hint)}
    </div>
  `;
}

export function Segmented({ label, options, value, onValue, quiet }) {
  const name = useId();
  return html`
    <fieldset class="field">
      <legend class=${quiet ? "only-read" : "label"}>${label}</legend>
      <div class="segmented">
        ${options.map(
          ([one, words]) => html`
            <label key=${one}>
              <input
                type="radio"
                name=${name}
                value=${one}
                checked=${one === value}
                onChange=${() => onValue(one)}
              />
              ${words}
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}

export const Check = ({ label, hint, checked, onValue, ...rest }) => html`
  <label class="choice">
    <input
      type="checkbox"
      checked=${checked}
      onChange=${(event) => onValue(event.target.checked)}
      ...${rest}
    />
    <span>
      ${label}${
        hint &&
        html`
          <span class="hint">${" "}${hint}</span>
        `
      }
    </span>
  </label>
`;

export function Choices({ label, options, value, onValue }) {
  const name = useId();
  return html`
    <fieldset class="field">
      <legend class="label">${label}</legend>
      ${options.map(
        ([one, words, hint]) => html`
          <label class="choice" key=${one}>
            <input
              type="radio"
              name=${name}
              value=${one}
              checked=${one === value}
              onChange=${() => onValue(one)}
            />
            <span>
              ${words}${
                hint &&
                html`
                  <br />
                  <span class="hint">${hint}</span>
                `
              }
            </span>
          </label>
        `,
      )}
    </fieldset>
  `;
}
