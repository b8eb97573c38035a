// SPDX-License-Identifier: Apache-2.0
// How scores are spread, with the thresholds drawn in.
import { html } from "../html.js";
import { number, points, t } from "../i18n.js";
import { Figure } from "./figure.js";

const height = 140;

function Drawing({ bins, thresholds }) {
  const low = bins[0].from;
  const end = bins.at(-1).to;
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
        const tall = (Math.sqrt(bin.count) / Math.sqrt(most)) * (height - 20);
        const width = ((bin.to - bin.from) / (end - low)) * 100;
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
      ${bins
        .filter((bin) => bin.count && bins.length <= 24)
        .map(
          (bin) => html`
            <text
              x=${at((bin.from + bin.to) / 2)}
              y=${height - (Math.sqrt(bin.count) / Math.sqrt(most)) * (height - 20) - 4}
              text-anchor="middle"
            >
              ${number(bin.count)}
            </text>
          `,
        )}
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

/** `bins`: [{ from, to, count }], the lowest first. */
export const Histogram = ({ bins, thresholds = {} }) => html`
  <${Figure}
    title=${t("dashboard.scores")}
    is_empty=${!bins.some((bin) => bin.count)}
    head=${[t("column.score"), t("dashboard.count")]}
    rows=${() => bins.map((bin) => [`${points(bin.from)} – ${points(bin.to)}`, number(bin.count)])}
  >
    <${Drawing} bins=${bins} thresholds=${thresholds} />
  <//>
`;
