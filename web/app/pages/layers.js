// SPDX-License-Identifier: Apache-2.0
// The layers: what each looks for, whether it is on, what it stopped and what it costs.
import { html } from "../html.js";
import { language, number, t, texts } from "../i18n.js";
import { useAnswer, useGet } from "../load.js";
import { layerWords, milliseconds } from "../parts/facts.js";
import { actions } from "../parts/marks.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { SpanChoice } from "../parts/spans.js";
import { Answer, NoMatch } from "../parts/states.js";
import { useQuery } from "../router.js";
import { useStore } from "../store.js";
import { brief } from "../when.js";

const stopped = actions.filter((action) => action !== "deliver").join(",");
const offered = ["24 h", "7 days", "30 days"];
/** The messages of a layer that did not go on as they came. */
const stoppedBy = (layer, since) =>
  `/admin/log?layer=${encodeURIComponent(layer)}&action=${stopped}&since=${since}`;
const sentenceOf = (fact) => (language.value === "ja" && fact.japanese) || fact.english;

const Facts = ({ layer, since }) => html`
  <details class="small">
    <summary class="quiet">${t("layers.facts")}${" "}(${layer.facts.length})</summary>
    <dl class="facts">
      ${layer.facts.map(
        (fact) => html`
          <dt class="mono">
            <a href=${`/admin/log?finding=${encodeURIComponent(fact.name)}&since=${since}`}>
              ${fact.name}
            </a>
          </dt>
          <dd>
            ${sentenceOf(fact).replace("{}", "…")}
            ${fact.overriding && html`${" "}<span class="mark warn">${t("layers.overriding")}</span>`}
          </dd>
        `,
      )}
    </dl>
  </details>
`;

const Settings = ({ layer }) =>
  layer.settings?.trim() &&
  html`
    <details class="small">
      <summary class="quiet">${t("layers.settings")}</summary>
      <pre class="code" tabindex="0">${layer.settings}</pre>
    </details>
  `;

const cost = (ms) => (ms == null ? "–" : milliseconds(ms));
/** Of a layer in two halves that of the scan stands below: it is the dearer one. */
const Cost = ({ layer, of }) => {
  const { in_scan } = layer;
  const scanned = in_scan?.[of];
  if (layer[of] == null && scanned == null)
    return html`<td class="number nowrap">${cost(of === "ms_p50" ? layer.ms_mean : null)}</td>`;
  return html`
    <td class="number nowrap">
      ${layer[of] != null && html`<div>${cost(layer[of])}</div>`}
      ${
        scanned != null &&
        html`<div>${cost(scanned)}${" "}<span class="small quiet">${t("layers.in_scan")}</span></div>`
      }
    </td>
  `;
};
const stateOf = (layer) => (layer.on ? (layer.listener_layer ? "always" : "on") : "off");

function Row({ layer, about, since }) {
  const state = stateOf(layer);
  return html`
    <tr>
      <th scope="row" class="broad">
        <span class="strong" title=${layer.name}>${layerWords(layer.name)}</span>
        <div class="small quiet">${about[layer.name] ?? layer.summary}</div>
        ${layer.facts.length > 0 && html`<${Facts} layer=${layer} since=${since} />`}
        <${Settings} layer=${layer} />
      </th>
      <td><span class=${`mark ${layer.on ? "good" : ""}`}>${t(`layers.${state}`)}</span></td>
      <td class="number">
        <a class="calm" href=${stoppedBy(layer.name, since)}>${number(layer.stopped)}</a>
      </td>
      <td class="number">${number(layer.found + (layer.in_scan?.found ?? 0))}</td>
      <${Cost} layer=${layer} of="ms_p50" />
      <${Cost} layer=${layer} of="ms_p95" />
      <td class="number">
        ${layer.errors > 0 ? html`<span class="mark bad">${number(layer.errors)}</span>` : "0"}
      </td>
    </tr>
  `;
}

/** Not layers, but they decide or cost as well. */
const Besides = ({ of, since }) => html`
  <tr>
    <th scope="row">
      <span class="strong">${t("layer.points")}</span>
      <div class="small quiet">${t("layers.points")}</div>
    </th>
    <td></td>
    <td class="number">
      <a class="calm" href=${`/admin/log?rule=points&since=${since}`}>${number(of.points)}</a>
    </td>
    <td colspan="4"></td>
  </tr>
  <tr>
    <th scope="row">
      <span class="strong">${t("layers.scan")}</span>
      <div class="small quiet">${t("layers.scan_text")}</div>
    </th>
    <td colspan="3"></td>
    <td class="number nowrap">${cost(of.scan.ms_p50)}</td>
    <td class="number nowrap">${cost(of.scan.ms_p95)}</td>
    <td class="number">${number(of.scan.errors)}</td>
  </tr>
`;

const Table = ({ of, layers, about, since, is_whole }) => html`
  <div class="table-frame">
    <table class="many">
      <thead>
        <tr>
          <th scope="col">${t("layers.layer")}</th>
          <th scope="col">${t("layers.state")}</th>
          <th scope="col" class="number">${t("layers.stopped")}</th>
          <th scope="col" class="number">${t("layers.found")}</th>
          <th scope="col" class="number">${t("dashboard.p50")}</th>
          <th scope="col" class="number">${t("dashboard.p95")}</th>
          <th scope="col" class="number">${t("layers.errors")}</th>
        </tr>
      </thead>
      <tbody>
        ${layers.map(
          (layer) => html`
            <${Row} key=${layer.name} layer=${layer} about=${about} since=${since} />
          `,
        )}
        ${is_whole && html`<${Besides} of=${of} since=${since} />`}
      </tbody>
    </table>
  </div>
  <div class="list-foot">
    ${t("layers.counted", { when: brief(of.counted_since), n: of.messages })}
  </div>
`;

export default function Layers() {
  const [query, change] = useQuery();
  const spoken = useStore(language);
  const since = offered.includes(query.since) ? query.since : "24 h";
  const about = useAnswer(`layers ${spoken}`, () => texts("layers")).data ?? {};
  const of = useGet("layers", { since });
  const wanted = (query.text ?? "").toLowerCase();
  const textOf = (layer) =>
    [
      layer.name,
      layerWords(layer.name),
      about[layer.name],
      ...layer.facts.map((fact) => fact.name + sentenceOf(fact)),
    ]
      .join(" ")
      .toLowerCase();
  return html`
    <${Page}
      title=${t("nav.layers")}
      intro=${t("layers.intro")}
      tools=${html`
        <${SpanChoice} offered=${offered} since=${since} change=${change} />
      `}
    >
      <div class="card flush">
        <div class="list-tools">
          <${SearchBox}
            label=${t("layers.search")}
            value=${query.text ?? ""}
            onValue=${(text) => change({ text })}
          />
        </div>
        <${Answer} of=${of}>
          ${(all) => {
            const layers = all.layers.filter((layer) => textOf(layer).includes(wanted));
            return layers.length
              ? html`
                  <${Table}
                    of=${all}
                    layers=${layers}
                    about=${about}
                    since=${encodeURIComponent(since)}
                    is_whole=${!wanted}
                  />
                `
              : html`<${NoMatch} />`;
          }}
        <//>
      </div>
    <//>
  `;
}
