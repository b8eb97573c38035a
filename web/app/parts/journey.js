// SPDX-License-Identifier: Apache-2.0
// A message from the connection to the internal server's reply, and who vouches for it.
import { html } from "../html.js";
import { bytes, rich, t } from "../i18n.js";
import { Time, full } from "../when.js";
import { evidenceOf, milliseconds, sentenceOf, useSentences } from "./facts.js";
import { Text } from "./hostile.js";
import { Verdict } from "./marks.js";
import { noteWords } from "./reasons.js";

const Strange = (text) => html`
  <${Text} most=${300}>${text}<//>
`;

export function Path({ row, stored }) {
  const client = html`
    <span class="mono">${row.client}</span>
  `;
  return html`
    <ol class="bare path">
      <li>
        ${row.helo ? rich("path.connect", { client, helo: Strange(row.helo) }) : rich("path.connect_silent", { client })}
        <div class="quiet small"><${Time} at=${row.time} as=${full} /></div>
      </li>
      <li>
        ${rich("path.mail", { sender: Strange(row.sender || "<>"), recipient: Strange(row.recipient || "–") })}
      </li>
      ${
        row.size > 0 &&
        html`
          <li>${t("path.bytes", { size: bytes(row.size) })}</li>
        `
      }
      <li>
        ${rich("path.verdict", {
          action: html`
            <${Verdict} action=${row.action} />
          `,
        })}
      </li>
      ${
        row.reply &&
        html`
          <li>
            ${t("path.reply")}
            <div class="mono small"><${Text} most=${600}>${row.reply}<//></div>
          </li>
        `
      }
      ${
        (row.delivery || stored) &&
        html`
          <li>
            ${t("path.delivery")}
            ${
              stored &&
              html`
                <div>
                  ${t(`state.${stored.state}`)}${stored.attempts > 0 ? ` · ${t("queue.attempts", { n: stored.attempts })}` : ""}
                  ${
                    stored.last_reply &&
                    html`
                      ${" · "}
                      <span class="mono small"><${Text} most=${600}>${stored.last_reply}<//></span>
                    `
                  }
                </div>
              `
            }
            ${
              row.delivery &&
              row.delivery !== stored?.state &&
              html`
                <div class="mono small"><${Text} most=${600}>${noteWords(row.delivery)}<//></div>
              `
            }
          </li>
        `
      }
    </ol>
  `;
}

const methods = ["spf", "dkim", "dmarc", "arc"];
const results = { pass: "good", fail: "bad", softfail: "bad", reject: "bad", quarantine: "bad" };
const resultWords = (result) =>
  t(
    `auth.result.${results[result] === "bad" ? "fail" : ["pass", "none"].includes(result) ? result : "other"}`,
  );

/** What each method says, with the fact that says so. */
function testimony(facts, said) {
  if (said)
    return said.map(({ method, result, detail }) => {
      const name = `${method}.${result}`;
      const fact = facts.find((one) => one.name === name && (one.detail ?? "") === (detail ?? ""));
      return { method, result, fact: fact ?? { name, detail } };
    });
  return methods.flatMap((method) =>
    facts
      .filter((fact) => fact.name.startsWith(`${method}.`))
      .map((fact) => ({ method, fact, result: fact.name.split(".")[1] })),
  );
}

/** `said`: what the explanation has of it. */
export function Authentication({ facts, said }) {
  const sentences = useSentences();
  const shown = testimony(facts, said);
  if (!shown.length) return html`<p class="quiet">–</p>`;
  return html`
    <dl class="facts">
      ${shown.map(
        ({ method, fact, result }) => html`
          <dt>${t(`auth.${method}`)}</dt>
          <dd>
            <span class=${`mark ${results[result] ?? ""}`}>${resultWords(result)}</span>
            <div><${Text} most=${400}>${sentenceOf(sentences, fact)}<//></div>
            ${
              fact.evidence &&
              html`
                <div class="quiet small"><${Text} most=${400}>${evidenceOf(fact.evidence)}<//></div>
              `
            }
          </dd>
        `,
      )}
    </dl>
  `;
}

export const Timings = ({ timings }) => html`
  <dl class="facts">
    ${Object.entries(timings ?? {}).map(
      ([name, value]) => html`
        <dt class="mono small">${name.replace(/_ms$/, "")}</dt>
        <dd class="number">${milliseconds(value)}</dd>
      `,
    )}
  </dl>
`;
