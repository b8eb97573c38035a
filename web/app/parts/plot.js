// SPDX-License-Identifier: Apache-2.0
// Values over time: lines or a stack of areas, and under the pointer what they were then.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { brief, tick } from "../when.js";
import { Figure } from "./figure.js";

/** Room above and beneath the lines, in pixels. */
const head = 14;
const foot = 22;

/** The round number that a scale ends with. */
function roundUp(most) {
  const unit = 10 ** Math.floor(Math.log10(most || 1));
  return [1, 2, 2.5, 5, 10].map((step) => step * unit).find((one) => one >= most);
}

/** What each series adds to those beneath it. */
function stacked(series) {
  const sums = series[0].values.map(() => 0);
  return series.map((one) => ({
    ...one,
    low: [...sums],
    high: one.values.map((value, at) => (sums[at] += value ?? 0)),
  }));
}

/** An SVG path over the steps that have a value; a step without one is a gap, and one alone between
 *  gaps a dot. */
function pathOf(values, y) {
  return values
    .map((value, at) => {
      if (value == null) return "";
      const is_first = values[at - 1] == null;
      const is_alone = is_first && values[at + 1] == null;
      return `${is_first ? "M" : "L"}${at} ${y(value).toFixed(2)}${is_alone ? "h0" : ""}`;
    })
    .join("");
}
const areaOf = ({ low, high }, y) =>
  `${pathOf(high, y)}${pathOf(low, y)
    .split(/[ML]/)
    .reverse()
    .filter(Boolean)
    .map((point) => `L${point}`)
    .join("")}Z`;

const parts = [0, 0.25, 0.5, 0.75, 1];
const lineAt = (part, height) => (1 - part) * (height - foot - head) + head;

const Grid = ({ height }) =>
  parts.map((part) => {
    const y = lineAt(part, height);
    return html`<line class="grid" x1="0" x2="100%" y1=${y} y2=${y} />`;
  });

const Scale = ({ top, height, format }) =>
  parts
    .slice(1)
    .map((part) => html`<text x="0" y=${lineAt(part, height) - 3}>${format(top * part)}</text>`);

const Times = ({ times, height }) => {
  const last = times.length - 1;
  const anchors = ["start", "middle", "middle", "end"];
  return anchors.map((anchor, part) => {
    const at = Math.round((last * part) / 3);
    return html`
      <text x=${`${(at / last) * 100}%`} y=${height - 4} text-anchor=${anchor}>
        ${tick(times[at], times)}
      </text>
    `;
  });
};

const Tip = ({ at, times, series, format }) => html`
  <div class=${`tip ${at < times.length / 2 ? "far" : ""}`} aria-hidden="true">
    <strong>${brief(times[at])}</strong>
    <ul class="bare">
      ${series.map(
        (one) => html`
          <li>
            <i class=${`swatch ${one.name}`}></i>
            ${one.label}
            <span class="number">${one.values[at] == null ? "–" : format(one.values[at])}</span>
          </li>
        `,
      )}
    </ul>
  </div>
`;

function Drawing({ title, times, series, format, tall, is_stacked }) {
  const [at, setAt] = useState(null);
  const height = tall ? 272 : 196;
  const layers = is_stacked ? stacked(series) : series.map((one) => ({ ...one, high: one.values }));
  const top = roundUp(Math.max(...layers.flatMap((one) => one.high.map((value) => value ?? 0))));
  const y = (value) => 100 - (value / top) * 100;
  // From the top of the pile to its foot: one that adds nothing does not hide what it lies on.
  const drawn = is_stacked ? [...layers].reverse() : layers;
  const last = times.length - 1;
  const look = (event) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const next = Math.round(((event.clientX - left) / width) * last);
    setAt(Math.max(0, Math.min(last, next)));
  };
  return html`
    <div class="plot">
      <svg
        role="img"
        aria-label=${title}
        height=${height}
        onPointerMove=${look}
        onPointerLeave=${() => setAt(null)}
      >
        <${Grid} height=${height} />
        <svg
          y=${head}
          width="100%"
          height=${height - foot - head}
          viewBox=${`0 0 ${last} 100`}
          preserveAspectRatio="none"
        >
          ${drawn.map(
            (one) => html`
              ${is_stacked && html`<path class=${`area ${one.name}`} d=${areaOf(one, y)} />`}
              <path class=${`line ${one.name}`} d=${pathOf(one.high, y)} />
            `,
          )}
        </svg>
        <${Scale} top=${top} height=${height} format=${format} />
        <${Times} times=${times} height=${height} />
        ${
          at !== null &&
          html`
            <line
              class="cursor"
              x1=${`${(at / last) * 100}%`}
              x2=${`${(at / last) * 100}%`}
              y1=${head}
              y2=${height - foot}
            />
          `
        }
      </svg>
      ${at !== null && html`<${Tip} at=${at} times=${times} series=${series} format=${format} />`}
    </div>
  `;
}

const Legend = ({ series }) => html`
  <div class="legend" aria-hidden="true">
    ${series.map(
      (one) => html`
        <span key=${one.name}>
          <i class=${`swatch ${one.name}`}></i>
          ${one.label}
        </span>
      `,
    )}
  </div>
`;

/** `series`: [{ name, label, values }]; the name is a class that says its colour. */
export function Plot({ title, note, times = [], series, tall, is_stacked, format = twoDigits }) {
  const shown = (value) => (value == null ? "–" : format(value));
  return html`
    <${Figure}
      title=${title}
      note=${note}
      is_empty=${times.length < 2 || series.every((one) => one.values.every((value) => !value))}
      head=${[t("column.time"), ...series.map((one) => one.label)]}
      rows=${() =>
        times
          .map((time, at) => [brief(time), ...series.map((one) => shown(one.values[at]))])
          .reverse()}
    >
      ${series.length > 1 && html`<${Legend} series=${series} />`}
      <${Drawing}
        title=${title}
        times=${times}
        series=${series}
        format=${format}
        tall=${tall}
        is_stacked=${is_stacked}
      />
    <//>
  `;
}
const twoDigits = (value) => number(value, 2);
