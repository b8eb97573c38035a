// SPDX-License-Identifier: Apache-2.0
// Who did what, found again by name, act, object and time; all of it in the address.
import { html } from "../html.js";
import { isKnown, keysOf, t } from "../i18n.js";
import { useRows } from "../load.js";
import { Csv } from "../parts/csv.js";
import { Select } from "../parts/field.js";
import { Text } from "../parts/hostile.js";
import { ListTools, Nothing, Since, chosenOf } from "../parts/list_tools.js";
import { Page } from "../parts/page.js";
import { Foot, Loaded } from "../parts/states.js";
import { useQuery } from "../router.js";
import { Time } from "../when.js";

const id = /\b[0-9A-HJKMNP-TV-Z]{13}(?:\/\d+)?\b/g;

/** Ids of messages become links. */
function linked(text) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(id)) {
    out.push(
      html`
        <${Text}>${text.slice(from, match.index)}<//>
      `,
      html`
        <a class="mono" href=${`/message/${match[0]}`}>${match[0]}</a>
      `,
    );
    from = match.index + match[0].length;
  }
  return [
    ...out,
    html`
      <${Text}>${text.slice(from)}<//>
    `,
  ];
}

const actKey = (act) => `audited.${act.replaceAll(" ", "_")}`;
const actWords = (act) => (isKnown(actKey(act)) ? t(actKey(act)) : act);

const outcomes = [
  [/^(shown|added|removed|done)$/, ([, how]) => t(`outcome_of.${how}`)],
  [/^(\d+) changed$/, ([, n]) => t("outcome_of.changed", { n })],
  [/^(\d+) of (\d+) changed$/, ([, n, of]) => t("outcome_of.changed_of", { n, of })],
  [/^(\d+) sent$/, ([, n]) => t("outcome_of.sent", { n })],
  [/^revision (\d+) is in force$/, ([, n]) => t("outcome_of.revision", { n })],
  [/^(?:failed|refused): (.*)$/s, ([, why]) => t("outcome_of.failed", { why })],
];

/** The gateway notes objects and outcomes in English; whose a thing is, and how it ended, is said
 *  as the pages say it. */
function objectWords({ act, object }) {
  const [, outcome] = /^outcome: (.*)$/s.exec(object) ?? [];
  if (outcome !== undefined) {
    const [form, say] = outcomes.find(([one]) => one.test(outcome)) ?? [];
    return form ? say(form.exec(outcome)) : outcome;
  }
  const [, name, role, locked] = /^(\S+) \((\w+)(, locked)?\)$/.exec(object) ?? [];
  if (act.startsWith("user ") && isKnown(`role.${role}`))
    return `${name} (${t(`role.${role}`)}${locked ? `${t("list.comma")}${t("users.locked")}` : ""})`;
  if (act === "settings")
    return object
      .split(", ")
      .map((name) => (isKnown(`setting_of.${name}`) ? t(`setting_of.${name}`) : name))
      .join(t("list.comma"));
  return object
    .replace(/ \(global\)$/, ` (${t("scope.global")})`)
    .replace(/ \((?:user|domain):([^)]+)\)$/, " ($1)");
}

/** Who asks by the control socket has no account. */
function whoWords(who) {
  const [, n] = /^uid (\d+)$/.exec(who) ?? [];
  return n ? t("audit.local", { n }) : who;
}
const hrefOf = (who) => `/admin/audit?who=${encodeURIComponent(who)}`;
const Row = ({ row }) => html`
  <tr>
    <td class="small quiet nowrap"><${Time} at=${row.time} /></td>
    <td>
      <a href=${hrefOf(row.who)}><${Text} most=${100}>${whoWords(row.who)}<//></a>
    </td>
    <td><${Text} most=${200}>${actWords(row.act)}<//></td>
    <td class="small">${linked(objectWords(row))}</td>
  </tr>
`;

const known = ["who", "act", "text", "since"];

/** Whose acts alone are shown, with a way to see all again. */
const Whose = ({ who, change }) => html`
  <span class="mark">
    ${t("audit.who")}:${" "}<bdi><${Text} most=${100}>${whoWords(who)}<//></bdi>
    <button
      class="link"
      aria-label=${t("filter.remove", { name: t("audit.who") })}
      onClick=${() => change({ who: "" })}
    >
      ×
    </button>
  </span>
`;

function Tools({ query, change }) {
  const acts = keysOf("audited.").map((key) => [key.slice(8).replaceAll("_", " "), t(key)]);
  const offered = acts.sort(([, one], [, other]) => one.localeCompare(other));
  return html`
    <${ListTools} label=${t("audit.search")} names=${known} query=${query} change=${change}>
      <${Select}
        quiet
        label=${t("audit.act")}
        value=${query.act ?? ""}
        onValue=${(act) => change({ act })}
        options=${[["", t("audit.any")], ...offered]}
      />
      <${Since} query=${query} change=${change} />
      ${query.who && html`<${Whose} who=${query.who} change=${change} />`}
    <//>
  `;
}

export default function Audit() {
  const [query, change] = useQuery();
  const filter = chosenOf(known, query);
  const of = useRows("audit", filter);
  const rows = of.pages.flat();
  return html`
    <${Page}
      title=${t("nav.audit")}
      intro=${t("audit.intro")}
      tools=${html`
        <${Csv}
          path="audit"
          query=${filter}
          name="mailweir-audit"
          columns=${["number", "time", "who", "act", "object"]}
        />
      `}
    >
      <div class="card flush">
        <${Tools} query=${query} change=${change} />
        <${Loaded}
          of=${of}
          is_empty=${rows.length === 0}
          empty=${html`<${Nothing} filter=${filter} icon="audit" title=${t("audit.empty")} />`}
        >
          <div class="table-frame">
            <table class="compact many">
              <thead>
                <tr>
                  <th scope="col">${t("column.time")}</th>
                  <th scope="col">${t("audit.who")}</th>
                  <th scope="col">${t("audit.act")}</th>
                  <th scope="col">${t("audit.object")}</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map((row) => html`<${Row} key=${row.number} row=${row} />`)}
              </tbody>
            </table>
          </div>
          <${Foot} of=${of} />
        <//>
      </div>
    <//>
  `;
}
