// SPDX-License-Identifier: Apache-2.0
// Destinations that refuse us for our name, and who sent what in the seven days before.
import { html } from "../html.js";
import { language, number, t } from "../i18n.js";
import { useGet, useRefresh } from "../load.js";
import { Time, relative } from "../when.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { Answer, Empty } from "./states.js";

/** A link from a stranger's answer leads out without a trace of where it stood. */
const Link = ({ to }) =>
  /^https?:\/\//.test(to) &&
  html`
    <div>
      <a href=${to} target="_blank" rel="noreferrer noopener">
        <${Icon} name="external" />${" "}<${Text} most=${120}>${to}<//>
      </a>
    </div>
  `;

const Refusal = ({ one }) => html`
  <tr>
    <th scope="row" class="broad"><${Text} most=${200}>${one.domain}<//></th>
    <td>
      <span class=${`mark ${one.stands ? "bad" : ""}`}>
        ${t(one.stands ? "refusals.stands" : "refusals.over")}
      </span>
    </td>
    <td class="small">
      ${one.blames && html`<strong>${t(`refusals.${one.blames}`)}</strong>${" "}`}
      <${Text} most=${500}>${one.words}<//>
      <${Link} to=${one.link} />
    </td>
    <td class="number">${number(one.mails)}</td>
    <td class="small quiet nowrap">
      ${one.last ? html`<${Time} at=${one.last} as=${relative} />` : "–"}
    </td>
  </tr>
`;

const Refusals = ({ list }) =>
  list.length === 0
    ? html`
        <${Empty} icon="allow" title=${t("refusals.empty")}><p>${t("refusals.empty_text")}</p><//>
      `
    : html`
        <div class="table-frame">
          <table class="many">
            <thead>
              <tr>
                <th scope="col">${t("refusals.domain")}</th>
                <th scope="col">${t("refusals.state")}</th>
                <th scope="col">${t("refusals.words")}</th>
                <th scope="col" class="number">${t("refusals.mails")}</th>
                <th scope="col">${t("refusals.last")}</th>
              </tr>
            </thead>
            <tbody>
              ${list.map((one) => html`<${Refusal} key=${one.domain} one=${one} />`)}
            </tbody>
          </table>
        </div>
      `;

/** The names of the seven days, today last. */
const days = () =>
  Array.from({ length: 7 }, (_, at) =>
    new Intl.DateTimeFormat(language.value, { weekday: "short", day: "numeric" }).format(
      Date.now() - (6 - at) * 86400000,
    ),
  );
const hrefOf = ({ kind, name }) => {
  const value = encodeURIComponent(name);
  if (kind === "account") return `/admin/outbound?tab=accounts&account=${value}`;
  if (kind === "forwarder")
    return `/admin/log?finding=${encodeURIComponent(`forward.known(${name})`)}&since=7+days`;
  return `/admin/log?${kind === "host" ? "client" : "sender"}=${value}&direction=outbound&since=7+days`;
};

const Sender = ({ one }) => html`
  <tr>
    <th scope="row">
      <a href=${hrefOf(one)}><${Text} most=${200}>${one.name}<//></a>
      <div class="small quiet">${t(`refusals.kind_${one.kind}`)}</div>
    </th>
    ${one.mails.map((n) => html`<td class="number">${n ? number(n) : html`<span class="quiet">·</span>`}</td>`)}
    <td class="number">${one.stopped > 0 ? html`<span class="mark bad">${number(one.stopped)}</span>` : "0"}</td>
    <td class="number">${one.refused > 0 ? html`<span class="mark bad">${number(one.refused)}</span>` : "0"}</td>
  </tr>
`;

const Timeline = ({ senders }) => html`
  <section class="card flush">
    <div class="list-tools">
      <h2 class="grow">${t("refusals.timeline")}</h2>
      <span class="small quiet">${t("refusals.timeline_text")}</span>
    </div>
    ${
      senders.length === 0
        ? html`<${Empty} icon="inbox" title=${t("refusals.nobody")} />`
        : html`
            <div class="table-frame">
              <table class="many">
                <thead>
                  <tr>
                    <th scope="col">${t("refusals.who")}</th>
                    ${days().map((day) => html`<th scope="col" class="number">${day}</th>`)}
                    <th scope="col" class="number">${t("refusals.stopped")}</th>
                    <th scope="col" class="number">${t("refusals.refused")}</th>
                  </tr>
                </thead>
                <tbody>
                  ${senders.map((one) => html`<${Sender} key=${`${one.kind} ${one.name}`} one=${one} />`)}
                </tbody>
              </table>
            </div>
          `
    }
  </section>
`;

export default function RefusalsTab() {
  const of = useGet("hygiene");
  useRefresh(of.again, 60);
  return html`
    <${Answer} of=${of}>
      ${({ refusals, senders }) => html`
        <section class="card flush"><${Refusals} list=${refusals} /></section>
        <${Timeline} senders=${senders} />
      `}
    <//>
  `;
}
