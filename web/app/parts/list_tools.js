// SPDX-License-Identifier: Apache-2.0
// What stands over a list that can be filtered, and in it where nothing is: the same everywhere.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Select } from "./field.js";
import { SearchBox } from "./search_box.js";
import { spans } from "./spans.js";
import { Empty, NoMatch } from "./states.js";

/** What of the address filters: those of the names that are set. */
export const chosenOf = (names, query) =>
  Object.fromEntries(names.filter((name) => query[name]).map((name) => [name, query[name]]));

export const Since = ({ query, change }) => html`
  <${Select}
    quiet
    label=${t("span.label")}
    value=${query.since ?? ""}
    onValue=${(since) => change({ since })}
    options=${Object.entries({ "": "span.any", ...spans }).map(([one, key]) => [one, t(key)])}
  />
`;

/** The search, the list's own filters, and the way to be rid of all that `names` filter. */
export const ListTools = ({ label, names, query, change, children }) => html`
  <div class="list-tools">
    <${SearchBox}
      label=${label}
      value=${query.text ?? ""}
      onValue=${(text) => change({ text })}
    />
    ${children}
    ${
      names.some((name) => query[name]) &&
      html`
        <button
          class="bare"
          onClick=${() => change(Object.fromEntries(names.map((name) => [name, ""])))}
        >
          ${t("filter.clear")}
        </button>
      `
    }
  </div>
`;

/** Nothing fits the filter, or there is nothing at all. */
export const Nothing = ({ filter, icon, title, children }) =>
  Object.values(filter).some(Boolean)
    ? html`<${NoMatch} />`
    : html`<${Empty} icon=${icon} title=${title}>${children}<//>`;
