// SPDX-License-Identifier: Apache-2.0
// One's own thresholds within the administrator's bounds.
import { useId } from "preact/hooks";

import { html } from "../html.js";
import { points, t } from "../i18n.js";
import { session } from "../session.js";
import { Check } from "./field.js";

function Slider({ name, value, bounds, usual, change, disabled }) {
  const id = useId();
  const [low, high] = bounds ?? [1, 15];
  return html`
    <div class="field">
      <label for=${id}>
        ${t(`threshold.${name}`)}${" "}
        <output class="number">${points(value)}</output>
      </label>
      <input
        id=${id}
        type="range"
        min=${low}
        max=${high}
        step="0.5"
        value=${value}
        disabled=${disabled}
        aria-describedby=${`${id}-hint`}
        onChange=${(event) => change(Number(event.target.value))}
      />
      <div class="hint" id=${`${id}-hint`}>
        ${t("threshold.range", { low: points(low), high: points(high) })}${
          typeof usual === "number" ? ` ${t("threshold.usual", { points: points(usual) })}` : ""
        }
      </div>
    </div>
  `;
}

export function Thresholds({ form, save }) {
  const usual = session.value.thresholds;
  const bounds = form.bounds ?? session.value.bounds ?? {};
  const own = form.thresholds;
  const names = [
    "tag",
    ...(session.value.features.quarantine === false ? [] : ["quarantine"]),
  ].filter((name) => typeof (own?.[name] ?? usual[name]) === "number");
  if (!names.length) return null;
  return html`
    <div class="card stack">
      <div>
        <h2>${t("threshold.title")}</h2>
        <p class="quiet">${t("threshold.text")}</p>
      </div>
      ${
        bounds.filter_off !== false &&
        html`
          <${Check}
            label=${t("threshold.off")}
            hint=${t("threshold.off_hint")}
            checked=${Boolean(form.filter_off)}
            onValue=${(filter_off) => save({ ...form, filter_off })}
          />
        `
      }
      ${names.map(
        (name) => html`
          <${Slider}
            key=${name}
            name=${name}
            value=${own?.[name] ?? usual[name]}
            usual=${usual[name]}
            bounds=${bounds[name]}
            disabled=${form.filter_off}
            change=${(value) => save({ ...form, thresholds: { ...usual, ...own, [name]: value } })}
          />
        `,
      )}
      ${
        own &&
        html`
          <div>
            <button onClick=${() => save({ ...form, thresholds: null })}>
              ${t("threshold.reset")}
            </button>
          </div>
        `
      }
    </div>
  `;
}
