// SPDX-License-Identifier: Apache-2.0
// Where this account is signed in, and tokens made for programs.
import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useGet } from "../load.js";
import { Time, relative } from "../when.js";
import { Text } from "./hostile.js";
import { complain } from "./toasts.js";

export function Sessions({ path = "sessions" }) {
  const of = useGet(path);
  const sessions = of.data?.sessions ?? of.data?.rows;
  if (!sessions) return null;
  const end = (id) =>
    ask("DELETE", `${path}/${encodeURIComponent(id)}`)
      .then(of.again)
      .catch(complain);
  return html`
    <div class="card stack">
      <h2>${t("sessions.title")}</h2>
      <ul class="bare stack tight">
        ${sessions.map(
          (one) => html`
            <li key=${one.id} class="row between">
              <span>
                <span class="mono small">${one.client}</span>
                ${
                  one.agent &&
                  html`
                    <span class="small"><${Text} most=${120}>${one.agent}<//></span>
                  `
                }
                <span class="quiet small">
                  ${" "}${t("sessions.last")}${" "}
                  <${Time} at=${one.last ?? one.last_seen ?? one.created} as=${relative} />
                </span>
              </span>
              ${
                one.current
                  ? html`
                      <span class="mark good">${t("sessions.this")}</span>
                    `
                  : html`
                      <button class="little" onClick=${() => end(one.id)}>
                        ${t("sessions.end")}
                      </button>
                    `
              }
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}
