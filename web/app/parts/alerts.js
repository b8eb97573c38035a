// SPDX-License-Identifier: Apache-2.0
// Whom the gateway tells when something is bad and when it is well again, and its regular report.
import { useState } from "preact/hooks";

import { get, post } from "../gate.js";
import { html } from "../html.js";
import { language, t } from "../i18n.js";
import { useAnswer, useGet } from "../load.js";
import { isAdministrator } from "../session.js";
import { Time, relative } from "../when.js";
import { Conditions } from "./conditions.js";
import { Segmented } from "./field.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { Answer, wordsOf } from "./states.js";

const Line = ({ ok, what, problem }) => html`
  <li class="row start nowrap">
    <span class=${`mark ${ok ? "good" : "bad"}`}><${Icon} name=${ok ? "allow" : "reject"} /></span>
    <span>
      <${Text} most=${200}>${what}<//>
      ${problem && html`<div class="error"><${Text} most=${400}>${problem}<//></div>`}
    </span>
  </li>
`;

/** Whom a test reached. */
const Reached = ({ result }) => html`
  <ul class="bare stack tight">
    ${result.sent.map(
      (one) => html`<${Line} ok=${!one.problem} what=${one.to} problem=${one.problem} />`,
    )}
  </ul>
`;

/** Sends something at once and says whom it reached. */
function Now({ path, words }) {
  const [state, setState] = useState({});
  const send = async () => {
    setState({ busy: true });
    try {
      setState({ result: await post(path) });
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`
    <div><button onClick=${send} disabled=${state.busy}>${words}</button></div>
    <div role="status">
      ${state.problem && html`<p class="error">${wordsOf(state.problem)}</p>`}
      ${state.result && html`<${Reached} result=${state.result} />`}
    </div>
  `;
}

const Told = ({ alerts }) => html`
  <section class="card stack">
    <div>
      <h2>${t("alerts.told")}</h2>
      <p class="quiet">${t("alerts.text")}</p>
    </div>
    <dl class="facts">
      <dt>${t("alerts.mail")}</dt>
      <dd>
        ${
          alerts.mail.length
            ? html`<${Text}>${alerts.mail.join(", ")}<//>`
            : html`<span class="quiet">${t("alerts.nobody")}</span>`
        }
        ${
          alerts.mails_waiting > 0 &&
          html`<div class="small">${t("alerts.waiting", { n: alerts.mails_waiting })}</div>`
        }
      </dd>
      <dt>${t("alerts.hook")}</dt>
      <dd>
        ${
          alerts.hook
            ? html`<span class="mono small"><${Text}>${alerts.hook.url}<//></span>`
            : html`<span class="quiet">${t("alerts.no_hook")}</span>`
        }
        ${
          alerts.hook?.waiting > 0 &&
          html`<div class="small">${t("alerts.waiting", { n: alerts.hook.waiting })}</div>`
        }
        ${
          alerts.hook?.problem &&
          html`<div class="error"><${Text} most=${400}>${alerts.hook.problem}<//></div>`
        }
      </dd>
    </dl>
    <p class="hint">${t("alerts.where")}${" "}<code>alerts:</code></p>
    ${isAdministrator() && html`<${Now} path="alerts/test" words=${t("alerts.test")} />`}
  </section>
`;

function Report({ alerts }) {
  const [period, setPeriod] = useState(alerts.report === "weekly" ? "week" : "day");
  const of = useAnswer(`report ${period} ${language.value}`, () =>
    get("report", { period, language: language.value }),
  );
  return html`
    <section class="card stack">
      <div class="row between">
        <h2>${t("alerts.report")}</h2>
        <${Segmented}
          quiet
          label=${t("span.label")}
          value=${period}
          onValue=${setPeriod}
          options=${[
            ["day", t("span.day")],
            ["week", t("span.week")],
          ]}
        />
      </div>
      <dl class="facts">
        <dt>${t("alerts.sent")}</dt>
        <dd>
          ${alerts.report && alerts.report !== "off" ? t(`alerts.report_${alerts.report}`) : t("alerts.report_off")}
        </dd>
        <dt>${t("alerts.last")}</dt>
        <dd><${Time} at=${alerts.last_report} as=${relative} /></dd>
        <dt>${t("alerts.next")}</dt>
        <dd><${Time} at=${alerts.next_report} as=${relative} /></dd>
      </dl>
      <${Answer} of=${of} lines=${6}>
        ${(report) => html`
          <div class="mail-text raw" tabindex="0" role="region" aria-label=${t("alerts.report")}>
            <strong><${Text} most=${300}>${report.subject}<//></strong>${"\n\n"}
            <${Text} most=${65536}>${report.text}<//>
          </div>
        `}
      <//>
      ${isAdministrator() && html`<${Now} path="alerts/report" words=${t("alerts.send_report")} />`}
    </section>
  `;
}

export function Alerts() {
  const of = useGet("alerts");
  return html`
    <${Answer} of=${of}>
      ${(alerts) => html`
        <${Conditions} list=${alerts.standing} />
        <div class="columns broad">
          <${Told} alerts=${alerts} />
          <${Report} alerts=${alerts} />
        </div>
      `}
    <//>
  `;
}
