// SPDX-License-Identifier: Apache-2.0
// A message beside the list: who, what, why, its text, and what can be done with it. The list stays
// in use: keys go on moving through it.
import { useEffect, useRef } from "preact/hooks";

import { ask, get } from "../gate.js";
import { html } from "../html.js";
import { bytes, t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { mayRead, session } from "../session.js";
import { Time, full } from "../when.js";
import { Text, authorOf } from "./hostile.js";
import { Icon } from "./icons.js";
import { Links } from "./links.js";
import { Outcome, ScoreBar } from "./marks.js";
import { reasonWords } from "./reasons.js";
import { Answer } from "./states.js";

/** The text that the sandbox made of it; from a gateway that makes none, the source's beginning. */
async function previewOf(id) {
  const path = `messages/${encodeURIComponent(id)}`;
  try {
    return await get(`${path}/preview`);
  } catch (problem) {
    if (!problem.is_missing) throw problem;
    const source = await ask("GET", `${path}/content`);
    return { text: source.slice(0, 4096), source: "raw", truncated: source.length > 4096 };
  }
}

/** `is_whole`: on a page of its own, where there is room for its links. */
export const MailText = ({ id, is_whole }) =>
  mayRead()
    ? html`
        <${Shown} id=${id} is_whole=${is_whole} />
      `
    : html`
        <p class="hint">${t("mail.not_yours")}</p>
      `;

function Shown({ id, is_whole }) {
  const answer = useAnswer(id, () => previewOf(id));
  return html`
    <${Answer} of=${answer} lines=${6}>
      ${(mail) => html`
        <div class="stack tight">
          ${
            mail.source === "raw" &&
            html`
              <p class="hint">${t("mail.raw_note")}</p>
            `
          }
          <div
            class=${`mail-text ${mail.source === "raw" ? "raw" : ""}`}
            tabindex="0"
            role="region"
            aria-label=${t("mail.text")}
          >
            <${Text} most=${65536}>${mail.text || t("mail.no_text")}<//>
          </div>
          ${
            mail.truncated &&
            html`
              <p class="hint">${t("mail.truncated")}</p>
            `
          }
          <${Links} list=${mail.links} open=${is_whole && mail.links?.length <= 10} />
          ${
            mail.parts?.length > 1 &&
            html`
              <details>
                <summary>${t("mail.parts", { n: mail.parts.length })}</summary>
                <ul class="bare small">
                  ${mail.parts.map(
                    (part) => html`
                      <li>
                        <${Text} most=${200}>${part.filename || part.type}<//>
                        ${" "}
                        <span class="quiet">${bytes(part.size ?? 0)}</span>
                      </li>
                    `,
                  )}
                </ul>
              </details>
            `
          }
          <p class="hint">${t("mail.safe_note")}</p>
        </div>
      `}
    <//>
  `;
}

export function Heading({ row, id }) {
  const { name, address } = authorOf(row.from, row.sender);
  return html`
    <div class="stack tight">
      <h2 class="subject-line clamp" id=${id}>
        <${Text} most=${1000}>${row.subject || t("mail.no_subject")}<//>
      </h2>
      <dl class="facts small">
        <dt>${t("mail.from")}</dt>
        <dd>
          ${
            name &&
            html`
              <span class="strong"><${Text} most=${120}>${name}<//></span>
              ${" "}
            `
          }
          <${Text}>${address}<//>
        </dd>
        ${
          row.sender &&
          row.sender !== address &&
          html`
            <dt>${t("mail.envelope")}</dt>
            <dd><${Text}>${row.sender}<//></dd>
          `
        }
        <dt>${t("mail.to")}</dt>
        <dd><${Text}>${row.recipient}<//></dd>
        <dt>${t("mail.when")}</dt>
        <dd><${Time} at=${row.time ?? row.received_at} as=${full} /></dd>
      </dl>
    </div>
  `;
}

/** `acts(row)`: buttons for the foot of the panel. */
export default function Peek({ row, close, move, acts }) {
  const ref = useRef(null);
  const last = useRef(row.id);
  useEffect(() => {
    const heading = ref.current.querySelector("h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    ref.current.scrollTop = 0;
    last.current = row.id;
  }, [row.id]);
  useEffect(
    () => () =>
      document
        .getElementById(`row-${last.current}`)
        ?.querySelector("a.subject")
        ?.focus({ preventScroll: true }),
    [],
  );
  const is_stored = row.state
    ? row.state === "held" || row.state === "waiting"
    : row.delivery === "held";
  return html`
    <aside class="peek" ref=${ref} aria-label=${t("peek.title")}>
      <div class="panel-head">
        <button class="bare only-icon" aria-label=${t("keys.previous")} onClick=${() => move(-1)}>
          <${Icon} name="back" />
        </button>
        <button class="bare only-icon" aria-label=${t("keys.next")} onClick=${() => move(1)}>
          <${Icon} name="next" />
        </button>
        <span class="grow"></span>
        <a class="button bare little" href=${`/message/${row.id}`}>${t("peek.details")}</a>
        <button class="bare only-icon" aria-label=${t("act.close")} onClick=${close}>
          <${Icon} name="close" />
        </button>
      </div>
      <div class="card-body stack">
        <${Heading} row=${row} />
        <div class="row">
          ${
            row.action &&
            html`
              <div><${Outcome} row=${row} /></div>
            `
          }
          <span><${Text} most=${300}>${reasonWords(row)}<//></span>
        </div>
        <${ScoreBar}
          score=${row.score ?? 0}
          thresholds=${session.value.thresholds}
          action=${row.action ?? "quarantine"}
        />
        ${
          is_stored &&
          html`
            <${MailText} id=${row.id} />
          `
        }
        ${
          !is_stored &&
          html`
            <p class="hint">${t("mail.not_kept")}</p>
          `
        }
      </div>
      ${
        acts &&
        html`
          <div class="panel-acts row">${acts(row)}</div>
        `
      }
    </aside>
  `;
}
