// SPDX-License-Identifier: Apache-2.0
// One account that sends: the brake on it and all its mail of the last days. Where somebody else
// used it, this is the page on which that ends.
import { useState } from "preact/hooks";

import { get, post } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useGet, useRows } from "../load.js";
import { mayAct, ranks } from "../session.js";
import { Time, full, relative } from "../when.js";
import { BrakeActs, BrakeMark } from "./brake.js";
import { columnsNamed } from "./columns.js";
import { Csv, CsvLink } from "./csv.js";
import { Confirm } from "./dialog.js";
import { Text } from "./hostile.js";
import { lazy } from "./lazy.js";
import { Page } from "./page.js";
import { Rows } from "./rows.js";
import { brakeWhy } from "./sending_why.js";
import { Answer, Empty, Loaded } from "./states.js";
import { complain, say } from "./toasts.js";

const Letter = lazy(() => import("./letter.js"));
const since = "7 days";
const most = 20000;

const stateColumn = {
  name: "state",
  title: "sent.state",
  cell: (row) => html`<span class="small">${row.state ? t(`sent.state_${row.state}`) : "–"}</span>`,
};
const names = ["time", "subject", "recipient", "verdict", "reason", "state"];

/** What is done to what is still here: [the rows' state, the path]. */
const deeds = {
  hold: ["waiting", "queue/hold"],
  delete_waiting: ["waiting", "queue/delete"],
  delete_held: ["held", "quarantine/delete"],
  release_back: ["held", "quarantine/release"],
  delete_back: ["held", "quarantine/delete"],
};
const ofMail = ["hold", "delete_waiting", "delete_held"];
const ofBounces = ["release_back", "delete_back"];
const isMild = (deed) => deed === "hold" || deed === "release_back";

/** All ids of mail of the account in that state. */
async function idsOf(filter, state) {
  const ids = [];
  let looked = 0;
  for (let after = ""; after !== null && looked < most;) {
    const page = await get("history", { ...filter, after, limit: 1000 });
    looked += page.rows.length;
    ids.push(...page.rows.filter((row) => row.state === state).map((row) => row.id));
    after = page.next;
  }
  return ids;
}

async function doToAll(deed, filter) {
  const [state, path] = deeds[deed];
  const ids = await idsOf(filter, state);
  let changed = 0;
  for (let at = 0; at < ids.length; at += 1000)
    changed += (await post(path, { ids: ids.slice(at, at + 1000) })).changed ?? 0;
  return changed;
}

function Deeds({ deeds: offered, filter, again }) {
  const [asked, setAsked] = useState("");
  const [busy, setBusy] = useState(false);
  const done = async () => {
    setBusy(true);
    try {
      say(t("sent.done", { n: await doToAll(asked, filter) }));
    } catch (problem) {
      complain(problem);
    }
    setBusy(false);
    setAsked("");
    again();
  };
  return html`
    ${offered.map(
      (deed) => html`
        <button
          key=${deed}
          class=${`little ${isMild(deed) ? "" : "danger"}`}
          onClick=${() => setAsked(deed)}
        >
          ${t(`sent.${deed}`)}
        </button>
      `,
    )}
    ${
      asked &&
      html`
        <${Confirm}
          title=${t(`sent.${asked}`)}
          text=${t(`sent.${asked}_text`)}
          act=${t(`sent.${asked}`)}
          danger=${!isMild(asked)}
          busy=${busy}
          done=${done}
          close=${() => setAsked("")}
        />
      `
    }
  `;
}

