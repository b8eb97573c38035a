// SPDX-License-Identifier: Apache-2.0
// The links of a message: what people read, how it is written, where it leads. Nothing to click on.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Text } from "./hostile.js";

/** "bank.example" in "https://www.bank.example/login"; "" where a text names no place. */
const placeIn = (text) =>
  /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?:[/:?#]|\s*$)/iu
    .exec(text ?? "")?.[1]
    .toLowerCase() ?? "";
const bare = (host) => host.replace(/^www\./, "");

/** The text names a place that the link does not lead to. */
export function misleads({ text, host }) {
  const [said, real] = [bare(placeIn(text)), bare((host ?? "").toLowerCase())];
  return Boolean(said && real && !real.startsWith("xn--")) &&
    said !== real && !real.endsWith(`.${said}`) && !said.endsWith(`.${real}`);
}

const marksOf = (link) =>
  [
    misleads(link) && ["bad", t("link.misleads")],
    link.hidden && ["warn", t("link.hidden")],
    link.source === "picture_code" && ["", t("link.picture_code")],
    link.source === "document" && ["", t("link.document")],
  ].filter(Boolean);

const One = ({ link }) => {
  const { text, url, resolved } = link;
  const is_named = text && text.trim() !== url;
  return html`
    <li class="stack tight">
      <div class="row">
        ${is_named && html`<span><${Text} most=${200}>${text}<//></span>`}
        ${marksOf(link).map(([kind, words]) => html`<span class=${`mark ${kind}`}>${words}</span>`)}
      </div>
      <div class="mono break"><${Text} most=${500}>${url}<//></div>
      ${
        resolved &&
        resolved !== url &&
        html`
          <div class="quiet break">
            ${t("link.leads_to")}${" "}<span class="mono"><${Text} most=${500}>${resolved}<//></span>
          </div>
        `
      }
    </li>
  `;
};

export const Links = ({ list, open }) =>
  list?.length > 0 &&
  html`
    <details open=${open}>
      <summary>${t("mail.links", { n: list.length })}</summary>
      <ul class="bare small stack">
        ${list.map((link, at) => html`<${One} key=${at} link=${link} />`)}
      </ul>
    </details>
  `;
