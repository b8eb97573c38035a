// SPDX-License-Identifier: Apache-2.0
// The certificate that was handed in: another in its place, or none.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useGet } from "../load.js";
import { HandIn } from "./certificate_offer.js";
import { Confirm, Dialog } from "./dialog.js";
import { Icon } from "./icons.js";
import { complain, say } from "./toasts.js";

/** Buttons for the head of the card: hand one in, or take it away. `done`: what is shown is old. */
export function CertificateTools({ done }) {
  const of = useGet("certificate");
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  if (!of.data?.uses.some((place) => !place.locked)) return null;
  const renewed = () => (of.again(), done());
  const drop = () =>
    ask("DELETE", "certificate")
      .then(() => (say(t("certificate.dropped")), close(), renewed()))
      .catch(complain);
  return html`
    <span class="row">
      ${
        of.data.certificate &&
        html`<button class="little bare" onClick=${() => setOpen("drop")}>${t("certificate.drop")}</button>`
      }
      <button class="little" onClick=${() => setOpen("hand in")}>
        <${Icon} name="plus" />
        ${t(of.data.certificate ? "certificate.renew" : "certificate.hand_in")}
      </button>
      ${
        open === "hand in" &&
        html`
          <${Dialog} title=${t("certificate.title")} close=${close}>
            <${HandIn} of=${of.data} done=${() => (close(), renewed())} />
          <//>
        `
      }
      ${
        open === "drop" &&
        html`
          <${Confirm}
            danger
            title=${t("certificate.drop")}
            text=${t("certificate.drop_text")}
            act=${t("certificate.drop")}
            done=${drop}
            close=${close}
          />
        `
      }
    </span>
  `;
}
