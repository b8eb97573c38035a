// SPDX-License-Identifier: Apache-2.0
// A plot over time, drawn by uPlot, and the same as a table: whoever cannot see a picture reads it.
import { useEffect, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { language, number, t } from "../i18n.js";
import { useStore } from "../store.js";
import { Time, brief } from "../when.js";

const property = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Options for uPlot. `series`: [{ name, label, values, stack }]. */
function optionsOf(series, { width, height }, format) {
  const grid = { stroke: property("--line"), width: 1 };
  const font = `12px ${property("--sans")}`;
  const axis = { stroke: property("--quiet"), grid, ticks: { ...grid, size: 4 }, font };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [10, 8, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.08, 1)] },
    },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => brief(tick * 1000)), space: 90 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...series.map(({ name, label }, at) => {
        const colour =
          property(`--${name}`) || property(["--accent", "--quarantine", "--tag"][at % 3]);
        return {
          label,
          stroke: colour,
          width: 2,
          fill: series.length === 1 ? `${colour}22` : undefined,
          points: { show: false },
        };
      }),
    ],
  };
}

function Drawing({ times, series, format, label, tall }) {
  const ref = useRef(null);
  const spoken = useStore(language);
  useEffect(() => {
    let plot = null;
    let is_gone = false;
    const size = () => ({ width: ref.current.clientWidth, height: tall ? 288 : 208 });
    const draw = async () => {
      const { default: UPlot } = await import("../uplot.js");
      if (is_gone || !ref.current) return;
      plot?.destroy();
      const data = [times.map((time) => new Date(time) / 1000), ...series.map((one) => one.values)];
      plot = new UPlot(optionsOf(series, size(), format), data, ref.current);
    };
    draw();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const sized = new ResizeObserver(() => ref.current && plot?.setSize(size()));
    sized.observe(ref.current);
    addEventListener("themechange", draw);
    dark.addEventListener("change", draw);
    return () => {
      is_gone = true;
      sized.disconnect();
      removeEventListener("themechange", draw);
      dark.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [JSON.stringify([times, series]), spoken]);
  return html`
    <div class="plot" ref=${ref} role="img" aria-label=${label}></div>
  `;
}

const Table = ({ times, series, format, label }) => html`
  <div class="table-frame short" tabindex="0" role="region" aria-label=${label}>
    <table class="compact">
      <thead>
        <tr>
          <th scope="col">${t("column.time")}</th>
          ${series.map(
            (one) => html`
              <th scope="col" class="number">${one.label}</th>
            `,
          )}
        </tr>
      </thead>
      <tbody>
        ${times
          .map(
            (time, at) => html`
              <tr key=${time}>
                <th scope="row" class="nowrap"><${Time} at=${time} /></th>
                ${series.map(
                  (one) => html`
                    <td class="number">${format(one.values[at] ?? 0)}</td>
                  `,
                )}
              </tr>
            `,
          )
          .reverse()}
      </tbody>
    </table>
  </div>
`;

export function Plot({ title, times = [], series, tall, format = (value) => number(value, 2) }) {
  const [is_table, setTable] = useState(false);
  const is_empty = !times.length || series.every((one) => one.values.every((value) => !value));
  const View = is_table ? Table : Drawing;
  return html`
    <div class="card stack">
      <div class="row between">
        <h2>${title}</h2>
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
          : html`
              ${
                series.length > 1 &&
                !is_table &&
                html`
                  <div class="legend" aria-hidden="true">
                    ${series.map(
                      (one) => html`
                        <span key=${one.name}>
                          <i class=${one.name}></i>
                          ${one.label}
                        </span>
                      `,
                    )}
                  </div>
                `
              }
              <${View}
                times=${times}
                series=${series}
                format=${format}
                label=${title}
                tall=${tall}
              />
            `
      }
    </div>
  `;
}
