// SPDX-License-Identifier: Apache-2.0
// What became of mail: one's own, or for administrators everybody's within reach.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { CsvLink } from "../parts/csv.js";
import { Filters, filterOf } from "../parts/filters.js";
import { Nothing } from "../parts/list_tools.js";
import { MailList, useMailList } from "../parts/mail_list.js";
import { Page } from "../parts/page.js";
import { ColumnMenu, Views, useColumns } from "../parts/views.js";
import { useQuery } from "../router.js";

const names = [
  "time",
  "sender",
  "subject",
  "recipient",
  "verdict",
  "score",
  "reason",
  "client",
  "size",
];
const usual = {
  mine: ["time", "sender", "subject", "verdict", "reason"],
  all: ["time", "sender", "subject", "recipient", "verdict", "score", "reason"],
};

export default function Log({ all = false }) {
  const [query, change] = useQuery();
  const filter = { ...filterOf(query), ...(all ? {} : { mine: "true" }) };
  const of = useRows("history", filter);
  const [chosen, setChosen] = useColumns(all ? "log" : "my_log", all ? usual.all : usual.mine);
  const list = useMailList({ of, filter, names: names.filter((name) => chosen.includes(name)) });
  const is_live = query.live === "1";
  useRefresh(() => of.pages.length < 2 && of.again(), is_live ? 3 : 60);
  const title = t(all ? "nav.all_log" : "nav.log");
  const tools = html`
    ${
      all &&
      html`
        <${Views} name="log" query=${query} change=${change} />
        <${ColumnMenu} names=${names} chosen=${chosen} setChosen=${setChosen} />
      `
    }
    <${CsvLink} path="history" query=${filter} />
  `;
  return html`
    <${Page}
      title=${title}
      intro=${t(all ? "log.intro_all" : "log.intro")}
      tools=${tools}
      wide=${list.shown ? "with-peek" : ""}
    >
      <${MailList}
        list=${list}
        label=${title}
        empty=${html`
          <${Nothing} filter=${filterOf(query)} icon="log" title=${t("log.empty")}>
            <p>${t(all ? "log.empty_all" : "log.empty_text")}</p>
          <//>
        `}
      >
        <${Filters} all=${all} query=${query} change=${change} live=${is_live} />
      <//>
    <//>
  `;
}
