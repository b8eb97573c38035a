// SPDX-License-Identifier: Apache-2.0
// A long table of messages. Rows come in blocks; a block out of sight is a gap of its height, so
// that ten thousand rows cost as much as a screenful.
import { Component } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useStore } from "../store.js";
import { plainText } from "./hostile.js";
import { gone } from "./toasts.js";

/** One row; renders again only when something of it changed. */
class Row extends Component {
  shouldComponentUpdate(next) {
    return ["row", "columns", "is_chosen", "is_here", "acts"].some(
      (name) => next[name] !== this.props[name],
    );
  }

  render({ row, columns, is_chosen, is_here, choose, open, here }) {
    const onClick = (event) => {
      here(row.id);
      if (event.target.closest("a, button, input, label, details") || getSelection().toString())
        return;
      open?.(row);
    };
    return html`
      <tr
        id=${`row-${row.id}`}
        class=${is_here ? "here" : ""}
        aria-selected=${choose ? String(is_chosen) : undefined}
        onClick=${onClick}
        role="row"
      >
        ${
          choose &&
          html`
            <td class="c-select" role="cell">
              <input
                type="checkbox"
                checked=${is_chosen}
                aria-label=${t("rows.choose", { what: plainText(row.subject, 80) || row.id })}
                onClick=${(event) => choose(row.id, event)}
              />
            </td>
          `
        }
        ${columns.map(
          (column) => html`
            <td key=${column.name} class=${`c-${column.name}`} role="cell">${column.cell(row)}</td>
          `,
        )}
      </tr>
    `;
  }
}

/** Starts as a gap of about its height, unless it is the first. */
function Block({ rows, span, is_first, children }) {
  const ref = useRef(null);
  const [gap, setGap] = useState(is_first ? 0 : rows.length * rowHeight);
  useEffect(() => {
    const watcher = new IntersectionObserver(
      ([entry]) => {
        setGap((old) =>
          entry.isIntersecting ? 0 : old || Math.round(entry.boundingClientRect.height),
        );
      },
      { rootMargin: "1500px 0px" },
    );
    watcher.observe(ref.current);
    return () => watcher.disconnect();
  }, []);
  return html`
    <tbody ref=${ref} role="rowgroup">
      ${
        gap
          ? html`
              <tr class="spacer" aria-hidden="true"><td colspan=${span} height=${gap}></td></tr>
            `
          : rows.map(children)
      }
    </tbody>
  `;
}

/** Asks for more as its end comes into sight. */
function More({ of }) {
  const ref = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && of.next(), {
      rootMargin: "600px 0px",
    });
    watcher.observe(ref.current);
    return () => watcher.disconnect();
  }, [of.next]);
  return html`
    <button ref=${ref} class="bare" disabled=${of.busy} onClick=${of.next}>
      ${t(of.busy ? "state.loading" : "rows.more")}
    </button>
  `;
}

const blockSize = 100;
const rowHeight = 53;
const blocksOf = (pages, hidden) =>
  pages.flatMap((page, at) =>
    Array.from({ length: Math.ceil(page.length / blockSize) }, (_, part) => ({
      key: `${at}.${part}`,
      rows: page
        .slice(part * blockSize, (part + 1) * blockSize)
        .filter((row) => !hidden.has(row.id)),
    })),
  );
export const rowsOf = (pages, hidden) => pages.flat().filter((row) => !hidden.has(row.id));

const none = new Set();
/** Rows that a list of held mail leaves out; other lists show what was dealt with. */
export const useHidden = (is_of_held) => {
  const all = useStore(gone);
  return is_of_held ? all : none;
};

/** `of`: what useRows returns. `chosen`: a selection (selection.js) or nothing. `hidden`: ids. */
export function Rows({ of, columns, chosen, here, setHere, open, label, hidden = none }) {
  const span = columns.length + (chosen ? 1 : 0);
  const count = rowsOf(of.pages, hidden).length;
  return html`
    <div class=${`busy-line ${of.busy ? "on" : ""}`}></div>
    <div class="table-frame">
      <table
        class=${`rows ${chosen ? "" : "unchosen"}`}
        role="table"
        aria-label=${label}
        aria-rowcount=${of.more ? -1 : count}
      >
        <thead role="rowgroup">
          <tr role="row">
            ${
              chosen &&
              html`
                <th class="c-select" role="columnheader" scope="col">
                  <input
                    type="checkbox"
                    aria-label=${t("rows.choose_all")}
                    checked=${count > 0 && chosen.hasAll(rowsOf(of.pages, hidden))}
                    onClick=${() => chosen.toggleAll(rowsOf(of.pages, hidden))}
                  />
                </th>
              `
            }
            ${columns.map(
              (one) => html`
                <th key=${one.name} class=${`c-${one.name}`} scope="col" role="columnheader">
                  ${
                    one.title
                      ? t(one.title)
                      : html`
                          <span class="only-read">${t("column.acts")}</span>
                        `
                  }
                </th>
              `,
            )}
          </tr>
        </thead>
        ${blocksOf(of.pages, hidden).map(
          ({ key, rows }, at) => html`
            <${Block} key=${key} span=${span} rows=${rows} is_first=${at === 0}>
              ${(row) => html`
                <${Row}
                  key=${row.id}
                  row=${row}
                  columns=${columns}
                  is_chosen=${chosen?.has(row.id) ?? false}
                  is_here=${here === row.id}
                  choose=${chosen?.toggle}
                  here=${setHere}
                  open=${open}
                />
              `}
            <//>
          `,
        )}
      </table>
    </div>
    <div class="list-foot">
      <span>${t("rows.shown", { n: count })}</span>
      ${
        of.more &&
        html`
          <${More} of=${of} />
        `
      }
    </div>
  `;
}

export const countWords = (chosen) =>
  chosen.is_all
    ? t("rows.chosen_all")
    : t("rows.chosen", { n: chosen.count, count: number(chosen.count) });
