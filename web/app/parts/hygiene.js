// SPDX-License-Identifier: Apache-2.0
// What may give us a bad name, the worst first, and the records of our own domains.
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useGet } from "../load.js";
import { useQuery } from "../router.js";
import { ranks } from "../session.js";
import { Time, relative } from "../when.js";
import { DomainRecords } from "./domain_records.js";
import { Select } from "./field.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { Answer, Empty } from "./states.js";

const kinds = { bad: "bad", warning: "warn", good: "good", unknown: "" };
const icons = { bad: "alert", warning: "alert", good: "allow", unknown: "info" };
/** Where more is said of a cause. */
const pages = {
  O2: "/admin/outbound?tab=senders",
  O4: "/admin/outbound?tab=lists",
  O6: "/admin/outbound?tab=lists",
  O12: "/admin/outbound?tab=reports",
  O1: "/admin/outbound?tab=forwarding",
  O5: "/admin/outbound?tab=accounts",
  O11: "/admin/outbound?tab=accounts",
  O16: "/admin/outbound?tab=refusals",
};
const facts = {
  O8: "limits.",
  O9: "intent.",
  O10: "limits.",
  O15: "bounce.backscatter",
};
const linkOf = (cause) => {
  const [name, value] = facts[cause]?.endsWith(".")
    ? ["layer", facts[cause].slice(0, -1)]
    : ["finding", facts[cause]];
  return pages[cause] ?? (value && `/admin/log?${name}=${value}&since=7+days`);
};

/** Records, lists, complaints and refusals do not go out: they are amiss. */
const amiss = new Set(["O4", "O12", "O13", "O16"]);
/** The gateway counts outgoing mail for those who see everything: others are not told "none". */
const counted = new Set(["O4", "O12", "O13"]);
const stateOf = (one) =>
  one.state === "good" && !counted.has(one.cause) && !ranks("auditor") ? "unknown" : one.state;
const isAmiss = (one) => amiss.has(one.cause) && ["bad", "warning"].includes(one.state);
const Mark = ({ one }) => html`
  <span class=${`mark ${kinds[stateOf(one)]}`}>
    <${Icon} name=${icons[stateOf(one)]} />${" "}
    ${t(`hygiene.state_${isAmiss(one) ? "amiss" : stateOf(one)}`)}
  </span>
`;

const Names = ({ by }) =>
  by.map(
    ({ name, count }, at) =>
      html`${at > 0 && ", "}<${Text} most=${120}>${name || "–"}<//> (${number(count)})`,
  );

function Cause({ one }) {
  const link = linkOf(one.cause);
  return html`
    <tr>
      <th scope="row">
        ${
          pages[one.cause]
            ? html`<a href=${pages[one.cause]}>${t(`hygiene.${one.cause}`)}</a>`
            : t(`hygiene.${one.cause}`)
        }
        <div class="small quiet">${t(`hygiene.${one.cause}_text`)}</div>
      </th>
      <td><${Mark} one=${one} /></td>
      <td class="number">
        ${one.seen > 0 ? (link ? html`<a href=${link}>${number(one.seen)}</a>` : number(one.seen)) : "–"}
      </td>
      <td class="number">${one.seen > 0 && !amiss.has(one.cause) ? number(one.passed) : "–"}</td>
      <td class="small">${one.by.length ? html`<${Names} by=${one.by} />` : "–"}</td>
      <td class="small quiet nowrap">
        ${one.last ? html`<${Time} at=${one.last} as=${relative} />` : "–"}
      </td>
    </tr>
  `;
}

const heads = ["cause", "state", "seen", "passed", "by", "last"];
const numbers = new Set(["seen", "passed"]);

const Causes = ({ found }) => html`
  <section class="card flush">
    <div class="list-tools">
      <h2 class="grow">${t("hygiene.causes")}</h2>
      <span class="small quiet">
        ${
          ranks("auditor")
            ? html`${t("hygiene.looked", { n: found.mails })}${" "}${!found.whole && t("hygiene.part")}`
            : t("hygiene.not_counted")
        }
      </span>
    </div>
    <div class="table-frame">
      <table class="many">
        <thead>
          <tr>
            ${heads.map(
              (name) => html`
                <th scope="col" class=${numbers.has(name) ? "number" : ""}>
                  ${t(`hygiene.col_${name}`)}
                </th>
              `,
            )}
          </tr>
        </thead>
        <tbody>
          ${found.causes.map((one) => html`<${Cause} key=${one.cause} one=${one} />`)}
        </tbody>
      </table>
    </div>
  </section>
`;

function Records({ again }) {
  const [query, change] = useQuery();
  const of = useGet("domains");
  return html`
    <${Answer} of=${of}>
      ${({ domains }) => {
        const names = domains.map((one) => one.name);
        const name = names.includes(query.domain) ? query.domain : names[0];
        if (!name)
          return html`<div class="card"><${Empty} icon="domains" title=${t("domains.empty")} /></div>`;
        return html`
          <section class="card stack" id="records">
            <div class="row between">
              <h2>${t("records.title")}</h2>
              ${
                names.length > 1 &&
                html`
                  <${Select}
                    quiet
                    label=${t("records.domain")}
                    options=${names.map((one) => [one, one])}
                    value=${name}
                    onValue=${(next) => change({ domain: next })}
                  />
                `
              }
            </div>
            <${DomainRecords} key=${name} name=${name} again=${again} />
          </section>
        `;
      }}
    <//>
  `;
}

export default function Hygiene() {
  const of = useGet("hygiene");
  return html`
    <${Answer} of=${of}>${(found) => html`<${Causes} found=${found} />`}<//>
    <${Records} again=${of.again} />
    <p class="small quiet">
      ${t("hygiene.choose")}${" "}<a href="/help/refuse-or-discard">${t("hygiene.choose_link")}</a>
    </p>
  `;
}
