// SPDX-License-Identifier: Apache-2.0
// "Allow" and "Block" for the senders of all chosen messages: who they are, for whom it counts, and
// what becomes of the messages.
import { useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { scopes } from "../session.js";
import { doSoon } from "./deeds.js";
import { Dialog } from "./dialog.js";
import { formsFor, scopeText } from "./entries.js";
import { Check } from "./field.js";
import { Text, authorOf } from "./hostile.js";
import { ScopeChoice } from "./scope_choice.js";
import { wordsOf } from "./states.js";
import { say } from "./toasts.js";

const shown = 20;

/** An address for each sender, with a message of theirs for each recipient. */
function sendersOf(rows) {
  const senders = new Map();
  for (const row of rows) {
    const author = authorOf(row.from, row.sender).address.toLowerCase() || row.sender;
    const [, address] = formsFor(author).find(([kind]) => kind === "address") ?? [];
    if (!address) continue;
    if (!senders.has(address)) senders.set(address, new Map());
    senders.get(address).set(row.recipient, row);
  }
  return senders;
}

/** The entries that this means: one for each sender and each whose mail it is. */
function entriesFor(senders, scope) {
  const entries = new Map();
  for (const [entry, mails] of senders)
    for (const recipient of mails.keys()) {
      const of = scopeText(scope, recipient);
      entries.set(`${entry} ${of}`, { entry, scope: of });
    }
  return [...entries.values()];
}

export default function BulkEntries({ list, rows, close, done }) {
  const senders = sendersOf(rows);
  const [scope, setScope] = useState(scopes()[0]);
  const [deals, setDeals] = useState(true);
  const [state, setState] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      const entries = entriesFor(senders, scope);
      for (const one of entries) await post("lists", { list, ...one });
      say(t(`done.entries_${list}`, { n: entries.length }));
    } catch (problem) {
      setState({ problem });
      return;
    }
    close();
    if (deals) doSoon(list === "allow" ? "release" : "delete", rows, done);
  };
  return html`
    <${Dialog} title=${t(`bulk.${list}_title`, { n: senders.size })} close=${close}>
      <form class="dialog-body stack" onSubmit=${submit}>
        <ul class="bare small mono">
          ${[...senders.keys()]
            .slice(0, shown)
            .map((address) => html`<li key=${address}><${Text} most=${120}>${address}<//></li>`)}
          ${senders.size > shown && html`<li>${t("bulk.others", { n: senders.size - shown })}</li>`}
        </ul>
        <${ScopeChoice} value=${scope} onValue=${setScope} />
        <${Check} label=${t(`entry.held_${list}`)} checked=${deals} onValue=${setDeals} />
        ${state.problem && html`<p class="error" role="alert">${wordsOf(state.problem)}</p>`}
        <div class="dialog-foot">
          <button type="button" onClick=${close}>${t("act.cancel")}</button>
          <button class="primary" disabled=${state.busy || senders.size === 0}>
            ${t(`entry.${list}_act`)}
          </button>
        </div>
      </form>
    <//>
  `;
}
