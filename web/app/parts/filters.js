// SPDX-License-Identifier: Apache-2.0
// The filters of the log, all of them in the address, so that a view can be linked and kept.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { layerWords, useSentences } from "./facts.js";
import { Field, Select } from "./field.js";
import { Icon } from "./icons.js";
import { ListTools, Since, chosenOf } from "./list_tools.js";
import { Verdict, actions } from "./marks.js";
import { Menu } from "./menu.js";

const fields = [
  ["sender_domain"],
  ["sender"],
  ["recipient"],
  ["recipient_domain"],
  ["client"],
  ["message_id"],
  ["score_min", { type: "number", step: "any" }],
  ["score_max", { type: "number", step: "any" }],
  ["layer", { list: "layers" }],
  ["finding", { list: "findings" }],
  ["rule"],
  ["until", { type: "date" }],
];
const more = [...fields.map(([name]) => name), "direction"];
const known = ["text", "action", "since", ...more];
const directions = ["", "inbound", "outbound"];

export const filterOf = (query) => chosenOf(known, query);

/** One outcome or several: "tag,reject" in the address. */
function Outcomes({ value, change }) {
  const chosen = value ? value.split(",") : [];
  const toggle = (action) =>
    change(
      actions
        .filter((one) => (one === action ? !chosen.includes(one) : chosen.includes(one)))
        .join(","),
    );
  const words = chosen.length
    ? chosen.map((one) => t(`action.${one}`)).join(t("list.comma"))
    : t("filter.any_verdict");
  return html`
    <${Menu}
      label=${t("column.verdict")}
      icon="down"
      kind="field-like"
      words=${html`<span class="only-read">${t("column.verdict")}:${" "}</span>${words}`}
    >
      <div class="menu-part stack tight">
        ${actions.map(
          (action) => html`
            <label class="choice" key=${action}>
              <input
                type="checkbox"
                checked=${chosen.includes(action)}
                onChange=${() => toggle(action)}
              />
              <${Verdict} action=${action} />
            </label>
          `,
        )}
      </div>
    <//>
  `;
}

/** What layers and facts there are, for those who write a filter. */
function Proposals() {
  const names = Object.keys(useSentences());
  const layers = [...new Set(names.map((name) => name.split(".")[0]))];
  const lists = { layers, findings: names };
  return Object.entries(lists).map(
    ([id, values]) => html`
      <datalist id=${`filter-${id}`}>
        ${values.map((value) => html`<option value=${value}></option>`)}
      </datalist>
    `,
  );
}

function MoreFilters({ query, change, close }) {
  const [form, setForm] = useState(query);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const submit = (event) => {
    event.preventDefault();
    change(Object.fromEntries(more.map((name) => [name, (form[name] ?? "").trim()])));
    close();
  };
  return html`
    <form class="card-body stack" onSubmit=${submit}>
      <${Proposals} />
      <div class="columns">
        ${fields.map(
          ([name, { list, ...rest } = {}]) => html`
            <${Field}
              key=${name}
              label=${t(`filter.${name}`)}
              value=${form[name] ?? ""}
              autocomplete="off"
              spellcheck="false"
              list=${list && `filter-${list}`}
              ...${rest}
              onValue=${set(name)}
            />
          `,
        )}
        <${Select}
          label=${t("message.direction")}
          value=${form.direction ?? ""}
          onValue=${set("direction")}
          options=${directions.map((one) => [one, t(one ? `message.${one}` : "filter.any_direction")])}
        />
      </div>
      <p class="hint">${t("filter.week_hint")}</p>
      <div class="row">
        <button class="primary">${t("filter.apply")}</button>
        <button type="button" onClick=${close}>${t("act.cancel")}</button>
      </div>
    </form>
    <hr />
  `;
}

const wordsOfValue = (name, value) =>
  name === "layer" ? layerWords(value) : name === "direction" ? t(`message.${value}`) : value;

/** The filters that are set, each with a way to take it off. */
export const Marks = ({ names, query, change }) =>
  names.length > 0 &&
  html`
    <div class="list-tools">
      ${names.map(
        (name) => html`
          <span class="mark" key=${name}>
            ${t(`filter.${name}`)}:${" "}<bdi>${wordsOfValue(name, query[name])}</bdi>
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
  `;

export function Filters({ all, query, change, live }) {
  const [is_open, setOpen] = useState(false);
  const set = more.filter((name) => query[name]);
  return html`
    <${ListTools} label=${t("log.search")} names=${known} query=${query} change=${change}>
      <${Outcomes} value=${query.action ?? ""} change=${(action) => change({ action })} />
      <${Since} query=${query} change=${change} />
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
    <//>
    ${
      is_open
        ? html`<${MoreFilters} query=${query} change=${change} close=${() => setOpen(false)} />`
        : html`<${Marks} names=${set} query=${query} change=${change} />`
    }
  `;
}
