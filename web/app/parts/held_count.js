// SPDX-License-Identifier: Apache-2.0
// How many messages are held, beside the words of the navigation.
import { useEffect } from "preact/hooks";

import { get } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { useAnswer, useRefresh } from "../load.js";
import { useStore } from "../store.js";
import { dealt } from "./toasts.js";

export function HeldCount({ mine }) {
  const query = mine ? { mine: "true" } : {};
  const of = useAnswer(`held ${mine}`, () => get("quarantine/count", query).catch(() => ({})));
  const deeds = useStore(dealt);
  useRefresh(of.again, 60);
  useEffect(() => {
    if (deeds) of.again();
  }, [deeds]);
  if (!of.data?.held) return null;
  return html`
    <span class="count" aria-hidden="true">${number(of.data.held)}</span>
    <span class="only-read">${t("nav.held", { n: of.data.held })}</span>
  `;
}
