// SPDX-License-Identifier: Apache-2.0
// What a policy would have done with the mail of the last days, against what is in force.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { layerWords } from "./facts.js";
import { Check, Field, Select } from "./field.js";
import { Text } from "./hostile.js";
import { JobProgress } from "./job.js";
import { Verdict } from "./marks.js";

export const Examples = ({ ids = [] }) => html`
  <ul class="bare row">
    ${ids.map(
      (id) => html`
        <li key=${id}><a class="mono small" href=${`/message/${id}`} target="_blank">${id}</a></li>
      `,
    )}
  </ul>
`;

const Changes = ({ title, changes }) =>
  changes?.length > 0 &&
  html`
    <h3>${title}</h3>
    <div class="table-frame">
      <table class="compact plain" aria-label=${title}>
        <thead>
          <tr>
            <th scope="col">${t("simulate.from")}</th>
            <th scope="col">${t("simulate.to")}</th>
            <th scope="col" class="number">${t("dashboard.count")}</th>
            <th scope="col">${t("simulate.examples")}</th>
          </tr>
        </thead>
        <tbody>
          ${changes.map(
            (one) => html`
              <tr>
                <td><${Verdict} action=${one.from} /></td>
                <td><${Verdict} action=${one.to} /></td>
                <td class="number strong">${number(one.count)}</td>
                <td><${Examples} ids=${one.examples} /></td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;

const safety = (domain) =>
  domain.safe === null
    ? ["", "simulate.too_few"]
    : domain.safe
      ? ["good", "simulate.safe"]
      : ["bad", "simulate.unsafe"];

function Domain({ domain }) {
  const [kind, words] = safety(domain);
  return html`
    <tr>
      <th scope="row"><${Text} most=${120}>${domain.name}<//></th>
      <td class="number">${number(domain.looked_at)}</td>
      <td class="number">${number(domain.refused)}</td>
      <td class="number">${number(domain.newly)}</td>
      <td class="number">${number(domain.regretted)}</td>
      <td>
        <span class=${`mark ${kind}`}>${t(words)}</span>
        <${Examples} ids=${domain.examples} />
      </td>
    </tr>
  `;
}

const Domains = ({ domains }) =>
  domains?.length > 0 &&
  html`
    <h3>${t("simulate.domains")}</h3>
    <div class="table-frame">
      <table class="compact plain many" aria-label=${t("simulate.domains")}>
        <thead>
          <tr>
            <th scope="col">${t("simulate.domain")}</th>
            ${["looked", "refused", "newly", "regretted"].map(
              (name) => html`<th scope="col" class="number">${t(`simulate.${name}`)}</th>`,
            )}
            <th scope="col">${t("simulate.refuse")}</th>
          </tr>
        </thead>
        <tbody>
          ${domains.map((one) => html`<${Domain} key=${one.name} domain=${one} />`)}
        </tbody>
      </table>
    </div>
  `;

const Asides = ({ result }) => html`
  <ul class="bare small quiet">
    ${["not_judged", "beyond", "rescanned"]
      .filter((name) => result[name] > 0)
      .map((name) => html`<li>${t(`simulate.${name}`, { n: result[name] })}</li>`)}
    ${
      result.layers_without_facts?.length > 0 &&
      html`
        <li>
          ${t("simulate.without_facts", {
            layers: result.layers_without_facts.map(layerWords).join(t("list.comma")),
          })}
        </li>
      `
    }
  </ul>
`;

export const Result = ({ result }) => html`
  <div class="stack">
    <p class="strong">${t("policy.looked_at", { n: result.looked_at })}</p>
    ${
      result.changes?.length
        ? html`<${Changes} title=${t("simulate.changes")} changes=${result.changes} />`
        : html`<p>${t("policy.no_change")}</p>`
    }
    <${Domains} domains=${result.domains} />
    <details>
      <summary>${t("simulate.more")}</summary>
      <div class="stack">
        <${Asides} result=${result} />
        <${Changes} title=${t("simulate.then")} changes=${result.then} />
      </div>
    </details>
  </div>
`;

/** `run(options)` begins it; `of`: what useJob says of it. */
export function Simulation({ of, run, domains }) {
  const [form, setForm] = useState({ days: "7", domain: "", rescan: false });
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const submit = (event) => {
    event.preventDefault();
    run({ days: Number(form.days), domain: form.domain, rescan: form.rescan });
  };
  return html`
    <form class="row bottom wide" onSubmit=${submit}>
      <${Select}
        label=${t("policy.days")}
        value=${form.days}
        onValue=${set("days")}
        options=${["1", "7", "14", "30", "90"].map((n) => [n, n])}
      />
      <${Field}
        label=${t("simulate.domain_only")}
        value=${form.domain}
        onValue=${set("domain")}
        list="simulated-domains"
        autocomplete="off"
      />
      <datalist id="simulated-domains">
        ${domains.map((name) => html`<option value=${name}></option>`)}
      </datalist>
      <${Check}
        label=${t("simulate.rescan")}
        checked=${form.rescan}
        onValue=${set("rescan")}
      />
      <button disabled=${of.is_running}>${t("policy.simulate")}</button>
    </form>
    <${JobProgress} of=${of} label=${t("policy.simulate")} />
    ${of.result && html`<${Result} result=${of.result} />`}
  `;
}
