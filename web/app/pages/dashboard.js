// SPDX-License-Identifier: Apache-2.0
// The gateway at a glance: whether all is well, outcomes in numbers, and how they went over time.
import { get } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useAnswer, useGet, useRefresh } from "../load.js";
import { Conditions } from "../parts/conditions.js";
import { Icon } from "../parts/icons.js";
import { Verdict, actions } from "../parts/marks.js";
import { Page } from "../parts/page.js";
import { Plots } from "../parts/plots.js";
import { SpanChoice } from "../parts/spans.js";
import { Answer } from "../parts/states.js";
import { useQuery } from "../router.js";
import { relative } from "../when.js";

/** How far back, and the seconds of one step. */
const steps = { "1 h": 300, "24 h": 900, "7 days": 7200, "30 days": 43200 };
const sum = (values) => Object.values(values ?? {}).reduce((total, value) => total + value, 0);

const Health = ({ status }) =>
  status.conditions
    ? html`<${Conditions} list=${status.conditions} />`
    : html`
        <${Conditions}
          list=${status.problems.map((text) => ({ name: text, sentence: { en: text } }))}
        />
      `;

const Tile = ({ label, value, note, href, kind = "" }) => html`
  <div class="card tile">
    <span class="quiet small">${label}</span>
    <span class=${`figure ${kind}`}>
      ${
        href
          ? html`
              <a href=${href}>${value}</a>
            `
          : value
      }
    </span>
    ${
      note &&
      html`
        <span class="quiet small">${note}</span>
      `
    }
  </div>
`;

const Tiles = ({ status }) => html`
  <div class="tiles">
    <${Tile}
      label=${t("dashboard.received")}
      value=${number(status.messages.received)}
      note=${t("dashboard.total")}
    />
    <${Tile}
      label=${t("dashboard.held")}
      value=${number(status.store.held)}
      href="/admin/quarantine"
    />
    <${Tile}
      label=${t("dashboard.waiting")}
      value=${number(status.store.waiting)}
      href="/admin/queue"
      note=${status.store.oldest_waiting && relative(status.store.oldest_waiting)}
    />
    <${Tile} label=${t("dashboard.connections")} value=${number(status.sessions.open)} />
    <${Tile}
      label=${t("dashboard.uptime")}
      value=${relative(status.started)}
      kind="words"
      note=${`Mailweir ${status.version}`}
    />
  </div>
`;

/** Outcome × total, today, this hour. */
function Outcomes({ totals, since }) {
  const spoken = [
    ["all", since],
    ["today", "dashboard.today"],
    ["hour", "dashboard.hour"],
  ].filter(([name]) => totals[name]);
  const links = { all: "", today: "&since=24+h", hour: "&since=1+h" };
  return html`
    <div class="card flush outcomes">
      <div class="card-head"><h2>${t("dashboard.outcomes")}</h2></div>
      <div class="table-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">${t("dashboard.outcome")}</th>
              ${spoken.map(
                ([name, key]) => html`
                  <th key=${name} scope="col" class="number">${t(key)}</th>
                `,
              )}
            </tr>
          </thead>
          <tbody>
            ${actions.map(
              (action) => html`
                <tr key=${action}>
                  <th scope="row"><${Verdict} action=${action} /></th>
                  ${spoken.map(
                    ([name]) => html`
                      <td key=${name} class="number">
                        <a class="calm" href=${`/admin/log?action=${action}${links[name]}`}>
                          ${number(totals[name][action] ?? 0)}
                        </a>
                      </td>
                    `,
                  )}
                </tr>
              `,
            )}
            <tr>
              <th scope="row" class="strong">${t("dashboard.all")}</th>
              ${spoken.map(
                ([name]) => html`
                  <td key=${name} class="number strong">${number(sum(totals[name]))}</td>
                `,
              )}
            </tr>
          </tbody>
        </table>
      </div>
    </div>
  `;
}

async function statisticsOf(since) {
  try {
    return await get("statistics", { since, step: steps[since] });
  } catch (problem) {
    if (problem.is_missing) return null;
    throw problem;
  }
}

export default function Dashboard() {
  const [query, change] = useQuery();
  const since = query.since in steps ? query.since : "24 h";
  const status = useGet("status");
  const statistics = useAnswer(since, async () => ({ of: await statisticsOf(since) }));
  useRefresh(status.again, 15);
  useRefresh(statistics.again, 60);
  return html`
    <${Page}
      title=${t("nav.dashboard")}
      intro=${t("dashboard.intro")}
      tools=${html`
        <${SpanChoice} offered=${Object.keys(steps)} since=${since} change=${change} />
      `}
    >
      ${
        status.problem?.status !== 403 &&
        html`
          <${Answer} of=${status}>
            ${(now) => html`
              <${Health} status=${now} />
              <${Tiles} status=${now} />
            `}
          <//>
        `
      }
      <${Answer} of=${statistics}>
        ${({ of }) =>
          of
            ? html`
                <${Plots} statistics=${of} since=${since}>
                  <${Outcomes} totals=${of.totals ?? {}} since="dashboard.kept" />
                <//>
              `
            : html`
                ${
                  status.data &&
                  html`
                    <${Outcomes}
                      totals=${{ all: status.data.messages.verdicts }}
                      since="dashboard.total"
                    />
                  `
                }
                <p class="notice">
                  <${Icon} name="info" />
                  ${t("dashboard.no_statistics")}
                </p>
              `}
      <//>
    <//>
  `;
}
