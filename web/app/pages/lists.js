// SPDX-License-Identifier: Apache-2.0
// Allow and block entries: one's own, or for an administrator those of a scope.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useGet } from "../load.js";
import { AddEntry } from "../parts/add_entry.js";
import { noticeText } from "../parts/contact.js";
import { EntryTable } from "../parts/entry_table.js";
import { Field, Segmented } from "../parts/field.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { Answer, Empty } from "../parts/states.js";
import { TestEntry } from "../parts/test_entry.js";
import { useQuery } from "../router.js";
import { mayAct } from "../session.js";
import { ImportEntries } from "../parts/import_entries.js";

const isExpired = (entry) => entry.expires && new Date(entry.expires) < new Date();

function filtered(entries, { list, text = "", whose = "" }) {
  const wanted = text.toLowerCase();
  return entries.filter(
    (entry) =>
      (!list || entry.list === list) &&
      (!wanted ||
        `${entry.entry} ${entry.note} ${entry.scope} ${entry.author}`
          .toLowerCase()
          .includes(wanted)) &&
      (!whose || entry.scope.startsWith(whose)) &&
      !isExpired(entry),
  );
}

const Nothing = ({ is_filtered }) =>
  is_filtered
    ? html`
        <${Empty} icon="search" title=${t("rows.no_match")}><p>${t("rows.no_match_text")}</p><//>
      `
    : html`
        <${Empty} icon="lists" title=${t("lists.empty")}><p>${t("lists.empty_text")}</p><//>
      `;

function Entries({ all, of, query, change }) {
  const entries = filtered(of.data.entries, query);
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
              ["global", t("scope.global_short")],
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
    ${
      entries.length
        ? html`
            <${EntryTable} entries=${entries} all=${all} of=${of} />
          `
        : html`
            <${Nothing} is_filtered=${of.data.entries.length > 0} />
          `
    }
  `;
}

/** `all`: the administrator's page of every scope within reach. */
export default function Lists({ all = false }) {
  const [query, change] = useQuery();
  const of = useGet("lists", all ? {} : { mine: "true" });
  const [whose, setWhose] = useState(query.for ?? "");
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
                    hint=${t("lists.for_hint")}
                    value=${whose}
                    onValue=${setWhose}
                    placeholder=${t("lists.for_everyone")}
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
        <${Answer} of=${of}>
          ${() => html`
            <${Entries} all=${all} of=${of} query=${query} change=${change} />
          `}
        <//>
      </div>
      <${TestEntry} all=${all} />
    <//>
  `;
}

/** "" → everyone, a domain, or one address. */
function scopeOf(text) {
  const name = text.trim();
  return !name ? "global" : name.includes("@") ? `user:${name}` : `domain:${name}`;
}
