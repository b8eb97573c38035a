// SPDX-License-Identifier: Apache-2.0
// The tests that score mail: what each is, what it hit and cost; and a place to try new ones on mail.
import { useRef, useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { language, number, points, t } from "../i18n.js";
import { useRows } from "../load.js";
import { Complaints } from "../parts/complaints.js";
import { Editor } from "../parts/editor.js";
import { Field, Segmented, Select } from "../parts/field.js";
import { Text } from "../parts/hostile.js";
import { JobProgress, useJob } from "../parts/job.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { Examples } from "../parts/simulation.js";
import { Empty, Foot, Loaded, NoMatch } from "../parts/states.js";
import { Tabs } from "../parts/tabs.js";
import { useQuery } from "../router.js";
import { isAdministrator } from "../session.js";

const duration = (nanoseconds) =>
  nanoseconds < 1e6
    ? `${number(nanoseconds / 1000, 1)} µs`
    : `${number(nanoseconds / 1e6, 1)} ms`;

const described = (test) =>
  (language.value === "ja" && test.japanese) || test.describe || test.kind || "";

const Row = ({ test }) => html`
  <tr>
    <th scope="row">
      <span class="mono small strong"><${Text} most=${120}>${test.name}<//></span>
      <div class="small quiet"><${Text} most=${300}>${described(test)}<//></div>
    </th>
    <td class="small quiet mono"><${Text} most=${120}>${test.source}<//></td>
    <td class="number">${points(test.score)}</td>
    <td class="number">${number(test.hits)}</td>
    <td class="number small">${test.runs > 0 ? duration(test.nanoseconds / test.runs) : "–"}</td>
    <td class="number">
      ${
        test.gave_up > 0
          ? html`<span class="mark bad">${number(test.gave_up)}</span>`
          : "0"
      }
    </td>
  </tr>
`;

const Table = ({ of }) => html`
  <div class="table-frame">
    <table class="many">
      <thead>
        <tr>
          <th scope="col">${t("rules.test")}</th>
          <th scope="col">${t("rules.source")}</th>
          <th scope="col" class="number">${t("rules.points")}</th>
          <th scope="col" class="number">${t("rules.hits")}</th>
          <th scope="col" class="number">${t("rules.cost")}</th>
          <th scope="col" class="number">${t("rules.gave_up")}</th>
        </tr>
      </thead>
      <tbody>
        ${of.pages.flat().map((test) => html`<${Row} key=${`${test.layer} ${test.name}`} test=${test} />`)}
      </tbody>
    </table>
  </div>
  <${Foot} of=${of} />
`;

function Known({ query, change }) {
  const filter = { text: query.text ?? "", layer: query.layer ?? "", limit: 100 };
  const of = useRows("rules", filter, "tests");
  const layers = ["", "rules", "words"];
  return html`
    <div class="card flush">
      <div class="list-tools">
        <${SearchBox}
          label=${t("rules.search")}
          value=${filter.text}
          onValue=${(text) => change({ text })}
        />
        <${Select}
          quiet
          label=${t("layers.layer")}
          value=${filter.layer}
          onValue=${(layer) => change({ layer })}
          options=${layers.map((one) => [one, t(one ? `layer.${one}` : "rules.any_layer")])}
        />
      </div>
      <${Loaded}
        of=${of}
        is_empty=${of.pages.flat().length === 0}
        empty=${
          filter.text || filter.layer
            ? html`<${NoMatch} />`
            : html`
                <${Empty} icon="test" title=${t("rules.empty")}><p>${t("rules.empty_text")}</p><//>
              `
        }
      >
        <${Table} of=${of} />
      <//>
    </div>
  `;
}

const samples = {
  words: `- { name: "special price", where: subject, text: "special price", points: 2 }\n`,
  spamassassin: `header   SPECIAL_PRICE  Subject =~ /special price/i
score    SPECIAL_PRICE  2.0
describe SPECIAL_PRICE  The subject speaks of a special price\n`,
};

const effect = (one) =>
  [one.effect, one.score ? points(one.score) : ""].filter(Boolean).join(" · ") || "–";

/** On one pasted message: what hit. */
const Hits = ({ result }) =>
  result.hits.length === 0
    ? html`<p class="notice">${t("rules.no_hit")}</p>`
    : html`
        <p class="strong">${t("rules.hit_some", { n: result.hits.length, score: points(result.score) })}</p>
        <ul class="bare stack tight">
          ${result.hits.map(
            (one) => html`
              <li>
                <span class="mono strong"><${Text} most=${120}>${one.name}<//></span>${" "}
                <span class="mark">${effect(one)}</span>
                ${one.detail && html`<div class="evidence quiet small"><${Text} most=${500}>${one.detail}<//></div>`}
              </li>
            `,
          )}
        </ul>
      `;

/** On the mail of the last days: how often each would have hit, and where. */
const Found = ({ result }) => html`
  <p class="strong">
    ${t("rules.looked_at", { bodies: result.looked_at.bodies, history: result.looked_at.history })}
  </p>
  ${
    result.undecided?.length > 0 &&
    html`
      <p class="hint">
        ${t("rules.undecided")}${" "}<${Text}>${result.undecided.join(", ")}<//>
      </p>
    `
  }
  <div class="table-frame">
    <table class="compact plain">
      <thead>
        <tr>
          <th scope="col">${t("rules.test")}</th>
          <th scope="col">${t("rules.effect")}</th>
          <th scope="col" class="number">${t("rules.in_bodies")}</th>
          <th scope="col" class="number">${t("rules.in_history")}</th>
          <th scope="col" class="number">${t("rules.cost")}</th>
          <th scope="col">${t("simulate.examples")}</th>
        </tr>
      </thead>
      <tbody>
        ${result.tests.map(
          (one) => html`
            <tr key=${one.name}>
              <th scope="row" class="mono small"><${Text} most=${120}>${one.name}<//></th>
              <td class="small">${effect(one)}</td>
              <td class="number">${number(one.hits)}</td>
              <td class="number">${one.history_hits == null ? "–" : number(one.history_hits)}</td>
              <td class="number small">${number(one.microseconds, 1)} µs</td>
              <td><${Examples} ids=${one.examples} /></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;

function Trial() {
  const [kind, setKind] = useState("words");
  const [texts, setTexts] = useState(samples);
  const [form, setForm] = useState({ on: "days", days: "7", message: "" });
  const area = useRef(null);
  const of = useJob();
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const complaints = of.problem?.said?.complaints ?? of.result?.complaints ?? [];
  const submit = (event) => {
    event.preventDefault();
    const on = form.on === "days" ? { days: Number(form.days) } : { message: form.message };
    of.begin(() => post("rules/trial", { kind, text: texts[kind], ...on }));
  };
  return html`
    <form class="card stack" onSubmit=${submit}>
      <p class="quiet">${t("rules.trial_text")}</p>
      <${Segmented}
        label=${t("rules.language")}
        value=${kind}
        onValue=${(next) => (setKind(next), of.clear())}
        options=${[
          ["words", t("layer.words")],
          ["spamassassin", "SpamAssassin"],
        ]}
      />
      <${Editor}
        label=${t("rules.text")}
        rows="10"
        value=${texts[kind]}
        onValue=${(text) => (setTexts({ ...texts, [kind]: text }), of.clear())}
        area=${area}
        marked=${complaints.map((one) => one.line)}
      />
      <div class="row wide bottom">
        <${Segmented}
          label=${t("rules.on")}
          value=${form.on}
          onValue=${set("on")}
          options=${[
            ["days", t("rules.on_days")],
            ["message", t("rules.on_message")],
          ]}
        />
        ${
          form.on === "days" &&
          html`
            <${Select}
              label=${t("policy.days")}
              value=${form.days}
              onValue=${set("days")}
              options=${["1", "7", "14", "30"].map((n) => [n, n])}
            />
          `
        }
      </div>
      ${
        form.on === "message" &&
        html`
          <${Field}
            area
            rows="8"
            label=${t("rules.message")}
            value=${form.message}
            onValue=${set("message")}
            maxlength="1000000"
            spellcheck="false"
            class="code-area"
            required
          />
        `
      }
      <div><button class="primary" disabled=${of.is_running}>${t("rules.try")}</button></div>
      <${JobProgress} of=${of} label=${t("rules.try")} />
      ${complaints.length > 0 && html`<${Complaints} list=${complaints} area=${area} />`}
      <div role="status" class="stack tight">
        ${of.result?.hits && html`<${Hits} result=${of.result} />`}
        ${of.result?.tests && html`<${Found} result=${of.result} />`}
      </div>
    </form>
  `;
}

export default function Rules() {
  const [query, change] = useQuery();
  const is_trial = query.tab === "trial" && isAdministrator();
  return html`
    <${Page} title=${t("nav.rules")} intro=${t("rules.intro")}>
      ${
        isAdministrator() &&
        html`
          <${Tabs}
            label=${t("nav.rules")}
            value=${is_trial ? "trial" : ""}
            onValue=${(tab) => change({ tab })}
            options=${[
              ["", t("rules.known")],
              ["trial", t("rules.trial")],
            ]}
          />
        `
      }
      ${is_trial ? html`<${Trial} />` : html`<${Known} query=${query} change=${change} />`}
    <//>
  `;
}
