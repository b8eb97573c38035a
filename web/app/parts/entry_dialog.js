// SPDX-License-Identifier: Apache-2.0
// "Allow" and "Block" on a message: proposes the form of the entry, says what it would have done,
// and offers to deliver what is held.
import { useState } from "preact/hooks";

import { get, post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { scopes, session } from "../session.js";
import { Dialog } from "./dialog.js";
import { doSoon } from "./deeds.js";
import { formsFor, isFreeMail, scopeText } from "./entries.js";
import { expiries } from "./expiries.js";
import { Check, Choices, Select } from "./field.js";
import { Text, authorOf } from "./hostile.js";
import { Icon } from "./icons.js";
import { Preview } from "./preview.js";
import { detailOf } from "./reasons.js";
import { ScopeChoice } from "./scope_choice.js";
import { wordsOf } from "./states.js";
import { complain, say } from "./toasts.js";

/** Nothing shows that the sender is genuine: an allow entry would not count. */
const isUnproven = (row) =>
  ["spf.fail", "spf.softfail", "dmarc.fail"].some((name) =>
    (row.findings ?? []).some?.((one) => one.name === name),
  ) || Boolean(detailOf(row, "lists.void"));

/** Held mail to the same recipient, or to all, from whom the entry names. */
async function heldFrom(entry, row, scope) {
  const query = { text: entry, limit: 1000 };
  if (scope === "user") query.recipient = row.recipient;
  if (scope === "domain") query.domain = row.recipient.split("@").pop();
  const { rows } = await get("quarantine", query);
  const name = entry.toLowerCase();
  const fits = (address) => {
    const lower = address.toLowerCase();
    const domain = lower.split("@").pop();
    return name.includes("@") ? lower === name : `.${domain}`.endsWith(`.${name}`);
  };
  return rows.filter((one) => fits(one.sender) || fits(authorOf(one.from, "").address));
}

export default function EntryDialog({ row, list, close, after, over }) {
  const author = authorOf(row.from, row.sender).address.toLowerCase();
  const forms = formsFor(author || row.sender);
  const [entry, setEntry] = useState(forms[0]?.[1] ?? "");
  const [scope, setScope] = useState(row.scope ?? scopes()[0]);
  const [expires, setExpires] = useState("");
  const [deliver, setDeliver] = useState(list === "allow");
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await post("lists", { list, entry, expires, scope: scopeText(scope, row.recipient) });
    } catch (error) {
      setProblem(error);
      setBusy(false);
      return;
    }
    close();
    say(t(`done.entry_${list}`, { entry }));
    try {
      const held = deliver ? await heldFrom(entry, row, scope) : [];
      if (held.some((one) => one.id === row.id)) after?.(row);
      doSoon(list === "allow" ? "release" : "delete", held, over);
    } catch (error) {
      complain(error);
    }
  };
  if (!forms.length)
    return html`
      <${Dialog} title=${t(`entry.${list}_title`)} close=${close}>
        <div class="dialog-body">
          <p>${t("entry.nobody")}</p>
          <div class="dialog-foot"><button onClick=${close}>${t("act.close")}</button></div>
        </div>
      <//>
    `;
  const words = { address: "entry.address", domain: "entry.domain", part: "entry.part" };
  return html`
    <${Dialog} title=${t(`entry.${list}_title`)} close=${close}>
      <form onSubmit=${submit}>
        <${Choices}
          label=${t("entry.which")}
          value=${entry}
          onValue=${setEntry}
          options=${forms.map(([kind, text]) => [
            text,
            html`
              <${Text}>${text}<//>
            `,
            t(words[kind]),
          ])}
        />
        ${
          isFreeMail(author) &&
          entry !== author &&
          html`
            <p class="notice warn">
              <${Icon} name="alert" />
              ${t("entry.free_mail")}
            </p>
          `
        }
        <${Preview} entry=${entry} list=${list} scope=${scopeText(scope, row.recipient)} />
        <div class="columns">
          <${ScopeChoice} value=${scope} onValue=${setScope} />
          <${Select}
            label=${t("entry.expires")}
            value=${expires}
            onValue=${setExpires}
            options=${expiries()}
          />
        </div>
        ${
          list === "allow" &&
          isUnproven(row) &&
          html`
            <p class="notice warn">
              <${Icon} name="alert" />
              ${t("entry.unproven")}
            </p>
          `
        }
        ${
          session.value.features.quarantine !== false &&
          html`
            <${Check} label=${t(`entry.held_${list}`)} checked=${deliver} onValue=${setDeliver} />
          `
        }
        ${
          problem &&
          html`
            <p class="error" role="alert">${wordsOf(problem)}</p>
          `
        }
        <div class="dialog-foot">
          <button type="button" onClick=${close}>${t("act.cancel")}</button>
          <button class="primary" disabled=${busy || !entry}>${t(`entry.${list}_act`)}</button>
        </div>
      </form>
    <//>
  `;
}
