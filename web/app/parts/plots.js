// SPDX-License-Identifier: Apache-2.0
// Statistics as the API gives them, drawn.
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { session } from "../session.js";
import { Bars } from "./bars.js";
import { layerWords } from "./facts.js";
import { Histogram } from "./histogram.js";
import { actions } from "./marks.js";
import { Plot } from "./plot.js";

/** By upper bounds in milliseconds, the shortest first. */
const latencyOf = (rows) =>
  (rows ?? [])
    .map(({ ms, count }) => ({ at: ms === "more" ? Infinity : Number(ms), count }))
    .sort((a, b) => a.at - b.at)
    .map(({ at, count }) => ({
      name: at === Infinity ? t("dashboard.longer") : t("dashboard.at_most", { ms: span(at) }),
      count,
    }));
/** A span as people say it. */
const span = (ms) => (ms < 1000 ? `${number(ms)} ms` : `${number(ms / 1000)} s`);

/** By scores rounded down, as bins. */
const binsOf = (rows) =>
  (rows ?? [])
    .map(({ from, count }) => ({ from: Number(from), to: Number(from) + 1, count }))
    .sort((a, b) => a.from - b.from);

/** Rankings whose names lead to the log. */
const linked = (rows, field, filter) => ({
  rows: (rows ?? []).map((row) => ({ ...row, name: row[field] })),
  href: (name) => `/admin/log?${filter}=${encodeURIComponent(name)}`,
});

/** Recipients a minute, by outcome; outcomes that never were are left out. */
function rates({ actions: counts = {}, step_s }) {
  return actions
    .filter((action) => counts[action]?.some(Boolean))
    .map((action) => ({
      name: action,
      label: t(`action.${action}`),
      values: counts[action].map((count) => (count * 60) / step_s),
    }));
}

const lines = (values, names) =>
  Object.entries(names)
    .filter(([name]) => values?.[name])
    .map(([name, [colour, label]]) => ({ name: colour, label, values: values[name] }));

/** How long mail took and how much waited, step by step. */
const OverTime = ({ statistics }) => html`
  <div class="columns broad">
    <${Plot}
      title=${t("dashboard.latency_steps")}
      times=${statistics.steps}
      series=${lines(statistics.latency_steps, {
        p50: ["share", t("dashboard.p50")],
        p95: ["quarantine", t("dashboard.p95")],
      })}
      format=${span}
    />
    <${Plot}
      title=${t("dashboard.queue")}
      times=${statistics.steps}
      series=${lines(statistics.queue, {
        waiting: ["defer", t("dashboard.waiting")],
        held: ["quarantine", t("dashboard.held")],
      })}
    />
  </div>
`;

const Rankings = ({ statistics, since }) => html`
  <div class="columns broad">
    <${Histogram} bins=${binsOf(statistics.scores)} thresholds=${session.value.thresholds} />
    <${Bars}
      title=${t("dashboard.layers")}
      head=${t("layers.layer")}
      words=${layerWords}
      rows=${statistics.layers.map(({ layer, count }) => ({ name: layer, count }))}
      href=${(name) => `/admin/log?layer=${encodeURIComponent(name)}&since=${encodeURIComponent(since)}`}
    />
    <${Bars}
      title=${t("dashboard.latency")}
      head=${t("dashboard.time")}
      rows=${latencyOf(statistics.latency)}
    />
    <${Bars}
      title=${t("dashboard.sources")}
      head=${t("column.client")}
      ...${linked(statistics.sources, "client", "client")}
    />
    <${Bars}
      title=${t("dashboard.senders")}
      head=${t("filter.sender_domain")}
      ...${linked(statistics.senders, "domain", "sender_domain")}
    />
    <${Bars}
      title=${t("dashboard.recipients")}
      head=${t("filter.recipient_domain")}
      ...${linked(statistics.recipients, "domain", "recipient_domain")}
    />
  </div>
`;

/** `children`: what stands beside the first plot. Whose reach ends with domains sees no rankings. */
export function Plots({ statistics, since, children }) {
  const has_time = statistics.latency_steps || statistics.queue;
  return html`
    <div class="glance">
      ${children}
      <${Plot}
        title=${t("dashboard.mail")}
        times=${statistics.steps}
        series=${rates(statistics)}
        tall
        is_stacked
      />
    </div>
    ${has_time && html`<${OverTime} statistics=${statistics} />`}
    ${statistics.layers && html`<${Rankings} statistics=${statistics} since=${since} />`}
  `;
}
