// SPDX-License-Identifier: Apache-2.0
// Accounts that send: their brake, why it was pulled, and what people do about it.
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { useQuery } from "../router.js";
import { mayAct } from "../session.js";
import { Time, relative } from "../when.js";
import { BrakeActs, BrakeMark } from "./brake.js";
import { Segmented } from "./field.js";
import { Text } from "./hostile.js";
import { SearchBox } from "./search_box.js";
import { brakeWhy } from "./sending_why.js";
import { Empty, Foot, Loaded, NoMatch } from "./states.js";

const Row = ({ one, again }) => html`
  <tr>
    <th scope="row">
      <a href=${`/admin/outbound?tab=accounts&account=${encodeURIComponent(one.account)}`}>
        <${Text} most=${200}>${one.account}<//>
      </a>
    </th>
    <td>
      <${BrakeMark} one=${one} />
      ${one.gone && html` <span class="mark warn">${t("brake.gone")}</span>`}
    </td>
    <td class="small">
      ${one.brake === "none" ? !one.gone && "–" : html`<${Text} most=${300}>${brakeWhy(one.why)}<//>`}
      ${one.gone && html`<p>${t(`brake.gone_${one.gone}`)}</p>`}
      ${
        one.until &&
        one.brake === "lock" &&
        html`
          <br />
          <span class="quiet">${t("brake.free")} <${Time} at=${one.until} as=${relative} /></span>
        `
      }
    </td>
    <td class="small">
      ${number(one.bounces ?? 0)}
      ${
        one.written_again > 0 &&
        html`<br /><span class="mark warn">${t("brake.again", { n: one.written_again })}</span>`
      }
    </td>
    <td class="small quiet">
      ${one.last ? html`<${Time} at=${one.last} as=${relative} />` : t("users.never")}
    </td>
    <td class="end">
      ${mayAct() && html`<${BrakeActs} one=${one} again=${again} little />`}
    </td>
  </tr>
`;

const Table = ({ accounts, of }) => html`
  <div class="table-frame">
    <table class="many">
      <thead>
        <tr>
          <th scope="col">${t("brake.account")}</th>
          <th scope="col">${t("brake.state")}</th>
          <th scope="col">${t("brake.why")}</th>
          <th scope="col">${t("brake.bounces")}</th>
          <th scope="col">${t("brake.last")}</th>
          <th scope="col"><span class="only-read">${t("column.acts")}</span></th>
        </tr>
      </thead>
      <tbody>
        ${accounts.map((one) => html`<${Row} key=${one.account} one=${one} again=${of.again} />`)}
      </tbody>
    </table>
  </div>
  <${Foot} of=${of} />
`;

const filters = { braked: {}, all: { all: "true" }, quiet: { quiet: "180 days" }, gone: { gone: "true" } };

export default function Accounts() {
  const [query, change] = useQuery();
  const shown = query.show in filters ? query.show : "braked";
  const text = query.text ?? "";
  const of = useRows("accounts", { ...filters[shown], text }, "accounts");
  useRefresh(() => of.pages.length < 2 && of.again(), 15);
  const accounts = of.pages.flat();
  return html`
    <div class="card flush">
      <div class="list-tools">
        <${SearchBox}
          label=${t("brake.search")}
          value=${text}
          onValue=${(next) => change({ text: next })}
        />
        <${Segmented}
          quiet
          label=${t("brake.which")}
          value=${shown}
          options=${Object.keys(filters).map((one) => [one, t(`brake.show_${one}`)])}
          onValue=${(next) => change({ show: next })}
        />
      </div>
      <${Loaded}
        of=${of}
        is_empty=${accounts.length === 0}
        empty=${
          text
            ? html`<${NoMatch} />`
            : html`
                <${Empty} icon="allow" title=${t(`brake.empty_${shown}`)}>
                  <p>${t("brake.empty_text")}</p>
                <//>
              `
        }
      >
        <${Table} accounts=${accounts} of=${of} />
      <//>
    </div>
  `;
}
