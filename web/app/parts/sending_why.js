// SPDX-License-Identifier: Apache-2.0
// Why an account is braked, in words: the gateway says "burst: 80 where 60 is the limit".
import { isKnown, t } from "../i18n.js";

/** { reason, count, limit }; nothing where it is in somebody's own words. */
export function brakeReason(text) {
  const [, reason, count, limit] = /^(\w+): (\d+) where (\d+) is the limit/.exec(text) ?? [];
  return { reason, count: Number(count), limit: Number(limit) };
}

export function brakeWhy(text) {
  const { reason, count, limit } = brakeReason(text);
  const key = `sending.why_${reason}`;
  if (reason && isKnown(key)) return t(key, { count, limit });
  return text === "locked by an administrator" ? t("sending.why_locked") : text;
}
