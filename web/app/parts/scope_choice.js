// SPDX-License-Identifier: Apache-2.0
// For whom an entry counts, where somebody may choose.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { scopes } from "../session.js";
import { Select } from "./field.js";

export const ScopeChoice = ({ value, onValue }) =>
  scopes().length > 1 &&
  html`
    <${Select}
      label=${t("entry.scope")}
      value=${value}
      onValue=${onValue}
      options=${scopes().map((one) => [one, t(`scope.${one}`)])}
    />
  `;
