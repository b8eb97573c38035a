// SPDX-License-Identifier: Apache-2.0
// What stands where nothing is yet: empty, waiting, trouble.
import { html } from "../html.js";
import { isKnown, language, t } from "../i18n.js";
import { Icon } from "./icons.js";

export const Empty = ({ icon = "inbox", title, children }) => html`
  <div class="empty">
    <${Icon} name=${icon} />
    <h2>${title}</h2>
    ${children}
  </div>
`;

export const Waiting = ({ lines = 5 }) => html`
  <div class="card-body stack" aria-busy="true">
    <span class="only-read">${t("state.loading")}</span>
    ${Array.from(
      { length: lines },
      () => html`
        <div class="waiting"></div>
      `,
    )}
  </div>
`;

/** A problem in plain words; technical ones as the gateway says them. */
export function wordsOf(problem) {
  if (problem.title === "unreachable") return t("state.unreachable");
  const key = `problem.${problem.status}`;
  const words = isKnown(key) ? t(key) : "";
  // The gateway's own words are English: others hear first what kind of trouble it is.
  if (problem.detail)
    return language.value === "en" || !words ? problem.detail : `${words} (${problem.detail})`;
  return words || problem.message || t("state.failed");
}

export function Trouble({ problem, again }) {
  if (problem.is_missing)
    return html`
      <${Empty} icon="info" title=${t("state.not_here")}><p>${t("state.not_here_text")}</p><//>
    `;
  if (problem.status === 403)
    return html`
      <${Empty} icon="block" title=${t("problem.403")}><p>${wordsOf(problem)}</p><//>
    `;
  return html`
    <${Empty} icon="alert" title=${t("state.failed")}>
      <p>${wordsOf(problem)}</p>
      ${
        again &&
        html`
          <button onClick=${again}>
            <${Icon} name="reload" />
            ${t("act.again")}
          </button>
        `
      }
    <//>
  `;
}

/** The answer when it is there, else why not. */
export function Answer({ of, children, lines }) {
  if (of.data !== null && of.data !== undefined) return children(of.data);
  if (of.problem)
    return html`
      <${Trouble} problem=${of.problem} again=${of.again} />
    `;
  return html`
    <${Waiting} lines=${lines} />
  `;
}
