// SPDX-License-Identifier: Apache-2.0
// What can be done with the chosen rows, or with all that the filter lets through.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { mayAct } from "../session.js";
import { doSoon, doToAll } from "./deeds.js";
import { Icon } from "./icons.js";
import { lazy } from "./lazy.js";
import { countWords } from "./rows.js";

const deeds = [
  ["release", "deliver"],
  ["delete", "discard"],
  ["spam", "reject"],
  ["ham", "inbox"],
];

const entries = [
  ["allow", "allow"],
  ["block", "block"],
];
const BulkEntries = lazy(() => import("./bulk_entries.js"));
const Sure = lazy(() => import("./sure.js"));

/** What to do with the chosen: `act(deed)` says whether there were any. */
export function useBulk({ of, chosen }) {
  const [asked, setAsked] = useState(null);
  const act = (deed) => {
    if (!chosen.count) return false;
    if (chosen.is_all) {
      setAsked({ deed, query: chosen.matching });
      return true;
    }
    doSoon(deed, chosen.rows, of.again);
    chosen.clear();
    return true;
  };
  const all = async () => {
    const { deed, query } = asked;
    setAsked(null);
    await doToAll(deed, query, of.again);
    chosen.clear();
    of.again();
  };
  return { act, asked, all, close: () => setAsked(null) };
}

export function Bulk({ bulk, of, chosen, filter, visible, scopeWords }) {
  const [listing, setListing] = useState(null);
  if (!chosen.count || !mayAct()) return null;
  const { act, asked, all, close } = bulk;
  return html`
    <div class="list-tools chosen" role="region" aria-label=${t("bulk.title")}>
      <span class="strong" role="status">${countWords(chosen)}</span>
      ${
        of.more &&
        !chosen.is_all &&
        chosen.hasAll(visible) &&
        html`
          <button class="link" onClick=${() => chosen.chooseMatching(filter)}>
            ${t("bulk.choose_matching")}
          </button>
        `
      }
      <span class="grow"></span>
      ${deeds.map(
        ([deed, icon]) => html`
          <button class=${`little ${deed === "delete" ? "danger" : ""}`} onClick=${() => act(deed)}>
            <${Icon} name=${icon} />
            ${t(`deed.${deed}`)}
          </button>
        `,
      )}
      ${
        !chosen.is_all &&
        entries.map(
          ([list, icon]) => html`
            <button class="little" onClick=${() => setListing({ list, rows: chosen.rows })}>
              <${Icon} name=${icon} />
              ${t(`bulk.${list}`)}
            </button>
          `,
        )
      }
      <button class="bare little" onClick=${chosen.clear}>${t("act.cancel")}</button>
    </div>
    ${
      listing &&
      html`
        <${BulkEntries}
          ...${listing}
          close=${() => (setListing(null), chosen.clear())}
          done=${of.again}
        />
      `
    }
    ${
      asked &&
      html`<${Sure} asked=${asked} scopeWords=${scopeWords} done=${all} close=${close} />`
    }
  `;
}
