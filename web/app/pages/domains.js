// SPDX-License-Identifier: Apache-2.0
// Domains, whom they take mail for, and the servers behind the gateway, each with a live test.
import { useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { number, points, t } from "../i18n.js";
import { useGet, useRefresh } from "../load.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Verdict, actions } from "../parts/marks.js";
import { Page } from "../parts/page.js";
import { Answer, Empty, wordsOf } from "../parts/states.js";
import { isAdministrator, mayAct } from "../session.js";
import { relative } from "../when.js";

const stateOf = (hop) =>
  hop.down
    ? [t("domains.down"), hop.since && t("domains.since", { when: relative(hop.since) })]
    : hop.connections > 0
      ? [t("domains.connections", { n: hop.connections })]
      : [t(hop.used ? "domains.up" : "domains.unused")];

const Server = ({ hop }) => html`
  <li class="row">
    <span class=${`dot ${hop.down ? "bad" : hop.used ? "good" : ""}`}></span>
    <span class="mono">${hop.server}</span>
    <span class="small quiet">${stateOf(hop).filter(Boolean).join(" ")}</span>
    ${hop.problem && html`<span class="error"><${Text} most=${300}>${hop.problem}<//></span>`}
  </li>
`;

const icons = { good: "allow", warning: "alert", bad: "reject" };
const kinds = { good: "good", warning: "warn", bad: "bad" };

const Step = ({ step }) => html`
  <li class="row start nowrap">
    <span class=${`mark ${kinds[step.mark] ?? ""}`}>
      <${Icon} name=${icons[step.mark] ?? "info"} />
    </span>
    <span>
      ${t(`domains.step_${step.what}`)}
      ${step.detail && html`<div class="quiet small"><${Text} most=${400}>${step.detail}<//></div>`}
    </span>
  </li>
`;

const Tested = ({ result }) =>
  result.servers.map(
    ({ server, report }) => html`
      <div class="stack tight" key=${server}>
        <h3 class="mono"><${Text} most=${200}>${server}<//></h3>
        <ul class="bare stack tight">
          ${report.steps.map((step) => html`<${Step} step=${step} />`)}
        </ul>
        ${
          report.takes_everyone &&
          html`
            <p class="notice warn">
              <${Icon} name="alert" />
              ${t("domains.takes_everyone")}
            </p>
          `
        }
        ${
          report.steps.every((step) => step.mark === "good") &&
          html`<p>${t("domains.test_ok")}</p>`
        }
      </div>
    `,
  );

function LiveTest({ domain }) {
  const [state, setState] = useState({});
  const test = async () => {
    setState({ busy: true });
    try {
      setState({ result: await post(`domains/${encodeURIComponent(domain.name)}/test`) });
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`
    <div>
      <button onClick=${test} disabled=${state.busy}>
        <${Icon} name="test" />
        ${t(state.busy ? "state.loading" : "domains.test")}
      </button>
    </div>
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
        ${
          domain.protocol &&
          html`
            <div class="small quiet">
              ${domain.protocol.toUpperCase()} · TLS: ${t(`domains.tls_${domain.tls}`)}
            </div>
          `
        }
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
    </dl>
    ${mayAct() && domain.protocol !== "lmtp" && domain.next_hops.length > 0 && html`<${LiveTest} domain=${domain} />`}
  </section>
`;

export default function Domains() {
  const of = useGet("domains");
  useRefresh(of.again, 30);
  return html`
    <${Page}
      title=${t("nav.domains")}
      intro=${t("domains.intro")}
      tools=${
        isAdministrator() && html`<a class="button" href="/setup/domain">${t("domains.set_up")}</a>`
      }
    >
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
