// SPDX-License-Identifier: Apache-2.0
// One's own: language, thresholds, digest, password, sessions.
import { useEffect, useRef, useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { languages, language, speak, t } from "../i18n.js";
import { useGet } from "../load.js";
import { Appearance } from "../parts/appearance.js";
import { Check, Choices, Select } from "../parts/field.js";
import { Contact } from "../parts/contact.js";
import { Page } from "../parts/page.js";
import { Password } from "../parts/password.js";
import { Sessions } from "../parts/sessions.js";
import { Text } from "../parts/hostile.js";
import { Thresholds } from "../parts/thresholds.js";
import { complain, say } from "../parts/toasts.js";
import { hasQuarantine, session } from "../session.js";
import { useStore } from "../store.js";

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

function Digest({ value, change }) {
  const digest = { days: [], hour: 7, ...value };
  const set = (next) => change({ days: digest.days, hour: digest.hour, ...next });
  const toggle = (day) =>
    set({
      days: digest.days.includes(day)
        ? digest.days.filter((one) => one !== day)
        : [...digest.days, day],
    });
  return html`
    <div class="card stack">
      <div>
        <h2>${t("digest.title")}</h2>
        <p class="quiet">${t("digest.text")}</p>
      </div>
      <fieldset class="field">
        <legend class="label">${t("digest.days")}</legend>
        <div class="row wide">
          ${days.map(
            (day) => html`
              <${Check}
                key=${day}
                label=${t(`day.${day}`)}
                checked=${digest.days.includes(day)}
                onValue=${() => toggle(day)}
              />
            `,
          )}
        </div>
      </fieldset>
      <div class="row">
        <${Select}
          label=${t("digest.hour")}
          value=${String(digest.hour)}
          onValue=${(hour) => set({ hour: Number(hour) })}
          options=${Array.from({ length: 24 }, (_, hour) => [String(hour), `${hour}:00`])}
        />
      </div>
      ${!digest.days.length && html`<p class="hint">${t("digest.off")}</p>`}
      ${
        digest.default
          ? html`<p class="hint">${t("digest.default")}</p>`
          : html`
              <div>
                <button onClick=${() => change({ default: true })}>${t("digest.reset")}</button>
              </div>
            `
      }
    </div>
  `;
}

function Addresses() {
  const { addresses, name } = session.value.account;
  return html`
    <div class="card stack">
      <h2>${t("account.title")}</h2>
      <dl class="facts">
        <dt>${t("account.name")}</dt>
        <dd><${Text}>${name}<//></dd>
        <dt>${t("account.addresses")}</dt>
        <dd>
          ${
            addresses.length
              ? html`
                  <ul class="bare">
                    ${addresses.map(
                      (one) => html`
                        <li key=${one}><${Text}>${one}<//></li>
                      `,
                    )}
                  </ul>
                `
              : html`
                  <span class="quiet">${t("account.no_address")}</span>
                `
          }
        </dd>
      </dl>
      <${Contact} />
    </div>
  `;
}

function Stored() {
  const of = useGet("preferences");
  const [form, setForm] = useState(null);
  const line = useRef(Promise.resolve());
  useEffect(() => of.data && setForm(of.data), [of.data]);
  if (of.problem?.is_missing || of.problem?.status === 409) return null;
  if (!form) return null;
  // One after the other, and only what changed: others may have changed the rest elsewhere.
  const save = (next) => {
    const part = Object.fromEntries(
      Object.entries(next).filter(([name, value]) => value !== form[name]),
    );
    setForm(next);
    line.current = line.current.then(async () => {
      try {
        const kept = await ask("PUT", "preferences", { body: part });
        if (kept?.digest) of.change(() => kept);
        else await of.again();
        say(t("done.saved"));
      } catch (problem) {
        complain(problem);
        await of.again();
      }
    });
  };
  return html`
    <${Thresholds} form=${form} save=${save} />
    ${
      session.value.features.digest !== false &&
      hasQuarantine() &&
      html`
        <${Digest} value=${form.digest} change=${(digest) => save({ ...form, digest })} />
      `
    }
  `;
}

export default function Preferences() {
  const spoken = useStore(language);
  const choose = async (next) => {
    await speak(next);
    // For digests; this browser remembers it by itself.
    ask("PUT", "preferences", { body: { language: next } }).catch(() => {});
  };
  return html`
    <${Page} title=${t("nav.preferences")} narrow>
      <${Addresses} />
      <div class="card stack">
        <h2>${t("preferences.appearance")}</h2>
        <div class="columns">
          <${Choices}
            label=${t("preferences.language")}
            value=${spoken}
            onValue=${choose}
            options=${Object.entries(languages)}
          />
          <${Appearance} />
        </div>
      </div>
      <${Stored} />
      ${
        !session.value.is_local &&
        html`
          <${Password} />
          <${Sessions} />
        `
      }
    <//>
  `;
}
