// SPDX-License-Identifier: Apache-2.0
// What an allow or block entry can be, and which forms fit a sender.
import { isAdministrator, session } from "../session.js";

const freeMail = new Set([
  "gmail.com",
  "googlemail.com",
  "outlook.com",
  "hotmail.com",
  "live.com",
  "yahoo.com",
  "yahoo.co.jp",
  "icloud.com",
  "me.com",
  "aol.com",
  "gmx.de",
  "gmx.net",
  "web.de",
  "proton.me",
  "protonmail.com",
  "docomo.ne.jp",
  "ezweb.ne.jp",
  "au.com",
  "softbank.ne.jp",
  "i.softbank.jp",
  "nifty.com",
  "ocn.ne.jp",
]);
const secondLevel = /^(co|ac|or|ne|go|gr|ed|lg|com|net|org|gov|edu)\.[a-z]{2}$/;

/** address, domain, network, or "" for none of them. */
export function kindOf(text) {
  const entry = text.trim().toLowerCase();
  if (!entry || /\s/.test(entry)) return "";
  if (/^[0-9.]+(\/\d+)?$/.test(entry) || (entry.includes(":") && /^[0-9a-f:./]+$/.test(entry)))
    return "network";
  const at = entry.lastIndexOf("@");
  if (at > 0) return entry.length > at + 1 ? "address" : "";
  return "domain";
}

/** Worth proposing as a whole: not all of .com or .co.jp. What is one for sure the gateway knows. */
const isOwn = (domain) => domain.includes(".") && !secondLevel.test(domain);

/** The forms to choose from for a sender, the one to propose first; none where it names nobody. */
export function formsFor(address) {
  const at = address.lastIndexOf("@");
  const [local, domain] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
  if (at < 1 || !domain || kindOf(address) !== "address") return [];
  const labels = domain.split(".");
  const parents = labels
    .slice(1, -1)
    .map((_, place) => labels.slice(place + 1).join("."))
    .filter(isOwn);
  const domains = isOwn(domain) ? [["domain", domain]] : [];
  const parts = parents.slice(0, 2).map((parent) => ["part", parent]);
  const own = ["address", address];
  // A new address for every message: only its domain can be meant.
  const is_generated = /[=+]|\d{5,}|[0-9a-f]{12,}/i.test(local) && !freeMail.has(domain);
  return is_generated ? [...domains, own, ...parts] : [own, ...domains, ...parts];
}

export const isFreeMail = (address) => freeMail.has(address.split("@").pop());

/** The scope as the API writes it. */
export function scopeText(scope, recipient) {
  const owner = recipient || session.value.account.addresses[0] || "";
  if (scope === "user" && session.value.account.addresses.includes(owner)) return "own";
  if (scope === "global") return "global";
  if (scope === "domain") return `domain:${owner.split("@").pop()}`;
  return owner ? `user:${owner}` : isAdministrator() ? "global" : "";
}
