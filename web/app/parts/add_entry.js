// SPDX-License-Identifier: Apache-2.0
// A form for one entry, which says what it would have done while it is written.
import { useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Confirm } from "./dialog.js";
import { kindOf } from "./entries.js";
import { expiries } from "./expiries.js";
import { Field, Segmented, Select } from "./field.js";
import { impactOf, impactWords, useImpact } from "./preview.js";
import { wordsOf } from "./states.js";
import { complain, say } from "./toasts.js";

const nothing = { entry: "", expires: "", note: "" };

export function AddEntry({ scope, done, start = {} }) {
  const [list, setList] = useState(start.list === "allow" ? "allow" : "block");
  const [form, setForm] = useState({ ...nothing, entry: start.entry ?? "" });
  const [problem, setProblem] = useState("");
  const [wide, setWide] = useState(null);
  const impact = useImpact(form.entry.trim(), list, scope);
  const kind = impact?.public_suffix ? "top" : kindOf(form.entry);
  const set = (name) => (value) => {
    setProblem("");
    setForm((old) => ({ ...old, [name]: value }));
  };
  const add = async () => {
    setWide(null);
    try {
      await post("lists", { list, scope, ...form, entry: form.entry.trim() });
      say(t(`done.entry_${list}`, { entry: form.entry.trim() }));
      setForm(nothing);
      done();
    } catch (error) {
      error.status === 400 ? setProblem(wordsOf(error)) : complain(error);
    }
  };
  const submit = async (event) => {
    event.preventDefault();
    if (!kind) return setProblem(t("entry.what"));
    try {
      const known = impact ?? (await impactOf(form.entry.trim(), list, scope));
      return known.public_suffix ? setWide(known) : add();
    } catch (error) {
      return error.status === 400 ? setProblem(wordsOf(error)) : complain(error);
    }
  };
  const hint = !kind
    ? t("entry.hint")
    : html`
        <span role="status">
          ${t(`entry.is_${kind}`)}${
            impact
              ? html`
                  ${" "}
                  <span class="strong">${impactWords(impact)}</span>
                `
              : ""
          }
        </span>
      `;
  return html`
    <form class="stack" onSubmit=${submit}>
      <div class="row wide start">
        <${Segmented}
          label=${t("lists.which")}
          value=${list}
          onValue=${setList}
          options=${[
            ["block", t("lists.block")],
            ["allow", t("lists.allow")],
          ]}
        />
        <div class="grow">
          <${Field}
            label=${t("entry.entry")}
            hint=${hint}
            error=${problem}
            value=${form.entry}
            onValue=${set("entry")}
            placeholder="news@shop.example"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
          />
        </div>
      </div>
      <div class="row wide bottom">
        <${Select}
          label=${t("entry.expires")}
          value=${form.expires}
          onValue=${set("expires")}
          options=${expiries()}
        />
        <div class="grow">
          <${Field}
            label=${t("entry.note")}
            value=${form.note}
            onValue=${set("note")}
            maxlength="200"
          />
        </div>
        <button class="primary">${t("entry.add")}</button>
      </div>
      ${
        wide &&
        html`
          <${Confirm}
            title=${t("entry.top_title", { name: form.entry.trim() })}
            text=${`${t("entry.top_text", { name: form.entry.trim() })} ${impactWords(wide)}`}
            act=${t("entry.add")}
            danger
            done=${add}
            close=${() => setWide(null)}
          />
        `
      }
    </form>
  `;
}
