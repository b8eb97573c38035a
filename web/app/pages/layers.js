// SPDX-License-Identifier: Apache-2.0
// The layers: what each looks for, whether it is on, what it stopped.
import { get } from "../gate.js";
import { html } from "../html.js";
import { language, number, t, texts } from "../i18n.js";
import { useAnswer } from "../load.js";
import { layerWords, useSentences } from "../parts/facts.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { Answer } from "../parts/states.js";
import { useQuery } from "../router.js";
import { useStore } from "../store.js";

/** Those of listeners, which no policy names. */
const always = ["dos", "blocklist", "rate"];

/** The layers that the policy names, in its order, what each decided in 30 days, what each is. */
async function layersNow() {
  const [policy, about, statistics] = await Promise.all([
    get("policy"),
    texts("layers"),
    get("statistics", { since: "30 days", step: 43200 }).catch(() => ({})),
  ]);
  const stopped = new Map((statistics.layers ?? []).map(({ layer, count }) => [layer, count]));
  return { on: policy.layers, about, stopped };
}

const factsOf = (layer, sentences) =>
  Object.keys(sentences).filter((name) => name.startsWith(`${layer}.`));

/** Those that are on, then those that could be. */
function namesOf({ on }, sentences) {
  const all = new Set(Object.keys(sentences).map((name) => name.split(".")[0]));
  const others = [...all].filter((name) => !on.includes(name) && !always.includes(name));
  return [...always, ...on, ...others];
}

const Facts = ({ facts, sentences }) => html`
  <details class="small">
    <summary class="quiet">${t("layers.facts")}${" "}(${facts.length})</summary>
    <dl class="facts">
      ${facts.map(
        (name) => html`
          <dt class="mono">${name}</dt>
          <dd>${sentences[name].replace("{}", "…")}</dd>
        `,
      )}
    </dl>
  </details>
`;

const stateOf = (name, on) =>
  always.includes(name) ? "always" : on.includes(name) ? "on" : "off";

function Row({ name, layers, sentences }) {
  const facts = factsOf(name, sentences);
  const state = stateOf(name, layers.on);
  return html`
    <tr>
      <th scope="row">
        <span class="strong">${layerWords(name)}</span>${" "}
        <span class="quiet mono small">${name}</span>
        ${
          layers.about[name] &&
          html`<div class="small quiet">${layers.about[name]}</div>`
        }
        ${facts.length > 0 && html`<${Facts} facts=${facts} sentences=${sentences} />`}
      </th>
      <td>
        <span class=${`mark ${state === "off" ? "" : "good"}`}>${t(`layers.${state}`)}</span>
      </td>
      <td class="number">${number(layers.stopped.get(name) ?? 0)}</td>
    </tr>
  `;
}

const Table = ({ names, layers, sentences }) => html`
  <div class="table-frame">
    <table>
      <thead>
        <tr>
          <th scope="col">${t("layers.layer")}</th>
          <th scope="col">${t("layers.state")}</th>
          <th scope="col" class="number">${t("layers.stopped")}</th>
        </tr>
      </thead>
      <tbody>
        ${names.map(
          (name) => html`
            <${Row} key=${name} name=${name} layers=${layers} sentences=${sentences} />
          `,
        )}
      </tbody>
    </table>
  </div>
`;

export default function Layers() {
  const [query, change] = useQuery();
  const spoken = useStore(language);
  const of = useAnswer(`layers ${spoken}`, layersNow);
  const sentences = useSentences();
  const wanted = (query.text ?? "").toLowerCase();
  const textOf = (name) =>
    [name, layerWords(name), ...factsOf(name, sentences).map((one) => one + sentences[one])]
      .join(" ")
      .toLowerCase();
  return html`
    <${Page} title=${t("nav.layers")} intro=${t("layers.intro")}>
      <div class="card flush">
        <div class="list-tools">
          <${SearchBox}
            label=${t("layers.search")}
            value=${query.text ?? ""}
            onValue=${(text) => change({ text })}
          />
        </div>
        <${Answer} of=${of}>
          ${(layers) => html`
            <${Table}
              layers=${layers}
              sentences=${sentences}
              names=${namesOf(layers, sentences).filter((name) => textOf(name).includes(wanted))}
            />
          `}
        <//>
      </div>
    <//>
  `;
}
