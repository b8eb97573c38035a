// SPDX-License-Identifier: Apache-2.0
// How far back a page looks.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Segmented } from "./field.js";

/** The spans of the gate, and their words. */
export const spans = {
  "1 h": "span.hour",
  "24 h": "span.day",
  "7 days": "span.week",
  "30 days": "span.month",
};

/** A choice between some of them. */
export const SpanChoice = ({ offered, since, change }) => html`
  <${Segmented}
    quiet
    label=${t("span.label")}
    value=${since}
    onValue=${(next) => change({ since: next })}
    options=${offered.map((one) => [one, t(spans[one])])}
  />
`;
