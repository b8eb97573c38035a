// SPDX-License-Identifier: Apache-2.0
// The administrator's review of everything that is held within reach.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { Bulk, useBulk } from "../parts/bulk.js";
import { useColumnsNamed } from "../parts/columns.js";
import { Csv } from "../parts/csv.js";
import { Field } from "../parts/field.js";
import { lazy } from "../parts/lazy.js";
import { MailActs, RowActs, keysOf, useMailActs } from "../parts/mail_acts.js";
import { Page } from "../parts/page.js";
import { Progress } from "../parts/progress.js";
import { Rows, rowsOf } from "../parts/rows.js";
import { SearchBox } from "../parts/search_box.js";
import { useCursor, useSelection } from "../parts/selection.js";
import { Empty, Trouble, Waiting } from "../parts/states.js";
import { gone } from "../parts/toasts.js";
import { ColumnMenu, Views, useColumns } from "../parts/views.js";
import { useQuery } from "../router.js";
import { mayAct } from "../session.js";
import { useStore } from "../store.js";

const Peek = lazy(() => import("../parts/peek.js"));

const names = ["time", "sender", "subject", "recipient", "score", "reason", "client", "size"];
const usual = ["time", "sender", "subject", "recipient", "score", "reason"];
const known = ["text", "recipient", "domain"];
const filterOf = (query) =>
  Object.fromEntries(known.filter((name) => query[name]).map((name) => [name, query[name]]));

function Tools({ query, change }) {
  const [form, setForm] = useState(null);
  const set = ["recipient", "domain"].filter((name) => query[name]);
  const submit = (event) => {
    event.preventDefault();
    change({ recipient: form.recipient.trim(), domain: form.domain.trim() });
    setForm(null);
  };
  return html`
    <div class="list-tools">
      <${SearchBox}
        label=${t("quarantine.search")}
        value=${query.text ?? ""}
        onValue=${(text) => change({ text })}
      />
      <button
        aria-expanded=${String(Boolean(form))}
        onClick=${() =>
          setForm(form ? null : { recipient: query.recipient ?? "", domain: query.domain ?? "" })}
      >
        ${t("filter.more")}
        ${
          set.length > 0 &&
          html`
            <span class="count">${set.length}</span>
          `
        }
      </button>
      ${
        known.some((name) => query[name]) &&
        html`
          <button class="bare" onClick=${() => change({ text: "", recipient: "", domain: "" })}>
            ${t("filter.clear")}
          </button>
        `
      }
    </div>
    ${
      form &&
      html`
        <form class="list-tools" onSubmit=${submit}>
          ${["recipient", "domain"].map(
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
      `
    }
    ${
      !form &&
      set.length > 0 &&
      html`
        <div class="list-tools">
          ${set.map(
            (name) => html`
              <span class="mark" key=${name}>
                ${t(`filter.${name}`)}:${" "}
                <bdi>${query[name]}</bdi>
              </span>
            `,
          )}
        </div>
      `
    }
  `;
}

export default function Review() {
  const [query, change] = useQuery();
  const filter = filterOf(query);
  const of = useRows("quarantine", filter);
  const hidden = useStore(gone);
  const chosen = useSelection(of.pages);
  const [shown, setShown] = useState(null);
  const [chosenColumns, setColumns] = useColumns("review", usual);
  useRefresh(() => of.pages.length < 2 && !chosen.count && of.again(), 30);
  const after = (row) => {
    const at = cursor.rows.findIndex((one) => one.id === row.id);
    const one = cursor.rows[at + 1] ?? cursor.rows[at - 1] ?? null;
    if (one) cursor.setHere(one.id);
    setShown((old) => (old?.id === row.id ? one : old));
  };
  const { acts, dialog } = useMailActs({ after });
  const bulk = useBulk({ of, chosen, query: filter });
  const cursor = useCursor(of.pages, {
    open: setShown,
    close: { is_open: Boolean(shown), now: () => setShown(null) },
    chosen: mayAct() ? chosen : null,
    acts: mayAct() ? keysOf(acts, bulk.act) : {},
  });
  const chosenNames = names.filter((name) => chosenColumns.includes(name));
  const list = useColumnsNamed(chosenNames, {
    open: setShown,
    acts: mayAct()
      ? (row) => html`
          <${RowActs} row=${row} acts=${acts} />
        `
      : null,
  });
  const is_empty = of.is_loaded && rowsOf(of.pages, hidden).length === 0 && !of.more;
  const is_filtered = known.some((name) => query[name]);
  return html`
    <${Page}
      title=${t("nav.review")}
      intro=${t("review.intro")}
      wide=${shown ? "with-peek" : ""}
      tools=${html`
        <${Views} name="review" query=${query} change=${change} />
        <${ColumnMenu} names=${names} chosen=${chosenColumns} setChosen=${setColumns} />
        <${Csv}
          path="quarantine"
          query=${filter}
          name="mailweir-quarantine"
          columns=${[
            "received_at",
            "id",
            "reason",
            "score",
            "sender",
            "from",
            "recipient",
            "subject",
            "client",
            "size",
            "expires_at",
          ]}
        />
      `}
    >
      <div class="card flush">
        <${Tools} query=${query} change=${change} />
        <${Bulk} bulk=${bulk} of=${of} chosen=${chosen} scopeWords=${t("bulk.scope_all")} />
        ${
          !of.is_loaded
            ? of.problem
              ? html`
                  <${Trouble} problem=${of.problem} again=${of.again} />
                `
              : html`
                  <${Waiting} />
                `
            : is_empty
              ? html`
                  <${Empty}
                    icon="quarantine"
                    title=${t(is_filtered ? "rows.no_match" : "review.empty")}
                  >
                    <p>${t(is_filtered ? "rows.no_match_text" : "review.empty_text")}</p>
                  <//>
                `
              : html`
                  <${Rows}
                    of=${of}
                    columns=${list}
                    chosen=${mayAct() ? chosen : null}
                    here=${cursor.here}
                    setHere=${cursor.setHere}
                    open=${setShown}
                    label=${t("nav.review")}
                  />
                `
        }
      </div>
      ${
        shown &&
        html`
          <${Peek}
            row=${shown}
            close=${() => setShown(null)}
            move=${cursor.move}
            acts=${
              mayAct()
                ? (row) => html`
                    <${MailActs} row=${row} acts=${acts} />
                  `
                : null
            }
          />
        `
      }
      ${dialog}
      <${Progress} />
    <//>
  `;
}
