// SPDX-License-Identifier: Apache-2.0
// The administrator's review of everything that is held within reach.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { CsvLink } from "../parts/csv.js";
import { Field } from "../parts/field.js";
import { Marks } from "../parts/filters.js";
import { ListTools, Nothing, chosenOf } from "../parts/list_tools.js";
import { MailList, useMailList } from "../parts/mail_list.js";
import { Page } from "../parts/page.js";
import { Progress } from "../parts/progress.js";
import { ColumnMenu, Views, useColumns } from "../parts/views.js";
import { useQuery } from "../router.js";

const names = ["time", "sender", "subject", "recipient", "score", "reason", "client", "size"];
const usual = ["time", "sender", "subject", "recipient", "score", "reason"];
const more = ["recipient", "domain"];
const known = ["text", ...more];
function MoreFilters({ query, change, close }) {
  const [form, setForm] = useState({
    recipient: query.recipient ?? "",
    domain: query.domain ?? "",
  });
  const submit = (event) => {
    event.preventDefault();
    change({ recipient: form.recipient.trim(), domain: form.domain.trim() });
    close();
  };
  return html`
    <form class="list-tools" onSubmit=${submit}>
      ${more.map(
        (name) => html`
          <div class="grow" key=${name}>
            <${Field}
              label=${t(`filter.${name}`)}
              value=${form[name]}
              onValue=${(value) => setForm({ ...form, [name]: value })}
              autocomplete="off"
              spellcheck="false"
            />
          </div>
        `,
      )}
      <button class="primary">${t("filter.apply")}</button>
    </form>
  `;
}

function Tools({ query, change }) {
  const [is_open, setOpen] = useState(false);
  const set = more.filter((name) => query[name]);
  return html`
    <${ListTools} label=${t("quarantine.search")} names=${known} query=${query} change=${change}>
      <button aria-expanded=${String(is_open)} onClick=${() => setOpen(!is_open)}>
        ${t("filter.more")}${set.length > 0 && html`<span class="count">${set.length}</span>`}
      </button>
    <//>
    ${
      is_open
        ? html`<${MoreFilters} query=${query} change=${change} close=${() => setOpen(false)} />`
        : html`<${Marks} names=${set} query=${query} change=${change} />`
    }
  `;
}

export default function Review() {
  const [query, change] = useQuery();
  const filter = chosenOf(known, query);
  const of = useRows("quarantine", filter);
  const [chosen, setChosen] = useColumns("review", usual);
  const list = useMailList({
    of,
    filter,
    names: names.filter((name) => chosen.includes(name)),
    is_of_held: true,
  });
  useRefresh(() => of.pages.length < 2 && !list.chosen?.count && of.again(), 30);
  return html`
    <${Page}
      title=${t("nav.review")}
      intro=${t("review.intro")}
      wide=${list.shown ? "with-peek" : ""}
      tools=${html`
        <${Views} name="review" query=${query} change=${change} />
        <${ColumnMenu} names=${names} chosen=${chosen} setChosen=${setChosen} />
        <${CsvLink} path="quarantine" query=${filter} />
      `}
    >
      <${MailList}
        list=${list}
        label=${t("nav.review")}
        scope=${t("bulk.scope_all")}
        empty=${html`
          <${Nothing} filter=${filter} icon="quarantine" title=${t("review.empty")}>
            <p>${t("review.empty_text")}</p>
          <//>
        `}
      >
        <${Tools} query=${query} change=${change} />
      <//>
      <${Progress} />
    <//>
  `;
}
