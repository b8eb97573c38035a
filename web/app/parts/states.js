// SPDX-License-Identifier: Apache-2.0
// What stands where nothing is yet: empty, waiting, trouble.
import { html } from "../html.js";
import { isKnown, language, t } from "../i18n.js";
import { brief } from "../when.js";
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

/** A problem in plain words. The gateway's own are English: others hear what kind it is. */
export function wordsOf(problem) {
  if (problem.title === "unreachable") return t("state.unreachable");
  const [type, status] = [`problem.${problem.type}`, `problem.${problem.status}`];
  const { detail } = problem;
  if (detail && language.value === "en") return detail;
  if (isKnown(type)) return t(type);
  const words = isKnown(status) ? t(status) : "";
  if (detail) return words ? `${words} (${detail})` : detail;
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

/** Above an answer that could not be asked for again. */
const Stale = ({ of }) =>
  of.problem &&
  html`
    <div class="notice warn stale" role="status">
      <${Icon} name="alert" />
      <span class="grow">
        ${t("state.stale")}${" "}${wordsOf(of.problem)}${" "}
        ${of.at && t("state.stale_since", { when: brief(of.at) })}
      </span>
      <button class="little" onClick=${of.again}>${t("act.again")}</button>
    </div>
  `;

/** What answered another question stands there until this one is answered: nobody can act on it. */
const Shown = ({ of, children }) => html`
  <${Stale} of=${of} />
  <div class=${`shown ${of.is_old ? "old" : ""}`} inert=${of.is_old}>${children}</div>
`;

/** The answer when it is there, else why not. */
export function Answer({ of, children, lines }) {
  if (of.data !== null && of.data !== undefined)
    return html`<${Shown} of=${of}>${children(of.data)}<//>`;
  if (of.problem)
    return html`
      <${Trouble} problem=${of.problem} again=${of.again} />
    `;
  return html`
    <${Waiting} lines=${lines} />
  `;
}

/** Rows when there are any, `empty` where there are none; else waiting or trouble. */
export function Loaded({ of, is_empty, empty, children }) {
  if (of.is_loaded) return html`<${Shown} of=${of}>${is_empty ? empty : children}<//>`;
  if (of.problem) return html`<${Trouble} problem=${of.problem} again=${of.again} />`;
  return html`<${Waiting} />`;
}

export const NoMatch = () => html`
  <${Empty} icon="search" title=${t("rows.no_match")}><p>${t("rows.no_match_text")}</p><//>
`;

/** Under a table that has more rows than it shows. */
export const Foot = ({ of }) =>
  of.more &&
  html`
    <div class="list-foot">
      <button class="bare" disabled=${of.busy} onClick=${of.next}>${t("rows.more")}</button>
    </div>
  `;
