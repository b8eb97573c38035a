// SPDX-License-Identifier: Apache-2.0
// What the layers found, with a sentence for each fact, grouped by layer, heaviest first.
import { html } from "../html.js";
import { isKnown, language, number, points, t, texts } from "../i18n.js";
import { useAnswer } from "../load.js";
import { useStore } from "../store.js";
import { Text } from "./hostile.js";

/** The sentences of findings in the reader's language; an empty object until they are there. */
export function useSentences() {
  const spoken = useStore(language);
  return useAnswer(`findings ${spoken}`, () => texts("findings")).data ?? {};
}

export function sentenceOf(sentences, { name, detail = "" }) {
  const form = sentences[name];
  if (!form) return detail;
  if (form.includes("{}")) return form.replace("{}", detail);
  return detail ? `${form} (${detail})` : form;
}

/** "English / 日本語" in the reader's language. */
export function evidenceOf(text = "") {
  const [, good, bad] = /^(\d+) good, (\d+) bad$/.exec(text) ?? [];
  if (good) return t("evidence.behaviour", { good: Number(good), bad: Number(bad) });
  const [english, japanese] = text.split(" / ");
  return japanese && /[\u3040-\u9fff]/.test(japanese)
    ? language.value === "ja"
      ? japanese
      : english
    : text;
}

export const layerWords = (name) => (isKnown(`layer.${name}`) ? t(`layer.${name}`) : name);

function grouped(facts) {
  const layers = new Map();
  for (const fact of facts) {
    if (fact.name === "rules.score") continue;
    const layer = fact.layer ?? fact.name.split(".")[0];
    const group = layers.get(layer) ?? { layer, points: 0, facts: [] };
    group.points += fact.points ?? 0;
    group.facts.push(fact);
    layers.set(layer, group);
  }
  return [...layers.values()].sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
}

const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + points(Math.abs(value));
const kind = (value) => (value > 0 ? "plus" : value < 0 ? "minus" : "");

const Fact = ({ fact, sentences }) => html`
  <li>
    <${Text} most=${1000}>
      ${fact.name === "rules.hit" && fact.evidence ? evidenceOf(fact.evidence) : sentenceOf(sentences, fact)}
    <//>
    ${
      fact.points
        ? html`
            ${" "}
            <span class=${`number small strong ${kind(fact.points)}`}>${signed(fact.points)}</span>
          `
        : ""
    }
    ${
      fact.evidence &&
      fact.name !== "rules.hit" &&
      html`
        <div class="evidence"><${Text} most=${1000}>${evidenceOf(fact.evidence)}<//></div>
      `
    }
    ${
      fact.name === "rules.hit" &&
      html`
        <div class="evidence mono">${fact.detail}</div>
      `
    }
  </li>
`;

const Group = ({ group, sentences, most }) => html`
  <div class="contribution">
    <span class="strong">${layerWords(group.layer)}</span>
    <span class=${`points ${kind(group.points)}`}>${group.points ? signed(group.points) : ""}</span>
    <div class="stack tight">
      ${
        group.points !== 0 &&
        html`
          <svg class="bar" aria-hidden="true">
            <rect width="100%" height="100%" rx="4" />
            <rect
              class=${kind(group.points)}
              width=${`${Math.min(100, (Math.abs(group.points) / most) * 100)}%`}
              height="100%"
              rx="4"
            />
          </svg>
        `
      }
      <ul class="bare stack tight">
        ${group.facts.map(
          (fact) => html`
            <${Fact} fact=${fact} sentences=${sentences} />
          `,
        )}
      </ul>
    </div>
  </div>
`;

export function Contributions({ facts, score }) {
  const sentences = useSentences();
  const groups = grouped(facts);
  const heavy = groups.filter((group) => group.points !== 0);
  const light = groups.filter((group) => group.points === 0);
  const most = Math.max(1, ...heavy.map((group) => Math.abs(group.points)));
  if (!groups.length)
    return html`
      <p class="quiet">${t("message.no_facts")}</p>
    `;
  return html`
    <div>
      ${heavy.map(
        (group) => html`
          <${Group} key=${group.layer} group=${group} sentences=${sentences} most=${most} />
        `,
      )}
      ${
        heavy.length > 0 &&
        html`
          <div class="contribution">
            <span class="strong">${t("message.total")}</span>
            <span class="points">${points(score)}</span>
            <span></span>
          </div>
        `
      }
      ${
        light.length > 0 &&
        html`
          <details open=${heavy.length === 0}>
            <summary class="quiet">
              ${t("message.neutral", {
                n: light.reduce((sum, group) => sum + group.facts.length, 0),
              })}
            </summary>
            ${light.map(
              (group) => html`
                <${Group} key=${group.layer} group=${group} sentences=${sentences} most=${most} />
              `,
            )}
          </details>
        `
      }
    </div>
  `;
}

export const milliseconds = (value) =>
  value > 0 && value < 0.1
    ? `${number(value * 1000, value < 0.01 ? 1 : 0)} µs`
    : `${number(value, value < 10 ? 1 : 0)} ms`;
