// SPDX-License-Identifier: Apache-2.0
// What can be done with the chosen rows, or with all that the filter lets through.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { mayAct } from "../session.js";
import { doSoon, doToAll } from "./deeds.js";
import { Confirm } from "./dialog.js";
import { Icon } from "./icons.js";
import { countWords, rowsOf } from "./rows.js";
import { gone } from "./toasts.js";

const deeds = [
  ["release", "deliver"],
  ["delete", "discard"],
  ["spam", "reject"],
  ["ham", "inbox"],
];

/** What to do with the chosen: `act(deed)` says whether there were any. */
export function useBulk({ of, chosen, query }) {
  const [asked, setAsked] = useState(null);
  const act = (deed) => {
    if (!chosen.count) return false;
    if (chosen.is_all) {
      setAsked(deed);
      return true;
    }
    const visible = rowsOf(of.pages, gone.value);
    doSoon(
      deed,
      visible.filter((row) => chosen.has(row.id)),
    );
    chosen.clear();
    return true;
  };
  const all = async () => {
    const deed = asked;
    setAsked(null);
    await doToAll(deed, query);
    chosen.clear();
    of.again();
  };
  return { act, asked, all, close: () => setAsked(null) };
}

export function Bulk({ bulk, of, chosen, scopeWords }) {
  if (!chosen.count || !mayAct()) return null;
  const { act, asked, all, close } = bulk;
  const visible = rowsOf(of.pages, gone.value);
  return html`
    <div class="list-tools chosen" role="region" aria-label=${t("bulk.title")}>
      <span class="strong" role="status">${countWords(chosen)}</span>
      ${
        of.more &&
        !chosen.is_all &&
        chosen.count >= visible.length &&
        html`
          <button class="link" onClick=${chosen.chooseMatching}>
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
      <button class="bare little" onClick=${chosen.clear}>${t("act.cancel")}</button>
    </div>
    ${
      asked &&
      html`
        <${Confirm}
          title=${t(`deed.${asked}`)}
          text=${t("bulk.sure", { scope: scopeWords })}
          act=${t(`deed.${asked}`)}
          danger=${asked !== "release"}
          done=${all}
          close=${close}
        />
      `
    }
  `;
}
