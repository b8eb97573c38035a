// SPDX-License-Identifier: Apache-2.0
// Who did what.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRows } from "../load.js";
import { Csv } from "../parts/csv.js";
import { Text } from "../parts/hostile.js";
import { Page } from "../parts/page.js";
import { Empty, Foot, Loaded } from "../parts/states.js";
import { Time } from "../when.js";

const id = /\b[0-9A-HJKMNP-TV-Z]{13}(?:\/\d+)?\b/g;

/** Ids of messages become links. */
function linked(text) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(id)) {
    out.push(
      html`
        <${Text}>${text.slice(from, match.index)}<//>
      `,
      html`
        <a class="mono" href=${`/message/${match[0]}`}>${match[0]}</a>
      `,
    );
    from = match.index + match[0].length;
  }
  return [
    ...out,
    html`
      <${Text}>${text.slice(from)}<//>
    `,
  ];
}

const Row = ({ row }) => html`
  <tr>
    <td class="small quiet nowrap"><${Time} at=${row.time} /></td>
    <td><${Text} most=${100}>${row.who}<//></td>
    <td><${Text} most=${200}>${row.act}<//></td>
    <td class="small">${linked(row.object ?? "")}</td>
  </tr>
`;

export default function Audit() {
  const of = useRows("audit", {});
  const rows = of.pages.flat();
  return html`
    <${Page}
      title=${t("nav.audit")}
      intro=${t("audit.intro")}
      tools=${html`
        <${Csv}
          path="audit"
          query=${{}}
          name="mailweir-audit"
          columns=${["number", "time", "who", "act", "object"]}
        />
      `}
    >
      <div class="card flush">
        <${Loaded}
          of=${of}
          is_empty=${rows.length === 0}
          empty=${html`<${Empty} icon="audit" title=${t("audit.empty")} />`}
        >
          <div class="table-frame">
            <table class="compact many">
              <thead>
                <tr>
                  <th scope="col">${t("column.time")}</th>
                  <th scope="col">${t("audit.who")}</th>
                  <th scope="col">${t("audit.act")}</th>
                  <th scope="col">${t("audit.object")}</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map((row) => html`<${Row} key=${row.number} row=${row} />`)}
              </tbody>
            </table>
          </div>
          <${Foot} of=${of} />
        <//>
      </div>
    <//>
  `;
}
