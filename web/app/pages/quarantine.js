// SPDX-License-Identifier: Apache-2.0
// One's own quarantine.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { MailList, useMailList } from "../parts/mail_list.js";
import { Page } from "../parts/page.js";
import { Progress } from "../parts/progress.js";
import { SearchBox } from "../parts/search_box.js";
import { Empty, NoMatch } from "../parts/states.js";
import { useQuery } from "../router.js";
import { session } from "../session.js";

const Nothing = () => html`
  <${Empty} icon="quarantine" title=${t("quarantine.empty")}>
    <p>${t("quarantine.empty_text")}</p>
    <p><a href="/log">${t("quarantine.see_log")}</a></p>
  <//>
`;

export default function Quarantine() {
  const [query, change] = useQuery();
  const filter = { text: query.text ?? "", mine: "true" };
  const of = useRows("quarantine", filter);
  const names = ["time", "sender", "subject", "reason"];
  const list = useMailList({ of, filter, names, is_of_held: true });
  useRefresh(() => of.pages.length < 2 && !list.chosen?.count && of.again(), 60);
  const days = session.value.quarantine_days;
  return html`
    <${Page}
      title=${t("nav.quarantine")}
      wide=${list.shown ? "with-peek" : ""}
      intro=${days ? t("quarantine.intro", { n: days }) : t("quarantine.intro_plain")}
    >
      <${MailList}
        list=${list}
        label=${t("nav.quarantine")}
        scope=${t("bulk.scope_mine")}
        empty=${query.text ? html`<${NoMatch} />` : html`<${Nothing} />`}
      >
        <div class="list-tools">
          <${SearchBox}
            label=${t("quarantine.search")}
            value=${query.text ?? ""}
            onValue=${(text) => change({ text })}
          />
        </div>
      <//>
      <${Progress} />
    <//>
  `;
}
