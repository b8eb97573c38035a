// SPDX-License-Identifier: Apache-2.0
// A plain table whose rows come page by page.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRows } from "../load.js";
import { Text } from "./hostile.js";
import { Empty, Foot, Loaded } from "./states.js";

/** `columns`: [{ name, title, is_number, cell(row, again) }]; without a cell the row's own text of
 *  that name. The first heads its row. */
export function PagedTable({ path, query = {}, rows: name = "rows", columns, title, tools, empty, text }) {
  const of = useRows(path, query, name);
  const rows = of.pages.flat();
  const shown = (column, row) =>
    column.cell
      ? column.cell(row, of.again)
      : html`<${Text} most=${300}>${String(row[column.name] ?? "–")}<//>`;
  return html`
    <section class="card flush">
      <div class="list-tools">
        <h2 class="grow">${title}</h2>
        ${tools}
      </div>
      <${Loaded}
        of=${of}
        is_empty=${rows.length === 0}
        empty=${html`<${Empty} icon="info" title=${empty}>${text && html`<p>${text}</p>`}<//>`}
      >
        <div class="table-frame">
          <table class="many">
            <thead>
              <tr>
                ${columns.map(
                  (one) => html`
                    <th scope="col" class=${one.is_number ? "number" : ""}>
                      ${one.title || html`<span class="only-read">${t("column.acts")}</span>`}
                    </th>
                  `,
                )}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (row, at) => html`
                  <tr key=${at}>
                    ${columns.map((one, place) =>
                      place === 0
                        ? html`<th scope="row">${shown(one, row)}</th>`
                        : html`
                            <td class=${one.is_number ? "number" : one.title ? "small" : "end"}>
                              ${shown(one, row)}
                            </td>
                          `,
                    )}
                  </tr>
                `,
              )}
            </tbody>
          </table>
        </div>
        <${Foot} of=${of} />
      <//>
    </section>
  `;
}
