// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { keepWord, keptWord } from "../kept.js";
import { Choices } from "./field.js";

export function setTheme(theme) {
  keepWord("theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new Event("themechange"));
}

/** Light, dark, or as the system has it. */
export function Appearance() {
  const [theme, choose] = useState(keptWord("theme"));
  return html`
    <${Choices}
      label=${t("theme.title")}
      value=${theme}
      onValue=${(next) => (setTheme(next), choose(next))}
      options=${[
        ["", t("theme.system")],
        ["light", t("theme.light")],
        ["dark", t("theme.dark")],
      ]}
    />
  `;
}
