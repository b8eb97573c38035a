// SPDX-License-Identifier: Apache-2.0
// What the DNS says of a domain of ours, the line to publish where it is amiss, and what public
// lists say: those are asked only when somebody wants it.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { post } from "../gate.js";
import { useGet } from "../load.js";
import { mayAct } from "../session.js";
import { Time, relative } from "../when.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { JobProgress, useJob } from "./job.js";
import { Answer } from "./states.js";
import { complain, say } from "./toasts.js";

const kinds = { ok: "good", note: "", unknown: "warn", missing: "bad", wrong: "bad" };
const icons = { ok: "allow", note: "info", unknown: "info", missing: "alert", wrong: "alert" };
const order = ["wrong", "missing", "unknown", "note", "ok"];
const listed = { listed: "bad", refuses: "warn", unknown: "warn", not_listed: "good" };
const byState = (a, b) => order.indexOf(a.state) - order.indexOf(b.state);

const copy = (text) =>
  navigator.clipboard
    .writeText(text)
    .then(() => say(t("records.copied")))
    .catch(complain);

const Fact = ({ fact }) => html`
  <tr>
    <th scope="row" class="nowrap">${fact.what}</th>
    <td>
      <span class=${`mark ${kinds[fact.state]}`}>
        <${Icon} name=${icons[fact.state]} />${" "}${t(`records.${fact.state}`)}
      </span>
    </td>
    <td class="small">
      <span class="mono"><${Text} most=${200}>${fact.name}<//></span>
      ${fact.found && html`<div class="quiet"><${Text} most=${500}>${fact.found}<//></div>`}
      ${
        fact.paste &&
        html`
          <div class="row nowrap start">
            <code class="token grow"><${Text} most=${1200}>${fact.paste}<//></code>
            <button
              class="little bare only-icon"
              aria-label=${t("records.copy", { what: fact.what })}
              onClick=${() => copy(fact.paste)}
            >
              <${Icon} name="copy" />
            </button>
          </div>
        `
      }
    </td>
  </tr>
`;

const Listed = ({ one }) => html`
  <tr>
    <th scope="row"><${Text} most=${200}>${one.subject}<//></th>
    <td>
      <a href=${one.url} target="_blank" rel="noreferrer noopener"><${Text} most=${80}>${one.name}<//></a>
    </td>
    <td>
      <span class=${`mark ${listed[one.state]}`}>${t(`records.list_${one.state}`)}</span>
      ${one.answer && html`<div class="small quiet"><${Text} most=${400}>${one.answer}<//></div>`}
    </td>
  </tr>
`;

const Found = ({ found }) => html`
  ${
    found.looked &&
    html`
      <div class="table-frame">
        <table class="many plain">
          <thead>
            <tr>
              <th scope="col">${t("records.what")}</th>
              <th scope="col">${t("records.state")}</th>
              <th scope="col">${t("records.found")}</th>
            </tr>
          </thead>
          <tbody>
            ${[...found.facts].sort(byState).map((fact) => html`<${Fact} fact=${fact} />`)}
          </tbody>
        </table>
      </div>
    `
  }
  ${
    found.lists_looked &&
    html`
      <h3>${t("records.lists")}</h3>
      <div class="table-frame">
        <table class="many plain">
          <thead>
            <tr>
              <th scope="col">${t("records.subject")}</th>
              <th scope="col">${t("records.list")}</th>
              <th scope="col">${t("records.state")}</th>
            </tr>
          </thead>
          <tbody>
            ${found.lists.map((one) => html`<${Listed} one=${one} />`)}
          </tbody>
        </table>
      </div>
    `
  }
`;

export function DomainRecords({ name, again }) {
  const path = `domains/${encodeURIComponent(name)}`;
  const of = useGet(`${path}/records`);
  const job = useJob();
  const look = (what) => async () => {
    await job.begin(() => post(`${path}/${what}`));
    of.again();
    again();
  };
  return html`
    <${Answer} of=${of}>
      ${(kept) => {
        const found = job.result?.facts ? job.result : kept;
        return html`
          <p class="small quiet">
            ${
              found.looked
                ? html`${t("records.looked")} <${Time} at=${found.looked} as=${relative} />`
                : t("records.never")
            }
          </p>
          <${Found} found=${found} />
          ${
            mayAct() &&
            html`
              <div class="row">
                <button class="primary" disabled=${job.is_running} onClick=${look("records")}>
                  <${Icon} name="test" />
                  ${t("records.look")}
                </button>
                <button disabled=${job.is_running} onClick=${look("lists")}>
                  <${Icon} name="search" />
                  ${t("records.ask_lists")}
                </button>
              </div>
              <p class="small quiet">${t("records.lists_note")}</p>
            `
          }
          <${JobProgress} of=${job} label=${t("records.look")} />
        `;
      }}
    <//>
  `;
}
