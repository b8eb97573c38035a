// SPDX-License-Identifier: Apache-2.0
// "Would have affected n messages in the last 30 days", asked as somebody writes.
import { useEffect, useState } from "preact/hooks";

import { get } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { kindOf } from "./entries.js";

export const impactOf = (entry, list, scope, signal) =>
  get("lists/preview", { entry, list, scope }, signal);

export function useImpact(entry, list, scope) {
  const [impact, setImpact] = useState(null);
  useEffect(() => {
    setImpact(null);
    if (!kindOf(entry)) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      impactOf(entry, list, scope, stop.signal)
        .then(setImpact)
        .catch(() => {});
    }, 350);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [entry, list, scope]);
  return impact;
}

export const impactWords = (impact) =>
  impact.would_have_hit === 0
    ? t("impact.none")
    : t("impact.some", { n: impact.would_have_hit, of: impact.looked_at });

export function Preview({ entry, list, scope }) {
  const impact = useImpact(entry, list, scope);
  return html`
    <p class="hint" role="status">
      ${impact ? impactWords(impact) : " "}
      ${impact?.public_suffix && html`${" "}<strong>${t("entry.is_top")}</strong>`}
    </p>
  `;
}
