// SPDX-License-Identifier: Apache-2.0
// The way out: accounts that send, who forwards outside, what gives us a bad name, who refuses us.
import { html } from "../html.js";
import { learn, t } from "../i18n.js";
import { lazy } from "../parts/lazy.js";
import { Page } from "../parts/page.js";
import { Tabs } from "../parts/tabs.js";
import { useQuery } from "../router.js";

const withOwn = (load) => lazy(async () => (await Promise.all([load(), learn("own")]))[0]);
const views = {
  hygiene: lazy(() => import("../parts/hygiene.js")),
  accounts: withOwn(() => import("../parts/sending_accounts.js")),
  senders: lazy(() => import("../parts/sender_pairs.js")),
  forwarding: lazy(() => import("../parts/forwarding.js")),
  lists: lazy(() => import("../parts/list_findings.js")),
  reports: lazy(() => import("../parts/reports.js")),
  refusals: lazy(() => import("../parts/refusals.js")),
};
const Account = withOwn(() => import("../parts/sending_account.js"));

export default function Outbound() {
  const [query, change] = useQuery();
  if (query.account) return html`<${Account} key=${query.account} name=${query.account} />`;
  const tab = query.tab in views ? query.tab : "hygiene";
  const View = views[tab];
  return html`
    <${Page} title=${t("nav.outbound")} intro=${t(`outbound.intro_${tab}`)}>
      <${Tabs}
        label=${t("nav.outbound")}
        value=${tab}
        options=${Object.keys(views).map((one) => [one, t(`outbound.${one}`)])}
        onValue=${(next) => change({ tab: next, text: "", show: "", domain: "", since: "" })}
      />
      <${View} key=${tab} />
    <//>
  `;
}
