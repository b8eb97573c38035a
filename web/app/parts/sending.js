// SPDX-License-Identifier: Apache-2.0
// On every page of somebody whose account is braked: what that means, why, and what to do.
import { html } from "../html.js";
import { rich, t } from "../i18n.js";
import { session } from "../session.js";
import { Time, full } from "../when.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { brakeWhy } from "./sending_why.js";

export default function Sending() {
  const { sending } = session.value;
  return html`
    <div class="page">
      <section class=${`notice ${sending.brake === "slow" ? "warn" : "bad"}`} role="status">
        <${Icon} name="alert" />
        <div class="stack tight">
          <strong>${t(`sending.${sending.brake}`)}</strong>
          <span>
            ${rich("sending.because", {
              account: html`<${Text} most=${200}>${sending.account}<//>`,
              why: html`<${Text} most=${300}>${brakeWhy(sending.why)}<//>`,
            })}
            ${
              sending.until &&
              html`${" "}${rich("sending.until", {
                until: html`<${Time} at=${sending.until} as=${full} />`,
              })}`
            }
          </span>
          <span>${t("sending.advice")}${" "}<a href="/help/braked">${t("sending.more")}</a></span>
        </div>
      </section>
    </div>
  `;
}
