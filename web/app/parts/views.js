// SPDX-License-Identifier: Apache-2.0
// Views with a name, and the columns of a table: this browser remembers both.
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { keep, kept } from "../kept.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";

export function useColumns(name, usual) {
  const [chosen, setChosen] = useState(() => kept(`columns.${name}`, usual));
  return [
    chosen,
    (next) => {
      keep(`columns.${name}`, next);
      setChosen(next);
    },
  ];
}

export const ColumnMenu = ({ names, chosen, setChosen }) => html`
  <${Menu} label=${t("views.columns")} icon="lists" words=${t("views.columns")}>
    <div class="menu-part stack tight">
      ${names.map(
        (name) => html`
          <label class="choice" key=${name}>
            <input
              type="checkbox"
              checked=${chosen.includes(name)}
              disabled=${name === "subject"}
              onChange=${() =>
                setChosen(
                  chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name],
                )}
            />
            <span>${t(`column.${name}`)}</span>
          </label>
        `,
      )}
    </div>
  <//>
`;

function NameDialog({ done, close }) {
  const [name, setName] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (name.trim()) done(name.trim());
  };
  return html`
    <${Dialog} title=${t("views.save")} close=${close}>
      <form onSubmit=${submit}>
        <${Field}
          label=${t("views.name")}
          value=${name}
          onValue=${setName}
          maxlength="60"
          required
        />
        <div class="dialog-foot"><button class="primary">${t("act.save")}</button></div>
      </form>
    <//>
  `;
}

export function Views({ name, query, change }) {
  const [views, setViews] = useState(() => kept(`views.${name}`, []));
  const [is_naming, setNaming] = useState(false);
  const store = (next) => {
    keep(`views.${name}`, next);
    setViews(next);
  };
  const show = (view) =>
    change({ ...Object.fromEntries(Object.keys(query).map((one) => [one, ""])), ...view.query });
  const save = (title) => {
    const kept = { title, query: { ...query, open: "" } };
    store([...views.filter((one) => one.title !== title), kept]);
    setNaming(false);
  };
  return html`
    <${Menu} label=${t("views.title")} icon="copy" words=${t("views.title")}>
      ${views.map(
        (view) => html`
          <div class="row nowrap" key=${view.title}>
            <button class="bare grow" onClick=${() => show(view)}><bdi>${view.title}</bdi></button>
            <button
              class="bare only-icon"
              data-stay
              aria-label=${t("views.remove", { name: view.title })}
              onClick=${() => store(views.filter((one) => one !== view))}
            >
              <${Icon} name="close" />
            </button>
          </div>
        `,
      )}
      ${
        views.length === 0 &&
        html`
          <div class="menu-part quiet small">${t("views.none")}</div>
        `
      }
      <button onClick=${() => setNaming(true)}>
        <${Icon} name="plus" />
        ${t("views.save")}
      </button>
    <//>
    ${
      is_naming &&
      html`
        <${NameDialog} done=${save} close=${() => setNaming(false)} />
      `
    }
  `;
}
