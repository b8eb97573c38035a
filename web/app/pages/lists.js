// SPDX-License-Identifier: Apache-2.0
// Allow and block entries: one's own, or for an administrator those of a scope.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRows } from "../load.js";
import { AddEntry } from "../parts/add_entry.js";
import { noticeText } from "../parts/contact.js";
import { EntryTable } from "../parts/entry_table.js";
import { Field, Segmented } from "../parts/field.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { Empty, Loaded } from "../parts/states.js";
import { TestEntry } from "../parts/test_entry.js";
import { useQuery } from "../router.js";
import { isAdministrator, mayAct, ranks, session } from "../session.js";
import { ImportEntries } from "../parts/import_entries.js";

const isExpired = (entry) => entry.expires && new Date(entry.expires) < new Date();

/** One's own come all at once; of everybody's the gateway sends a page of those that fit. */
function filtered(entries, { list, text = "" }) {
  const wanted = text.toLowerCase();
  return entries.filter(
    (entry) =>
      (!list || entry.list === list) &&
      (!wanted ||
        `${entry.entry} ${entry.note} ${entry.author}`.toLowerCase().includes(wanted)) &&
      !isExpired(entry),
  );
}
const filterOf = ({ list = "", text = "", whose = "" }) => ({ list, text, whose, live: "true" });

const Nothing = ({ is_filtered }) =>
  is_filtered
    ? html`
        <${Empty} icon="search" title=${t("rows.no_match")}><p>${t("rows.no_match_text")}</p><//>
      `
    : html`
        <${Empty} icon="lists" title=${t("lists.empty")}><p>${t("lists.empty_text")}</p><//>
      `;

function Entries({ all, of, query, change }) {
  const known = of.pages.flat();
  const entries = all ? known : filtered(known, query);
  const is_filtered = all ? ["list", "text", "whose"].some((name) => query[name]) : known.length > 0;
  return html`
    <div class="list-tools">
      <${Segmented}
        quiet
        label=${t("lists.which")}
        value=${query.list ?? ""}
        onValue=${(list) => change({ list })}
        options=${[
          ["", t("lists.both")],
          ["allow", t("lists.allow")],
          ["block", t("lists.block")],
        ]}
      />
      ${
        all &&
        html`
          <${Segmented}
            quiet
            label=${t("entry.scope")}
            value=${query.whose ?? ""}
            onValue=${(whose) => change({ whose })}
            options=${[
              ["", t("scope.any")],
              ...(ranks("auditor") ? [["global", t("scope.global_short")]] : []),
              ["domain", t("scope.domain_short")],
              ["user", t("scope.user_short")],
            ]}
          />
        `
      }
      <${SearchBox}
        label=${t("lists.search")}
        value=${query.text ?? ""}
        onValue=${(text) => change({ text })}
      />
    </div>
    <${Loaded}
      of=${of}
      is_empty=${!entries.length && !of.more}
      empty=${html`<${Nothing} is_filtered=${is_filtered} />`}
    >
      <${EntryTable} entries=${entries} all=${all} of=${of} />
    <//>
  `;
}

/** `all`: the administrator's page of every scope within reach. */
export default function Lists({ all = false }) {
  const [query, change] = useQuery();
  const filter = all ? { ...filterOf(query), limit: 200 } : { mine: "true" };
  const of = useRows("lists", filter, "entries");
  const [whose, setWhose] = useState(query.for ?? usual());
  const notice = noticeText();
  return html`
    <${Page}
      title=${t(all ? "nav.all_lists" : "nav.lists")}
      intro=${t(all ? "lists.intro_all" : "lists.intro")}
      tools=${
        all &&
        mayAct() &&
        html`
          <${ImportEntries} done=${of.again} />
        `
      }
    >
      ${
        !all &&
        notice &&
        html`
          <p class="notice">${notice}</p>
        `
      }
      ${
        mayAct() &&
        html`
          <div class="card stack">
            <h2>${t("lists.add")}</h2>
            ${
              all &&
              html`
                <div class="columns">
                  <${Field}
                    label=${t("lists.for")}
                    hint=${t(usual() ? "lists.for_own_hint" : "lists.for_hint")}
                    value=${whose}
                    onValue=${setWhose}
                    placeholder=${usual() || t("lists.for_everyone")}
                    autocomplete="off"
                    spellcheck="false"
                  />
                </div>
              `
            }
            <${AddEntry} scope=${all ? scopeOf(whose) : "own"} done=${of.again} start=${query} />
          </div>
        `
      }
      <div class="card flush">
        <${Entries} all=${all} of=${of} query=${query} change=${change} />
      </div>
      <${TestEntry} all=${all} />
    <//>
  `;
}

/** Whose entries are meant where nobody is named: everyone's are the administrator's alone. */
const usual = () => (isAdministrator() ? "" : (session.value.account.domains[0] ?? ""));

/** "" → everyone, a domain, or one address. */
function scopeOf(text) {
  const name = text.trim() || usual();
  return !name ? "global" : name.includes("@") ? `user:${name}` : `domain:${name}`;
}
