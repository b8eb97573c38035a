// SPDX-License-Identifier: Apache-2.0
// Accounts and their roles.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRows } from "../load.js";
import { Confirm } from "../parts/dialog.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Menu } from "../parts/menu.js";
import { Page } from "../parts/page.js";
import { SearchBox } from "../parts/search_box.js";
import { Empty, Foot, Loaded, NoMatch } from "../parts/states.js";
import { complain, say } from "../parts/toasts.js";
import { Tokens } from "../parts/tokens.js";
import { UserDialog } from "../parts/user_dialog.js";
import { useQuery } from "../router.js";
import { isAdministrator, mayAct } from "../session.js";
import { Time } from "../when.js";

const pathOf = (user) => `users/${encodeURIComponent(user.name)}`;

function Acts({ user, set, again }) {
  const lock = () =>
    ask("PATCH", pathOf(user), { body: { locked: !user.locked } })
      .then(again)
      .catch(complain);
  const signOff = () =>
    ask("DELETE", `${pathOf(user)}/sessions`)
      .then(() => say(t("users.signed_off", { name: user.name })))
      .catch(complain);
  return html`
    <span class="row-acts">
      <button class="little bare" onClick=${() => set({ edit: user })}>${t("users.edit")}</button>
      <${Menu} label=${t("rows.acts", { what: user.name })} icon="more">
        ${
          isAdministrator() &&
          html`<button onClick=${() => set({ tokens: user })}>${t("users.tokens")}</button>`
        }
        <button onClick=${signOff}>${t("users.sign_off")}</button>
        <button onClick=${lock}>${t(user.locked ? "users.unlock" : "users.lock")}</button>
        ${
          isAdministrator() &&
          html`
            <button class="danger" onClick=${() => set({ remove: user })}>
              ${t("users.delete")}
            </button>
          `
        }
      <//>
    </span>
  `;
}

const Reach = ({ user }) => {
  const names =
    user.role === "user"
      ? user.addresses
      : ["administrator", "auditor"].includes(user.role)
        ? [t("users.everything")]
        : user.domains;
  return html`
    <span class="small">
      ${
        names?.length
          ? html`
              <${Text} most=${200}>${names.slice(0, 3).join(", ")}<//>
              ${names.length > 3 ? ` +${names.length - 3}` : ""}
            `
          : "–"
      }
    </span>
  `;
};

const Row = ({ user, set, again }) => html`
  <tr>
    <th scope="row">
      <span class="strong"><${Text} most=${120}>${user.name}<//></span>
      ${
        user.locked &&
        html`
          ${" "}
          <span class="mark bad">${t("users.locked")}</span>
        `
      }
    </th>
    <td>${t(`role.${user.role}`)}</td>
    <td><${Reach} user=${user} /></td>
    <td class="small quiet">${t(user.local ? "users.local" : "users.ldap")}</td>
    <td class="small quiet">
      ${
        user.last_sign_in
          ? html`
              <${Time} at=${user.last_sign_in} />
            `
          : t("users.never")
      }
    </td>
    <td class="end">
      ${
        mayAct() &&
        html`
          <${Acts} user=${user} set=${set} again=${again} />
        `
      }
    </td>
  </tr>
`;

function Remove({ user, close, again }) {
  const remove = () =>
    ask("DELETE", pathOf(user))
      .then(() => (say(t("users.gone", { name: user.name })), close(), again()))
      .catch((problem) => (close(), complain(problem)));
  return html`
    <${Confirm}
      title=${t("users.delete")}
      text=${t("users.delete_sure", { name: user.name })}
      act=${t("users.delete")}
      danger
      done=${remove}
      close=${close}
    />
  `;
}

const Table = ({ users, set, of }) => html`
  <div class="table-frame">
    <table class="many">
      <thead>
        <tr>
          <th scope="col">${t("users.name")}</th>
          <th scope="col">${t("users.role")}</th>
          <th scope="col">${t("users.reach")}</th>
          <th scope="col">${t("users.kept")}</th>
          <th scope="col">${t("users.last")}</th>
          <th scope="col"><span class="only-read">${t("column.acts")}</span></th>
        </tr>
      </thead>
      <tbody>
        ${users.map(
          (user) => html`<${Row} key=${user.name} user=${user} set=${set} again=${of.again} />`,
        )}
      </tbody>
    </table>
  </div>
  <${Foot} of=${of} />
`;

export default function Users() {
  const [query, change] = useQuery();
  const of = useRows("users", { text: query.text ?? "" });
  const [open, set] = useState({});
  const close = () => set({});
  const users = of.pages.flat();
  const add =
    mayAct() &&
    html`
      <button class="primary" onClick=${() => set({ edit: {} })}>
        <${Icon} name="plus" />
        ${t("users.add")}
      </button>
    `;
  return html`
    <${Page} title=${t("nav.users")} intro=${t("users.intro")} tools=${add}>
      <div class="card flush">
        <div class="list-tools">
          <${SearchBox}
            label=${t("users.search")}
            value=${query.text ?? ""}
            onValue=${(text) => change({ text })}
          />
        </div>
        <${Loaded}
          of=${of}
          is_empty=${users.length === 0}
          empty=${
            query.text
              ? html`<${NoMatch} />`
              : html`
                  <${Empty} icon="users" title=${t("users.empty")}>
                    <p>${t("users.empty_text")}</p>
                  <//>
                `
          }
        >
          <${Table} users=${users} set=${set} of=${of} />
        <//>
      </div>
      ${
        open.edit &&
        html`
          <${UserDialog} user=${open.edit} close=${close} done=${() => (close(), of.again())} />
        `
      }
      ${
        open.tokens &&
        html`
          <${Tokens} user=${open.tokens} close=${close} />
        `
      }
      ${
        open.remove &&
        html`
          <${Remove} user=${open.remove} close=${close} again=${of.again} />
        `
      }
    <//>
  `;
}