const Facts = ({ one }) => html`
  <dl class="facts">
    <dt>${t("brake.state")}</dt>
    <dd><${BrakeMark} one=${one} /></dd>
    ${
      one.brake !== "none" &&
      html`
        <dt>${t("brake.why")}</dt>
        <dd><${Text} most=${300}>${brakeWhy(one.why)}<//></dd>
        <dt>${t("brake.since")}</dt>
        <dd><${Time} at=${one.since} as=${full} /></dd>
      `
    }
    ${
      one.until &&
      one.brake === "lock" &&
      html`
        <dt>${t("brake.free")}</dt>
        <dd><${Time} at=${one.until} as=${full} /> (<${Time} at=${one.until} as=${relative} />)</dd>
      `
    }
    <dt>${t("brake.last")}</dt>
    <dd>${one.last ? html`<${Time} at=${one.last} as=${full} />` : t("users.never")}</dd>
    <dt>${t("brake.bounces")}</dt>
    <dd>
      ${number(one.bounces ?? 0)}
      ${one.written_again > 0 && html` (${t("brake.again", { n: one.written_again })})`}
    </dd>
    ${
      one.locks > 0 &&
      html`
        <dt>${t("brake.locks")}</dt>
        <dd>${one.locks}</dd>
      `
    }
  </dl>
`;

const Outside = ({ filter, name }) => html`
  <${Csv}
    path="history"
    query=${filter}
    name=${`recipients ${name}`}
    columns=${["time", "recipient", "subject", "action", "state", "message_id"]}
  />
`;

/** Bounces that were held apart while the account was locked; nothing where there are none. */
function Bounces({ name }) {
  const filter = { finding: `bounce.held_apart(${name})`, direction: "inbound", since };
  const back = useRows("history", filter);
  const rows = back.pages.flat();
  const held = rows.filter((row) => row.state === "held").length;
  return (
    rows.length > 0 &&
    html`
      <div class="card flush">
        <div class="list-tools">
          <h2 class="grow">${t("sent.back", { n: held })}</h2>
          ${mayAct() && held > 0 && html`<${Deeds} deeds=${ofBounces} filter=${filter} again=${back.again} />`}
        </div>
        <${Rows}
          of=${back}
          columns=${columnsNamed(names, { more: { state: stateColumn } })}
          label=${t("sent.back", { n: held })}
        />
      </div>
    `
  );
}

export default function SendingAccount({ name }) {
  const of = useGet("accounts", { account: name });
  const [letter, setLetter] = useState(false);
  const filter = { finding: `auth.account(${name})`, direction: "outbound", since };
  const mail = useRows("history", filter);
  const again = () => (of.again(), mail.again());
  const list = columnsNamed(names, { more: { state: stateColumn } });
  return html`
    <${Page}
      title=${t("sent.title", { account: name })}
      intro=${t("sent.intro")}
      tools=${html`<a class="button" href="/admin/outbound?tab=accounts">${t("sent.all")}</a>`}
    >
      <${Answer} of=${of}>
        ${({ accounts: [one], hook }) =>
          one
            ? html`
                <section class="card stack">
                  <${Facts} one=${one} />
                  <div class="row">
                    ${mayAct() && html`<${BrakeActs} one=${one} hook again=${again} />`}
                    <button onClick=${() => setLetter(true)}>${t("letter.open")}</button>
                  </div>
                  ${!hook && mayAct() && html`<p class="quiet small">${t("sent.no_hook")}</p>`}
                </section>
                ${
                  letter &&
                  html`
                    <${Letter}
                      kinds=${["braked", "hacked"]}
                      values=${{ account: name, why: one.why, until: one.until }}
                      close=${() => setLetter(false)}
                    />
                  `
                }
              `
            : html`
                <div class="card">
                  <${Empty} icon="info" title=${t("sent.unknown")}>
                    <p>${t("sent.unknown_text")}</p>
                  <//>
                </div>
              `}
      <//>
      <${Bounces} key=${name} name=${name} />
      <div class="card flush">
        <div class="list-tools">
          <h2 class="grow">${t("sent.mail")}</h2>
          ${mayAct() && html`<${Deeds} deeds=${ofMail} filter=${filter} again=${again} />`}
          <${Outside} filter=${filter} name=${name} />
        </div>
        <${Loaded}
          of=${mail}
          is_empty=${mail.pages.flat().length === 0}
          empty=${html`
            <${Empty} icon="inbox" title=${t("sent.empty")}>
              ${!ranks("auditor") && html`<p>${t("hygiene.not_counted")}</p>`}
            <//>
          `}
        >
          <${Rows} of=${mail} columns=${list} label=${t("sent.mail")} />
        <//>
      </div>
    <//>
  `;
}
