// SPDX-License-Identifier: Apache-2.0
// The administrator's notice, and where to ask.
import { html } from "../html.js";
import { language, t } from "../i18n.js";
import { session } from "../session.js";
import { Icon } from "./icons.js";

const safe = (url) => /^(https?|mailto|tel):/i.test(url);

/** What the administrator wants to be read; the other language's where there is none. */
export function noticeText() {
  const { en = "", ja = "" } = session.value.notice?.text ?? {};
  return language.value === "ja" ? ja || en : en || ja;
}

export function Contact() {
  const { url, phone } = session.value.notice ?? {};
  const words = noticeText();
  if (!words && !url && !phone) return null;
  return html`
    <div class="notice">
      <${Icon} name="info" />
      <div>
        ${
          words &&
          html`
            <p>${words}</p>
          `
        }
        <p>
          ${t("contact.ask")}${" "}${
            url &&
            (safe(url)
              ? html`
                  <a href=${url} target="_blank" rel="noreferrer noopener">${url}</a>
                `
              : url)
          }
          ${url && phone && " · "}${phone}
        </p>
      </div>
    </div>
  `;
}
