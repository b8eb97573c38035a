// SPDX-License-Identifier: Apache-2.0
// Domains and the servers behind the gateway, each with a live test.
import { useState } from "preact/hooks";

import { get, post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer, useRefresh } from "../load.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Page } from "../parts/page.js";
import { Answer, Empty, wordsOf } from "../parts/states.js";
import { isAdministrator } from "../session.js";
import { relative } from "../when.js";

/** From a gateway that does not list domains: the servers that it used so far. */
async function domainsNow() {
  try {
    const answer = await get("domains");
    return { domains: answer.domains ?? answer.rows ?? answer };
  } catch (problem) {
    if (!problem.is_missing) throw problem;
    return { servers: (await get("status")).next_hops };
  }
}

const Server = ({ hop }) => html`
  <li class="row">
    <span class=${`dot ${hop.down ? "bad" : hop.connections == null ? "" : "good"}`}></span>
    <span class="mono">${hop.server ?? hop}</span>
    <span class="small quiet">
      ${
        hop.down
          ? html`
              ${t("domains.down")}${" "}${hop.since && t("domains.since", { when: relative(hop.since) })}
            `
          : hop.connections > 0
            ? t("domains.connections", { n: hop.connections })
            : hop.down === false
              ? t("domains.up")
              : t("domains.never")
      }
    </span>
    ${
      hop.tls &&
      html`
        <span class="mark">TLS${" "}${hop.tls}</span>
      `
    }
    ${
      hop.problem &&
      html`
        <span class="error"><${Text} most=${300}>${hop.problem}<//></span>
      `
    }
  </li>
`;

const Servers = ({ hops = [] }) =>
  hops.length
    ? html`
        <ul class="bare stack tight">
          ${hops.map(
            (hop) => html`
              <${Server} key=${hop.server ?? hop} hop=${hop} />
            `,
          )}
        </ul>
      `
    : html`
        <p class="quiet">${t("domains.none")}</p>
      `;

const mark = { true: "good", false: "bad", null: "" };
function Steps({ result }) {
  const steps = result.steps ?? result.tests ?? [];
  return html`
    <ul class="bare stack tight">
      ${steps.map(
        (step) => html`
          <li class="row start">
            <span class=${`mark ${mark[step.ok] ?? "warn"}`}>
              <${Icon} name=${step.ok ? "allow" : step.ok === false ? "reject" : "info"} />
            </span>
            <span class="grow">
              <${Text} most=${200}>${step.what ?? step.name}<//>
              ${" "}${
                step.detail &&
                html`
                  <span class="quiet small"><${Text} most=${400}>${step.detail}<//></span>
                `
              }
            </span>
          </li>
        `,
      )}
    </ul>
    ${
      steps.length > 0 &&
      steps.every((step) => step.ok) &&
      html`
        <p>${t("domains.test_ok")}</p>
      `
    }
  `;
}

function Domain({ domain }) {
  const [state, setState] = useState({});
  const test = async () => {
    setState({ busy: true });
    try {
      setState({ result: await post(`domains/${encodeURIComponent(domain.name)}/test`) });
    } catch (problem) {
      setState({ problem });
    }
  };
  const recipients =
    typeof domain.recipients === "object" ? domain.recipients?.kind : domain.recipients;
  return html`
    <div class="card stack">
      <div class="row between">
        <h2><${Text}>${domain.name}<//></h2>
        ${
          isAdministrator() &&
          html`
            <button class="little" onClick=${test} disabled=${state.busy}>
              <${Icon} name="test" />
              ${t(state.busy ? "state.loading" : "domains.test")}
            </button>
          `
        }
      </div>
      <dl class="facts">
        <dt>${t("domains.next_hops")}</dt>
        <dd><${Servers} hops=${domain.next_hops} /></dd>
        <dt>${t("domains.recipients")}</dt>
        <dd>${recipients ?? "–"}</dd>
      </dl>
      <div role="status">
        ${
          state.problem &&
          html`
            <p class="error">${wordsOf(state.problem)}</p>
          `
        }
        ${
          state.result &&
          html`
            <${Steps} result=${state.result} />
          `
        }
      </div>
    </div>
  `;
}

export default function Domains() {
  const of = useAnswer("domains", domainsNow);
  useRefresh(of.again, 30);
  return html`
    <${Page} title=${t("nav.domains")} intro=${t("domains.intro")}>
      <${Answer} of=${of}>
        ${({ domains, servers }) =>
          servers
            ? html`
                <div class="card stack">
                  <h2>${t("domains.next_hops")}</h2>
                  <${Servers} hops=${servers} />
                </div>
              `
            : domains.length
              ? html`
                  <div class="columns">
                    ${domains.map(
                      (domain) => html`
                        <${Domain} key=${domain.name} domain=${domain} />
                      `,
                    )}
                  </div>
                `
              : html`
                  <div class="card"><${Empty} icon="domains" title=${t("domains.none")} /></div>
                `}
      <//>
    <//>
  `;
}
