// SPDX-License-Identifier: Apache-2.0
// Earlier policies: who, when, why, what each changed, and the way back to it.
import { useState } from "preact/hooks";

import { ask, get } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { isAdministrator } from "../session.js";
import { Time } from "../when.js";
import { Dialog } from "./dialog.js";
import { Diff } from "./diff.js";
import { Text } from "./hostile.js";
import { Answer, wordsOf } from "./states.js";
import { say } from "./toasts.js";

/** How the document of a revision differs from what is in force, and the way back. */
function Show({ revision, policy, close, again }) {
  const [problem, setProblem] = useState("");
  const of = useAnswer(`revision ${revision.number}`, async () => {
    const { document } = await get(`policy/revisions/${revision.number}`);
    const is_mine = isAdministrator();
    const diff = is_mine ? await ask("POST", "policy/diff", { body: { document } }) : null;
    return { document, diff };
  });
  const back = async () => {
    try {
      const body = { revision: revision.number, expected: policy.revision };
      await ask("POST", "policy/rollback", { body });
      say(t("policy.applied"));
      close();
      again();
    } catch (error) {
      setProblem(wordsOf(error));
    }
  };
  const may = isAdministrator() && !policy.locked && revision.number !== policy.revision;
  return html`
    <${Dialog} kind="wide" title=${t("policy.revision", { n: revision.number })} close=${close}>
      <div class="dialog-body">
        <${Answer} of=${of}>
          ${({ document, diff }) => html`
            ${
              diff &&
              html`
                <p class="quiet">${t("policy.against")}</p>
                <${Diff} text=${diff.text} />
              `
            }
            <details open=${!diff}>
              <summary>${t("policy.document")}</summary>
              <pre class="code" tabindex="0">${document}</pre>
            </details>
          `}
        <//>
        ${problem && html`<p class="error" role="alert">${problem}</p>`}
        <div class="dialog-foot">
          <button onClick=${close}>${t("act.close")}</button>
          ${may && html`<button class="primary" onClick=${back}>${t("policy.rollback")}</button>`}
        </div>
      </div>
    <//>
  `;
}

const Row = ({ revision, current, open }) => html`
  <tr>
    <th scope="row" class="number">
      <button class="link" onClick=${open}>${revision.number}</button>
    </th>
    <td class="small quiet nowrap"><${Time} at=${revision.time} /></td>
    <td><${Text} most=${100}>${revision.author}<//></td>
    <td>
      ${
        revision.of > 0 &&
        html`<span class="mark">${t("policy.back_to", { n: revision.of })}</span>${" "}`
      }
      <${Text} most=${300}>${revision.note || (revision.of ? "" : "–")}<//>
    </td>
    <td class="end">
      ${
        revision.number === current &&
        html`<span class="mark good">${t("policy.current")}</span>`
      }
    </td>
  </tr>
`;

export function Revisions({ of, policy, again }) {
  const [shown, setShown] = useState(null);
  return html`
    <div class="card flush">
      <div class="card-head"><h2>${t("policy.revisions")}</h2></div>
      <${Answer} of=${of} lines=${2}>
        ${({ revisions }) =>
          revisions.length === 0
            ? html`<p class="card-body quiet">${t("policy.no_revisions")}</p>`
            : html`
                <div class="table-frame">
                  <table class="many">
                    <thead>
                      <tr>
                        <th scope="col" class="number">${t("policy.number")}</th>
                        <th scope="col">${t("column.time")}</th>
                        <th scope="col">${t("audit.who")}</th>
                        <th scope="col">${t("policy.note")}</th>
                        <th scope="col"><span class="only-read">${t("layers.state")}</span></th>
                      </tr>
                    </thead>
                    <tbody>
                      ${revisions.map(
                        (one) => html`
                          <${Row}
                            key=${one.number}
                            revision=${one}
                            current=${policy.revision}
                            open=${() => setShown(one)}
                          />
                        `,
                      )}
                    </tbody>
                  </table>
                </div>
              `}
      <//>
    </div>
    ${
      shown &&
      html`
        <${Show}
          revision=${shown}
          policy=${policy}
          close=${() => setShown(null)}
          again=${again}
        />
      `
    }
  `;
}
