// SPDX-License-Identifier: Apache-2.0
// Addresses whose mail goes on outside: how much, how much of it was spam, and what becomes of it.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useAnswer, useRows } from "../load.js";
import { get } from "../gate.js";
import { isAdministrator, ranks } from "../session.js";
import { Time, date } from "../when.js";
import { CsvLink } from "./csv.js";
import { ruleOf } from "./forward_rules.js";
import { Text } from "./hostile.js";
import { lazy } from "./lazy.js";
import { Empty, Foot, Loaded } from "./states.js";

const Letter = lazy(() => import("./letter.js"));
const RuleDialog = lazy(() => import("./forward_dialog.js"));

/** The policy, for those who may read it. */
const usePolicy = () =>
  useAnswer("policy", () => (ranks("auditor") ? get("policy") : Promise.resolve({})));

const Row = ({ one, policy, set }) => {
  const rule = policy?.document && ruleOf(policy.document, one.from);
  const log = `/admin/log?recipient=${encodeURIComponent(one.to)}&finding=${encodeURIComponent(`forward.known(${one.from})`)}`;
  return html`
    <tr>
      <th scope="row"><${Text} most=${200}>${one.from}<//></th>
      <td><a href=${log}><${Text} most=${200}>${one.to}<//></a></td>
      <td class="number">${number(one.mails)}</td>
      <td class="number">
        ${
          one.spam > 0
            ? html`<span class="mark bad">${number(one.spam)}</span>`
            : html`<span class="quiet">0</span>`
        }
      </td>
      <td class="small quiet nowrap"><${Time} at=${one.first} as=${date} /></td>
      <td class="small quiet nowrap"><${Time} at=${one.last} /></td>
      <td class="small">${rule ? t(`forward.${rule.what}`) : t("forward.by_policy")}</td>
      <td class="end">
        <span class="row-acts">
          <button class="little bare" onClick=${() => set({ letter: one })}>
            ${t("letter.open")}
          </button>
          ${
            isAdministrator() &&
            policy?.document &&
            !policy.locked &&
            html`
              <button class="little" onClick=${() => set({ rule: one })}>${t("forward.change")}</button>
            `
          }
        </span>
      </td>
    </tr>
  `;
};

const heads = ["from", "to", "mails", "spam", "first", "last", "rule"];
const numbers = new Set(["mails", "spam"]);

export default function Forwarding() {
  const of = useRows("forwarding", {}, "forwarding");
  const policy = usePolicy();
  const [open, set] = useState({});
  const close = () => set({});
  const all = of.pages.flat();
  return html`
    <div class="card flush">
      <div class="list-tools">
        <p class="grow small quiet">
          ${t("forward.note")}${" "}<a href="/help/forwarding">${t("forward.help")}</a>
        </p>
        <${CsvLink} path="forwarding" query=${{}} />
      </div>
      <${Loaded}
        of=${of}
        is_empty=${all.length === 0}
        empty=${html`
          <${Empty} icon="external" title=${t("forward.empty")}>
            <p>${t("forward.empty_text")}</p>
          <//>
        `}
      >
        <div class="table-frame">
          <table class="many">
            <thead>
              <tr>
                ${heads.map(
                  (name) => html`
                    <th scope="col" class=${numbers.has(name) ? "number" : ""}>
                      ${t(`forward.col_${name}`)}
                    </th>
                  `,
                )}
                <th scope="col"><span class="only-read">${t("column.acts")}</span></th>
              </tr>
            </thead>
            <tbody>
              ${all.map(
                (one) =>
                  html`<${Row} key=${`${one.from} ${one.to}`} one=${one} policy=${policy.data} set=${set} />`,
              )}
            </tbody>
          </table>
        </div>
        <${Foot} of=${of} />
      <//>
    </div>
    ${
      open.letter &&
      html`
        <${Letter}
          kinds=${["forwarding"]}
          values=${{
            account: open.letter.from,
            to: open.letter.to,
            mails: number(open.letter.mails),
            spam: open.letter.spam > 0 ? number(open.letter.spam) : "",
          }}
          close=${close}
        />
      `
    }
    ${
      open.rule &&
      html`
        <${RuleDialog} one=${open.rule} policy=${policy.data} close=${close} done=${policy.again} />
      `
    }
  `;
}
