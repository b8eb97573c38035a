// SPDX-License-Identifier: Apache-2.0
// The brake on an account as a mark, and what people do about it.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { full } from "../when.js";
import { Dialog } from "./dialog.js";
import { Select } from "./field.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { complain, say } from "./toasts.js";

const kinds = { none: "good", slow: "warn", hold: "bad", lock: "bad" };
const icons = { none: "allow", slow: "clock", hold: "quarantine", lock: "block" };
const isExempt = (one) => one.exempt_until && new Date(one.exempt_until) > new Date();

export const BrakeMark = ({ one }) => html`
  <span class=${`mark ${kinds[one.brake]}`}>
    <${Icon} name=${icons[one.brake]} />${" "}${t(`brake.is_${one.brake}`)}
  </span>
  ${
    isExempt(one) &&
    html`${" "}<span class="mark">${t("brake.exempt_until", { when: full(one.exempt_until) })}</span>`
  }
`;

const spans = () =>
  [
    ["1 h", t("brake.hours", { n: 1 })],
    ["4 h", t("brake.hours", { n: 4 })],
    ["24 h", t("brake.hours", { n: 24 })],
    ["7 days", t("brake.days", { n: 7 })],
    ["30 days", t("brake.days", { n: 30 })],
  ];

/** Asks how long, says what it means, does it. `act`: lock, exempt, release, resume, disable. */
function Order({ one, act, close, done }) {
  const [time, setTime] = useState(act === "exempt" ? "7 days" : "24 h");
  const [busy, setBusy] = useState(false);
  const has_time = act === "lock" || act === "exempt";
  const order = async () => {
    setBusy(true);
    try {
      const query = { account: one.account, ...(has_time && { for: time }) };
      const answer = await ask("POST", `accounts/${act}`, { query });
      say(t(answer.problem ? "brake.hook_failed" : `brake.${act}_done`, { account: one.account }), {
        bad: Boolean(answer.problem),
      });
      done();
    } catch (problem) {
      complain(problem);
    }
    close();
  };
  return html`
    <${Dialog} title=${t(`brake.${act}`)} close=${close}>
      <div class="dialog-body stack">
        <p>
          <strong><${Text} most=${200}>${one.account}<//></strong>
          <br />
          ${t(`brake.${act}_text`)}
        </p>
        ${
          has_time &&
          html`
            <${Select} label=${t("brake.how_long")} options=${spans()} value=${time} onValue=${setTime} />
          `
        }
        <div class="dialog-foot">
          <button onClick=${close}>${t("act.cancel")}</button>
          <button class=${act === "lock" || act === "disable" ? "danger" : "primary"} disabled=${busy} onClick=${order}>
            ${t(`brake.${act}`)}
          </button>
        </div>
      </div>
    <//>
  `;
}

export function BrakeActs({ one, hook, again, little }) {
  const [act, setAct] = useState("");
  const acts = [
    one.brake !== "none" && "release",
    one.brake !== "lock" && "lock",
    isExempt(one) ? "resume" : "exempt",
    hook && "disable",
  ].filter(Boolean);
  return html`
    <span class=${little ? "row-acts" : "row"}>
      ${acts.map(
        (name) => html`
          <button
            key=${name}
            class=${`${little ? "little bare" : ""} ${name === "lock" || name === "disable" ? "danger" : ""}`}
            onClick=${() => setAct(name)}
          >
            ${t(`brake.${name}`)}
          </button>
        `,
      )}
    </span>
    ${act && html`<${Order} one=${one} act=${act} close=${() => setAct("")} done=${again} />`}
  `;
}
