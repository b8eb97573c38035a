// SPDX-License-Identifier: Apache-2.0
// The filters of the log, all of them in the address, so that a view can be linked and kept.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { Field, Select } from "./field.js";
import { Icon } from "./icons.js";
import { actions } from "./marks.js";
import { SearchBox } from "./search_box.js";

const more = [
  "sender_domain",
  "sender",
  "recipient",
  "recipient_domain",
  "client",
  "message_id",
  "until",
];
const known = ["text", "action", "since", ...more];
const spans = [
  ["", "span.any"],
  ["1 h", "span.hour"],
  ["24 h", "span.day"],
  ["7 days", "span.week"],
  ["30 days", "span.month"],
];

export const filterOf = (query) =>
  Object.fromEntries(known.filter((name) => query[name]).map((name) => [name, query[name]]));
export const isFiltered = (query) => known.some((name) => query[name]);

function MoreFilters({ query, change, close }) {
  const [form, setForm] = useState(query);
  const submit = (event) => {
    event.preventDefault();
    change(Object.fromEntries(more.map((name) => [name, (form[name] ?? "").trim()])));
    close();
  };
  return html`
    <form class="card-body stack" onSubmit=${submit}>
      <div class="columns">
        ${more.map(
          (name) => html`
            <${Field}
              key=${name}
              label=${t(`filter.${name}`)}
              value=${form[name] ?? ""}
              autocomplete="off"
              spellcheck="false"
              type=${name === "until" ? "date" : "text"}
              onValue=${(value) => setForm({ ...form, [name]: value })}
            />
          `,
        )}
      </div>
      <div class="row">
        <button class="primary">${t("filter.apply")}</button>
        <button type="button" onClick=${close}>${t("act.cancel")}</button>
      </div>
    </form>
    <hr />
  `;
}

export function Filters({ all, query, change, live }) {
  const [is_open, setOpen] = useState(false);
  const set = more.filter((name) => query[name]);
  return html`
    <div class="list-tools">
      <${SearchBox}
        label=${t("log.search")}
        value=${query.text ?? ""}
        onValue=${(text) => change({ text })}
      />
      <${Select}
        quiet
        label=${t("column.verdict")}
        value=${query.action ?? ""}
        onValue=${(action) => change({ action })}
        options=${[["", t("filter.any_verdict")], ...actions.map((one) => [one, t(`action.${one}`)])]}
      />
      <${Select}
        quiet
        label=${t("span.label")}
        value=${query.since ?? ""}
        onValue=${(since) => change({ since })}
        options=${spans.map(([value, key]) => [value, t(key)])}
      />
      ${
        all &&
        html`
          <button aria-expanded=${String(is_open)} onClick=${() => setOpen(!is_open)}>
            <${Icon} name="preferences" />
            ${t("filter.more")}${
              set.length > 0 &&
              html`
                <span class="count">${set.length}</span>
              `
            }
          </button>
          <button aria-pressed=${String(live)} onClick=${() => change({ live: live ? "" : "1" })}>
            <${Icon} name="reload" />
            ${t("filter.live")}
          </button>
        `
      }
      ${
        isFiltered(query) &&
        html`
          <button
            class="bare"
            onClick=${() => change(Object.fromEntries(known.map((name) => [name, ""])))}
          >
            ${t("filter.clear")}
          </button>
        `
      }
    </div>
    ${
      is_open &&
      html`
        <${MoreFilters} query=${query} change=${change} close=${() => setOpen(false)} />
      `
    }
    ${
      !is_open &&
      set.length > 0 &&
      html`
        <div class="list-tools">
          ${set.map(
            (name) => html`
              <span class="mark" key=${name}>
                ${t(`filter.${name}`)}:${" "}
                <bdi>${query[name]}</bdi>
                <button
                  class="link"
                  aria-label=${t("filter.remove", { name: t(`filter.${name}`) })}
                  onClick=${() => change({ [name]: "" })}
                >
                  ×
                </button>
              </span>
            `,
          )}
        </div>
      `
    }
  `;
}
