// SPDX-License-Identifier: Apache-2.0
// Domains, whom they take mail for, and the servers behind the gateway, each with a live test.
import { useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { number, points, t } from "../i18n.js";
import { useGet, useRefresh } from "../load.js";
import { Field } from "../parts/field.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Verdict, actions } from "../parts/marks.js";
import { Page } from "../parts/page.js";
import { Answer, Empty, wordsOf } from "../parts/states.js";
import { mayAct } from "../session.js";
import { relative } from "../when.js";

const stateOf = (hop) =>
  hop.down
    ? [t("domains.down"), hop.since && t("domains.since", { when: relative(hop.since) })]
    : hop.connections > 0
      ? [t("domains.connections", { n: hop.connections })]
      : [t("domains.up")];

const Server = ({ hop }) => html`
  <li class="row">
    <span class=${`dot ${hop.down ? "bad" : "good"}`}></span>
    <span class="mono">${hop.server}</span>
    <span class="small quiet">${stateOf(hop).filter(Boolean).join(" ")}</span>
    ${hop.problem && html`<span class="error"><${Text} most=${300}>${hop.problem}<//></span>`}
  </li>
`;

const icons = { true: ["good", "allow"], false: ["bad", "reject"] };

const Step = ({ step }) => {
  const [kind, icon] = icons[step.ok] ?? ["warn", "info"];
  return html`
    <li class="row start nowrap">
      <span class=${`mark ${kind}`}><${Icon} name=${icon} /></span>
      <span>
        ${t(`domains.step_${step.what}`)}
        ${step.detail && html`<div class="quiet small"><${Text} most=${400}>${step.detail}<//></div>`}
      </span>
    </li>
  `;
};

const Tested = ({ result }) =>
  result.servers.map(
    (one) => html`
      <div class="stack tight" key=${one.server}>
        <h3 class="mono">${one.server}</h3>
        <ul class="bare stack tight">
          ${one.steps.map((step) => html`<${Step} step=${step} />`)}
        </ul>
        ${
          one.accepts_all &&
          html`
            <p class="notice warn">
              <${Icon} name="alert" />
              ${t("domains.accepts_all")}
            </p>
          `
        }
        ${
          one.steps.every((step) => step.ok !== false) &&
          html`<p>${t("domains.test_ok")}</p>`
        }
      </div>
    `,
  );

function LiveTest({ domain }) {
  const [recipient, setRecipient] = useState("");
  const [state, setState] = useState({});
  const test = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      const path = `domains/${encodeURIComponent(domain.name)}/test`;
      const body = recipient.trim() ? { recipient: recipient.trim() } : {};
      setState({ result: await post(path, body) });
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`
    <form class="row bottom" onSubmit=${test}>
      <div class="grow">
        <${Field}
          label=${t("domains.test_recipient")}
          placeholder=${`postmaster@${domain.name}`}
          value=${recipient}
          onValue=${setRecipient}
          autocomplete="off"
        />
      </div>
      <button disabled=${state.busy}>
        <${Icon} name="test" />
        ${t(state.busy ? "state.loading" : "domains.test")}
      </button>
    </form>
    <div role="status" class="stack">
      ${state.problem && html`<p class="error">${wordsOf(state.problem)}</p>`}
      ${state.result && html`<${Tested} result=${state.result} />`}
    </div>
  `;
}

const Today = ({ domain }) => {
  const counts = actions.filter((action) => domain.today?.[action] > 0);
  const link = (action) =>
    `/admin/log?recipient_domain=${encodeURIComponent(domain.name)}&action=${action}&since=24+h`;
  return counts.length
    ? html`
        <span class="row">
          ${counts.map(
            (action) => html`
              <a class="calm" href=${link(action)} key=${action}>
                <${Verdict} action=${action} />${" "}
                <span class="number">${number(domain.today[action])}</span>
              </a>
            `,
          )}
        </span>
      `
    : html`<span class="quiet">${t("dashboard.nothing")}</span>`;
};

const limits = (thresholds) =>
  ["tag", "quarantine", "block"]
    .filter((name) => typeof thresholds?.[name] === "number")
    .map((name) => `${t(`score.${name}`)} ${points(thresholds[name])}`)
    .join(" · ");

const Domain = ({ domain }) => html`
  <section class="card stack">
    <div class="row between">
      <h2><${Text} most=${200}>${domain.name}<//></h2>
      <span class="row">
        ${
          domain.alias_of &&
          html`<span class="mark">${t("domains.alias", { name: domain.alias_of })}</span>`
        }
        <span class=${`mark ${domain.mode === "observe" ? "warn" : ""}`}>
          ${t(`policy.mode_${domain.mode}`)}
        </span>
      </span>
    </div>
    <dl class="facts">
      <dt>${t("domains.next_hops")}</dt>
      <dd>
        ${
          domain.next_hops.length
            ? html`
                <ul class="bare stack tight">
                  ${domain.next_hops.map((hop) => html`<${Server} key=${hop.server} hop=${hop} />`)}
                </ul>
              `
            : html`<span class="quiet">${t("domains.none")}</span>`
        }
        <div class="small quiet">
          ${domain.protocol.toUpperCase()} · TLS: ${t(`domains.tls_${domain.tls}`)}
        </div>
      </dd>
      <dt>${t("domains.recipients")}</dt>
      <dd>
        ${t(`domains.recipients_${domain.recipients}`)}
        ${
          domain.recipients_problem &&
          html`<div class="error"><${Text} most=${300}>${domain.recipients_problem}<//></div>`
        }
      </dd>
      <dt>${t("score.thresholds")}</dt>
      <dd>${limits(domain.thresholds) || "–"}</dd>
      <dt>${t("span.day")}</dt>
      <dd><${Today} domain=${domain} /></dd>
      ${
        domain.waiting > 0 &&
        html`
          <dt>${t("dashboard.waiting")}</dt>
          <dd>
            <a href=${`/admin/queue?domain=${encodeURIComponent(domain.name)}`}>
              ${number(domain.waiting)}
            </a>
          </dd>
        `
      }
    </dl>
    ${mayAct() && domain.next_hops.length > 0 && html`<${LiveTest} domain=${domain} />`}
  </section>
`;

export default function Domains() {
  const of = useGet("domains");
  useRefresh(of.again, 30);
  return html`
    <${Page} title=${t("nav.domains")} intro=${t("domains.intro")}>
      <${Answer} of=${of}>
        ${({ domains }) =>
          domains.length
            ? html`
                <div class="columns broad">
                  ${domains.map(
                    (domain) => html`<${Domain} key=${domain.name} domain=${domain} />`,
                  )}
                </div>
              `
            : html`<div class="card"><${Empty} icon="domains" title=${t("domains.empty")} /></div>`}
      <//>
    <//>
  `;
}
