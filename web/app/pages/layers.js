// SPDX-License-Identifier: Apache-2.0
// The layers: what each looks for, what it stopped and what it cost.
import { get } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { layerWords, milliseconds, useSentences } from "../parts/facts.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { Answer } from "../parts/states.js";
import { useQuery } from "../router.js";

/** From a gateway without numbers: the names that the policy lists. */
async function layersNow() {
  try {
    const answer = await get("layers");
    return answer.layers ?? answer.rows ?? answer;
  } catch (problem) {
    if (!problem.is_missing) throw problem;
    return (await get("policy")).layers.map((name) => ({ name, on: true, bare: true }));
  }
}

const factsOf = (layer, sentences) =>
  layer.findings ??
  Object.keys(sentences)
    .filter((name) => name.startsWith(`${layer.name}.`))
    .map((name) => ({ name }));

function Row({ layer, sentences, bare }) {
  const facts = factsOf(layer, sentences);
  return html`
    <tr>
      <th scope="row">
        <span class="strong">${layerWords(layer.name)}</span>
        ${" "}
        <span class="quiet mono small">${layer.name}</span>
        ${
          facts.length > 0 &&
          html`
            <details class="small">
              <summary class="quiet">${t("layers.facts")}${" "}(${facts.length})</summary>
              <dl class="facts">
                ${facts.map(
                  (fact) => html`
                    <dt class="mono">${fact.name}</dt>
                    <dd>${(sentences[fact.name] ?? fact.english ?? "").replace("{}", "…")}</dd>
                  `,
                )}
              </dl>
            </details>
          `
        }
      </th>
      <td>
        <span class=${`mark ${layer.on === false ? "" : "good"}`}>
          ${t(layer.on === false ? "layers.off" : "layers.on")}
        </span>
      </td>
      ${
        !bare &&
        html`
          <td class="number">${number(layer.stopped ?? 0)}</td>
          <td class="number">${number(layer.seen ?? 0)}</td>
          <td class="number">
            ${layer.ms_p50 == null ? "–" : `${milliseconds(layer.ms_p50)} / ${milliseconds(layer.ms_p95 ?? 0)}`}
          </td>
          <td class="number">${number(layer.errors ?? 0)}</td>
        `
      }
    </tr>
  `;
}

export default function Layers() {
  const [query, change] = useQuery();
  const of = useAnswer("layers", layersNow);
  const sentences = useSentences();
  const wanted = (query.text ?? "").toLowerCase();
  const fits = (layer) =>
    !wanted ||
    `${layer.name} ${layerWords(layer.name)} ${factsOf(layer, sentences)
      .map((fact) => `${fact.name} ${sentences[fact.name] ?? ""}`)
      .join(" ")}`
      .toLowerCase()
      .includes(wanted);
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
          ${(layers) => {
            const bare = layers.some((layer) => layer.bare);
            return html`
              <div class="table-frame">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">${t("layers.layer")}</th>
                      <th scope="col"><span class="only-read">${t("layers.on")}</span></th>
                      ${
                        !bare &&
                        html`
                          <th scope="col" class="number">${t("layers.stopped")}</th>
                          <th scope="col" class="number">${t("layers.seen")}</th>
                          <th scope="col" class="number">${t("layers.cost")}</th>
                          <th scope="col" class="number">${t("layers.errors")}</th>
                        `
                      }
                    </tr>
                  </thead>
                  <tbody>
                    ${layers.filter(fits).map(
                      (layer) => html`
                        <${Row}
                          key=${layer.name}
                          layer=${layer}
                          sentences=${sentences}
                          bare=${bare}
                        />
                      `,
                    )}
                  </tbody>
                </table>
              </div>
            `;
          }}
        <//>
      </div>
    <//>
  `;
}
