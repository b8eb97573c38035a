// SPDX-License-Identifier: Apache-2.0
// Where this account is signed in.
import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useGet } from "../load.js";
import { Time, relative } from "../when.js";
import { complain, say } from "./toasts.js";

const Session = ({ one }) => html`
  <li class="row between">
    <span>
      <span class="mono small">${one.client || "–"}</span>
      ${" "}
      <span class="quiet small">
        ${t("sessions.last")}${" "}
        <${Time} at=${one.seen} as=${relative} />
      </span>
    </span>
    ${
      one.current &&
      html`
        <span class="mark good">${t("sessions.this")}</span>
      `
    }
  </li>
`;

export function Sessions() {
  const of = useGet("sessions");
  const sessions = of.data?.sessions ?? [];
  if (!sessions.length) return null;
  const end = () =>
    ask("DELETE", "sessions")
      .then(({ changed }) => {
        say(t("sessions.ended", { n: changed }));
        of.again();
      })
      .catch(complain);
  return html`
    <div class="card stack">
      <h2>${t("sessions.title")}</h2>
      <ul class="bare stack tight">
        ${sessions.map(
          (one) => html`
            <${Session} key=${one.created} one=${one} />
          `,
        )}
      </ul>
      ${
        sessions.length > 1 &&
        html`
          <div><button onClick=${end}>${t("sessions.end_others")}</button></div>
        `
      }
    </div>
  `;
}
