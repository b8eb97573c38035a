// SPDX-License-Identifier: Apache-2.0
// One account, new or changed.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { isAdministrator } from "../session.js";
import { Dialog } from "./dialog.js";
import { Field, Select } from "./field.js";
import { wordsOf } from "./states.js";
import { say } from "./toasts.js";

/** Domain administrators make accounts beneath their own. */
const roles = () => [
  "user",
  "helpdesk",
  ...(isAdministrator() ? ["domain", "auditor", "administrator"] : []),
];
const lines = (text) => text.split(/[\s,]+/).filter(Boolean);

export function UserDialog({ user, close, done }) {
  const is_new = !user.name;
  const [form, setForm] = useState({
    name: user.name ?? "",
    role: user.role ?? "user",
    password: "",
    addresses: (user.addresses ?? []).join("\n"),
    domains: (user.domains ?? []).join("\n"),
  });
  const [problem, setProblem] = useState("");
  const set = (name) => (value) => {
    setProblem("");
    setForm((old) => ({ ...old, [name]: value }));
  };
  const submit = async (event) => {
    event.preventDefault();
    if (form.password && form.password.length < 10) return setProblem(t("password.short"));
    const { name, role, password } = form;
    const body = {
      role,
      addresses: lines(form.addresses),
      domains: lines(form.domains),
      ...(password && { password, must_change_password: true }),
    };
    try {
      if (is_new) await ask("POST", "users", { body: { name: name.trim(), ...body } });
      else await ask("PATCH", `users/${encodeURIComponent(name)}`, { body });
      say(t("users.done", { name: name.trim() }));
      return done();
    } catch (error) {
      return setProblem(wordsOf(error));
    }
  };
  const is_wide = ["helpdesk", "domain"].includes(form.role);
  return html`
    <${Dialog} title=${is_new ? t("users.add") : user.name} close=${close}>
      <form onSubmit=${submit} autocomplete="off">
        <div class="columns">
          ${
            is_new &&
            html`
              <${Field}
                label=${t("users.name")}
                required
                value=${form.name}
                onValue=${set("name")}
                autocomplete="off"
              />
            `
          }
          <${Select}
            label=${t("users.role")}
            value=${form.role}
            onValue=${set("role")}
            options=${roles().map((one) => [one, t(`role.${one}`)])}
          />
        </div>
        <${Field}
          area
          label=${t("users.addresses")}
          rows="3"
          value=${form.addresses}
          onValue=${set("addresses")}
          spellcheck="false"
        />
        ${
          is_wide &&
          html`
            <${Field}
              area
              label=${t("users.domains")}
              hint=${t("users.domains_hint")}
              rows="2"
              value=${form.domains}
              onValue=${set("domains")}
              spellcheck="false"
            />
          `
        }
        <${Field}
          label=${t("users.password")}
          type="password"
          autocomplete="new-password"
          value=${form.password}
          required=${is_new}
          hint=${is_new ? t("users.password_hint") : t("users.password_keep")}
          error=${problem}
          onValue=${set("password")}
        />
        <div class="dialog-foot">
          <button type="button" onClick=${close}>${t("act.cancel")}</button>
          <button class="primary">${t("act.save")}</button>
        </div>
      </form>
    <//>
  `;
}
