// SPDX-License-Identifier: Apache-2.0
// How scores are spread, with the thresholds drawn in, and as a table.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { number, points, t } from "../i18n.js";

const height = 140;

function Drawing({ bins, thresholds }) {
  const low = bins[0].from;
  const end = bins.at(-1).to ?? bins.at(-1).from + 1;
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const at = (value) => `${((value - low) / (end - low)) * 100}%`;
  const limits = Object.entries(thresholds).filter(
    ([, value]) => typeof value === "number" && value > low && value < end,
  );
  const colour = (from) => {
    const passed = limits.filter(([, value]) => from >= value).sort((a, b) => b[1] - a[1])[0]?.[0];
    return { block: "reject", quarantine: "quarantine", tag: "tag" }[passed] ?? "deliver";
  };
  return html`
    <svg class="histogram" role="img" aria-label=${t("dashboard.scores")}>
      ${bins.map((bin) => {
        const tall = (Math.sqrt(bin.count) / Math.sqrt(most)) * (height - 8);
        const width = (((bin.to ?? end) - bin.from) / (end - low)) * 100;
        return html`
          <rect
            class=${colour(bin.from)}
            x=${at(bin.from)}
            y=${height - tall}
            width=${`${Math.max(0.4, width * 0.86)}%`}
            height=${tall}
            rx="2"
          />
        `;
      })}
      <line class="floor" x1="0" x2="100%" y1=${height} y2=${height} />
      ${limits.map(
        ([name, value]) => html`
          <line class="limit" x1=${at(value)} x2=${at(value)} y1="0" y2=${height + 4} />
          <text x=${at(value)} y=${height + 18} text-anchor="middle">
            ${t(`score.${name}`)}${" "}${points(value)}
          </text>
        `,
      )}
    </svg>
  `;
}

export function Histogram({ bins = [], thresholds = {} }) {
  const [is_table, setTable] = useState(false);
  const is_empty = !bins.some((bin) => bin.count);
  return html`
    <div class="card stack">
      <div class="row between">
        <h2>${t("dashboard.scores")}</h2>
        ${
          !is_empty &&
          html`
            <button
              class="bare little"
              aria-pressed=${String(is_table)}
              onClick=${() => setTable(!is_table)}
            >
              ${t(is_table ? "dashboard.as_plot" : "dashboard.as_table")}
            </button>
          `
        }
      </div>
      ${
        is_empty
          ? html`
              <p class="quiet">${t("dashboard.nothing")}</p>
            `
          : is_table
            ? html`
                <div
                  class="table-frame short"
                  tabindex="0"
                  role="region"
                  aria-label=${t("dashboard.scores")}
                >
                  <table class="compact">
                    <thead>
                      <tr>
                        <th scope="col">${t("column.score")}</th>
                        <th scope="col" class="number">${t("dashboard.count")}</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${bins.map(
                        (bin) => html`
                          <tr key=${bin.from}>
                            <th scope="row">
                              ${points(bin.from)}${" "}–${" "}${bin.to == null ? "" : points(bin.to)}
                            </th>
                            <td class="number">${number(bin.count)}</td>
                          </tr>
                        `,
                      )}
                    </tbody>
                  </table>
                </div>
              `
            : html`
                <${Drawing} bins=${bins} thresholds=${thresholds} />
              `
      }
    </div>
  `;
}
