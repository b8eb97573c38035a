// SPDX-License-Identifier: Apache-2.0
// Tokens of an account's programs; a new one is shown once.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useGet } from "../load.js";
import { Time, relative } from "../when.js";
import { Dialog } from "./dialog.js";
import { Check, Field } from "./field.js";
import { Text } from "./hostile.js";
import { Answer } from "./states.js";
import { complain } from "./toasts.js";

const scopes = ["read", "lists", "quarantine", "admin"];

export function Tokens({ user, close }) {
  const path = `users/${encodeURIComponent(user.name)}/tokens`;
  const of = useGet(path);
  const [made, setMade] = useState(null);
  const [form, setForm] = useState({ name: "", scopes: ["read"] });
  const submit = async (event) => {
    event.preventDefault();
    try {
      setMade(
        await ask("POST", path, { body: { name: form.name, scopes: form.scopes.join(" ") } }),
      );
      of.again();
    } catch (problem) {
      complain(problem);
    }
  };
  const toggle = (scope) => () =>
    setForm({
      ...form,
      scopes: form.scopes.includes(scope)
        ? form.scopes.filter((one) => one !== scope)
        : [...form.scopes, scope],
    });
  const end = (number) => ask("DELETE", `${path}/${number}`).then(of.again).catch(complain);
  return html`
    <${Dialog} title=${t("tokens.title")} close=${close}>
      <div class="dialog-body">
        <${Answer} of=${of} lines=${2}>
          ${({ tokens }) =>
            tokens.length
              ? html`
                  <ul class="bare stack tight">
                    ${tokens.map(
                      (one) => html`
                        <li class="row between" key=${one.number}>
                          <span>
                            <strong><${Text} most=${100}>${one.name}<//></strong>
                            ${" "}
                            <span class="small quiet">
                              ${one.scopes}
                              ${
                                one.used &&
                                html`
                                  ${" · "}${t("tokens.used")}${" "}
                                  <${Time} at=${one.used} as=${relative} />
                                `
                              }
                            </span>
                          </span>
                          <button class="little danger" onClick=${() => end(one.number)}>
                            ${t("tokens.void")}
                          </button>
                        </li>
                      `,
                    )}
                  </ul>
                `
              : html`
                  <p class="quiet">${t("tokens.none")}</p>
                `}
        <//>
        ${
          made &&
          html`
            <div class="notice" role="status">
              <div>
                <p>${t("tokens.once")}</p>
                <code class="token">${made.token}</code>
              </div>
            </div>
          `
        }
        <hr />
        <form class="stack" onSubmit=${submit}>
          <${Field}
            label=${t("tokens.name")}
            required
            value=${form.name}
            onValue=${(name) => setForm({ ...form, name })}
            maxlength="100"
          />
          <fieldset class="field">
            <legend class="label">${t("tokens.scopes")}</legend>
            <div class="row wide">
              ${scopes.map(
                (scope) => html`
                  <${Check}
                    key=${scope}
                    label=${t(`tokens.scope_${scope}`)}
                    checked=${form.scopes.includes(scope)}
                    onValue=${toggle(scope)}
                  />
                `,
              )}
            </div>
          </fieldset>
          <div class="dialog-foot">
            <button class="primary" disabled=${!form.scopes.length}>${t("tokens.make")}</button>
          </div>
        </form>
      </div>
    <//>
  `;
}
