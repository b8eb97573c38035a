// SPDX-License-Identifier: Apache-2.0
// Everything about one message: why it became what it became, what was found, how it travelled.
import { useState } from "preact/hooks";

import { get } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { Contributions } from "../parts/facts.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Authentication, Path, Timings } from "../parts/journey.js";
import { MailActs, isHeld, keysOf, useMailActs } from "../parts/mail_acts.js";
import { Outcome, ScoreBar, Verdict } from "../parts/marks.js";
import { useKeys } from "../parts/keys.js";
import { Page } from "../parts/page.js";
import { Heading, MailText } from "../parts/peek.js";
import { Answer, Empty } from "../parts/states.js";
import { Changes, Ladder, sentence } from "../parts/why.js";
import { mayAct, session } from "../session.js";

/** History, store and explanation of a message, each as far as it is known. */
async function everythingOf(id) {
  const path = `messages/${encodeURIComponent(id)}`;
  const [mail] = id.split("/");
  const missing = (problem) => {
    if (!problem.is_missing && problem.status !== 400) throw problem;
    return {};
  };
  const [history, stored, explained] = await Promise.all([
    get("history", { id: mail, limit: 1000 }).catch(missing),
    get(`messages/${encodeURIComponent(mail)}`).catch(missing),
    get(`${path}/explanation`).catch(missing),
  ]);
  const all = (history.rows ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows = all.filter((row) => row.id === id);
  return {
    rows: rows.length ? rows : all,
    all,
    store: stored.rows ?? [],
    explanations: explained.explanations ?? [],
  };
}

const Others = ({ row, all }) =>
  all.length > 1 &&
  html`
    <div class="card stack tight">
      <h2>${t("message.other")}</h2>
      <ul class="bare stack tight">
        ${all.map(
          (one) => html`
            <li key=${one.id} class="row">
              <${Verdict} action=${one.action} />
              ${
                one.id === row.id
                  ? html`
                      <strong><${Text}>${one.recipient || "–"}<//></strong>
                    `
                  : html`
                      <a href=${`/message/${one.id}`}><${Text}>${one.recipient || "–"}<//></a>
                    `
              }
            </li>
          `,
        )}
      </ul>
    </div>
  `;

const Ids = ({ row }) => html`
  <dl class="facts small">
    <dt>${t("message.id")}</dt>
    <dd class="mono">${row.id}</dd>
    <dt>${t("message.message_id")}</dt>
    <dd class="mono"><${Text} most=${400}>${row.message_id || "–"}<//></dd>
    <dt>${t("message.direction")}</dt>
    <dd>${t(`message.${row.direction}`)}</dd>
    <dt>${t("message.listener")}</dt>
    <dd>${row.listener || "–"}</dd>
  </dl>
`;

function Found({ row, found, again }) {
  const explanation = found.explanations.find((one) => one.id === row.id) ?? { text: "" };
  const stored = found.store.find((one) => one.id === row.id);
  const facts = explanation.facts ?? (Array.isArray(row.findings) ? row.findings : []);
  const thresholds = explanation.thresholds ?? session.value.thresholds;
  const acting =
    stored?.state === "held"
      ? { ...row, state: "held" }
      : { ...row, delivery: isHeld(row) && !stored ? "" : row.delivery };
  const [begun, setBegun] = useState(false);
  const over = async () => {
    await again();
    setBegun(false);
  };
  const { acts, dialog } = useMailActs({ after: () => setBegun(true), over });
  useKeys(
    mayAct() && !begun
      ? keysOf(
          Object.fromEntries(Object.entries(acts).map(([name, act]) => [name, () => act(acting)])),
        )
      : {},
  );
  const is_stored = stored && ["held", "waiting"].includes(stored.state);
  return html`
    <div class="card stack">
      <${Heading} row=${row} />
      ${
        mayAct() &&
        html`
          <hr />
          <div class="row" inert=${begun}><${MailActs} row=${acting} acts=${acts} /></div>
        `
      }
    </div>
    <div class="split">
      <div class="stack loose">
        <div class="card stack">
          <div class="row">
            <h2>${t("message.why")}</h2>
            <div><${Outcome} row=${row} /></div>
          </div>
          <p class="sentence"><${Text}>${sentence(row, explanation)}<//></p>
          <${ScoreBar} score=${row.score} thresholds=${thresholds} action=${row.action} />
          <${Changes} explanation=${explanation} row=${row} />
        </div>
        <div class="card stack tight">
          <h2>${t("message.contributions")}</h2>
          <${Contributions} facts=${facts} score=${row.score} />
        </div>
        ${
          is_stored &&
          html`
            <div class="card stack">
              <div class="row between">
                <h2>${t("message.text")}</h2>
                <a
                  class="button little"
                  href=${`/api/v1/messages/${encodeURIComponent(row.id)}/content`}
                  download=${`${row.id.replace("/", "-")}.eml`}
                  title=${t("message.original_note")}
                >
                  <${Icon} name="download" />
                  ${t("message.original")}
                </a>
              </div>
              <${MailText} id=${row.id} is_whole />
            </div>
          `
        }
      </div>
      <div class="stack loose">
        <${Others} row=${row} all=${found.all} />
        <div class="card stack">
          <h2>${t("message.path")}</h2>
          <${Path} row=${row} stored=${stored} />
        </div>
        ${
          explanation.ladder?.length > 0 &&
          html`
            <div class="card stack">
              <h2>${t("message.ladder")}</h2>
              <${Ladder} row=${row} explanation=${explanation} />
            </div>
          `
        }
        <div class="card stack">
          <h2>${t("message.authentication")}</h2>
          <${Authentication} facts=${facts} said=${explanation.authentication} />
        </div>
        <div class="card stack">
          <h2>${t("message.timings")}</h2>
          <${Timings} timings=${row.timings} />
          <${Ids} row=${row} />
        </div>
        ${
          explanation.text &&
          html`
            <details class="card">
              <summary>${t("message.raw_explanation")}</summary>
              <pre class="code" tabindex="0"><${Text}>${explanation.text}<//></pre>
            </details>
          `
        }
      </div>
    </div>
    ${dialog}
  `;
}

export default function Message({ id }) {
  const of = useAnswer(id, () => everythingOf(id));
  const [row] = of.data?.rows ?? [];
  return html`
    <${Page} title=${t("message.title", { id })}>
      <${Answer} of=${of}>
        ${(found) =>
          row
            ? html`
                <${Found} row=${row} found=${found} again=${of.again} />
              `
            : html`
                <div class="card">
                  <${Empty} icon="search" title=${t("message.unknown")}>
                    <p>${t("message.unknown_text")}</p>
                  <//>
                </div>
              `}
      <//>
    <//>
  `;
}
