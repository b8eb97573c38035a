// SPDX-License-Identifier: Apache-2.0
// A unified diff, or that nothing differs.
import { html } from "../html.js";
import { t } from "../i18n.js";

const kinds = { "+": "added", "-": "removed", "@": "quiet" };

export const Diff = ({ text }) =>
  text
    ? html`
        <pre class="code diff" tabindex="0">
${text
            .replace(/\n$/, "")
            .split("\n")
            .map((line) => html`<span class=${kinds[line[0]] ?? ""}>${`${line}\n`}</span>`)}</pre>
      `
    : html`<p class="notice">${t("policy.same")}</p>`;
