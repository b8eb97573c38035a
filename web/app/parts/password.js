// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { ask, useCsrf } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { session } from "../session.js";
import { Field } from "./field.js";
import { wordsOf } from "./states.js";
import { say } from "./toasts.js";

export function Password() {
  const [form, setForm] = useState({ old: "", new: "" });
  const [problem, setProblem] = useState("");
  if (session.value.account.local === false) return null;
  const set = (name) => (value) => {
    setProblem("");
    setForm((old) => ({ ...old, [name]: value }));
  };
  const submit = async (event) => {
    event.preventDefault();
    if (form.new.length < 10) return setProblem(t("password.short"));
    try {
      const answer = await ask("POST", "session/password", { body: form, stay: true });
      useCsrf(answer.csrf);
      session.set({
        ...session.value,
        csrf: answer.csrf,
        account: { ...session.value.account, must_change_password: false },
      });
      setForm({ old: "", new: "" });
      return say(t("password.done"));
    } catch (error) {
      return setProblem(error.title === "wrong password" ? t("password.wrong") : wordsOf(error));
    }
  };
  return html`
    <div class="card stack">
      <h2>${t("password.title")}</h2>
      <form class="stack" onSubmit=${submit}>
        <input
          type="text"
          autocomplete="username"
          value=${session.value.account.name}
          hidden
          readonly
        />
        <div class="columns">
          <${Field}
            label=${t("password.old")}
            type="password"
            autocomplete="current-password"
            required
            value=${form.old}
            onValue=${set("old")}
          />
          <${Field}
            label=${t("password.new")}
            type="password"
            autocomplete="new-password"
            required
            value=${form.new}
            hint=${t("password.hint")}
            error=${problem}
            onValue=${set("new")}
          />
        </div>
        <div><button class="primary">${t("password.act")}</button></div>
      </form>
    </div>
  `;
}
