// SPDX-License-Identifier: Apache-2.0
// Short rankings: a table whose numbers have bars behind them.
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { Text } from "./hostile.js";

/** `rows`: [{ name, count, bad? }]; `href` makes a link of a name. */
export function Bars({ title, rows = [], href, head, words = (name) => name }) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  const has_bad = rows.some((row) => row.bad > 0);
  return html`
    <div class="card stack tight">
      <h2>${title}</h2>
      ${
        rows.length === 0
          ? html`
              <p class="quiet">${t("dashboard.nothing")}</p>
            `
          : html`
              <table class="compact plain ranking">
                <thead>
                  <tr>
                    <th scope="col">${head}</th>
                    <th scope="col" class="rank-bar"><span class="only-read">${t("dashboard.count")}</span></th>
                    <th scope="col" class="number">${t("dashboard.count")}</th>
                    ${
                      has_bad &&
                      html`
                        <th scope="col" class="number">${t("dashboard.bad")}</th>
                      `
                    }
                  </tr>
                </thead>
                <tbody>
                  ${rows.slice(0, 10).map(
                    (row) => html`
                      <tr key=${row.name}>
                        <th scope="row" class="rank">
                          ${
                            href
                              ? html`
                                  <a href=${href(row.name)}>
                                    <${Text} most=${80}>${words(row.name)}<//>
                                  </a>
                                `
                              : html`
                                  <${Text} most=${80}>${words(row.name)}<//>
                                `
                          }
                        </th>
                        <td class="rank-bar">
                          <svg class="bar" aria-hidden="true">
                            <rect width="100%" height="100%" rx="4" />
                            <rect
                              class="share"
                              height="100%"
                              rx="4"
                              width=${`${(row.count / most) * 100}%`}
                            />
                          </svg>
                        </td>
                        <td class="number">${number(row.count)}</td>
                        ${
                          has_bad &&
                          html`
                            <td class="number">${number(row.bad ?? 0)}</td>
                          `
                        }
                      </tr>
                    `,
                  )}
                </tbody>
              </table>
            `
      }
    </div>
  `;
}
