// SPDX-License-Identifier: Apache-2.0
// Why an account is braked, in words: the gateway says "burst: 80 where 60 is the limit".
import { isKnown, t } from "../i18n.js";

export function brakeWhy(text) {
  const [, reason, count, limit] = /^(\w+): (\d+) where (\d+) is the limit/.exec(text) ?? [];
  const key = `sending.why_${reason}`;
  if (reason && isKnown(key)) return t(key, { count: Number(count), limit: Number(limit) });
  return text === "locked by an administrator" ? t("sending.why_locked") : text;
}
