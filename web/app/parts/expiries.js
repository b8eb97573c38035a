// SPDX-License-Identifier: Apache-2.0
import { t } from "../i18n.js";

/** How long an entry counts: what the API takes, and the words. */
export const expiries = () => [
  ["", t("expiry.never")],
  ["7 days", t("expiry.week")],
  ["30 days", t("expiry.month")],
  ["365 days", t("expiry.year")],
];
