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

/** address, domain, network, top (a whole top-level domain), or "" for none of them. */
export function kindOf(text) {
  const entry = text.trim().toLowerCase();
  if (!entry || /\s/.test(entry)) return "";
  if (/^[0-9.]+(\/\d+)?$/.test(entry) || (entry.includes(":") && /^[0-9a-f:./]+$/.test(entry)))
    return "network";
  const at = entry.lastIndexOf("@");
  if (at > 0) return entry.length > at + 1 ? "address" : "";
  return entry.replace(/^[@.]/, "").includes(".") ? "domain" : "top";
}

/** The forms to choose from for a sender, the one to propose first. */
export function formsFor(address) {
  const [local, domain = ""] = [
    address.slice(0, address.lastIndexOf("@")),
    address.split("@").pop(),
  ];
  if (!domain) return [];
  const labels = domain.split(".");
  const parents = [];
  for (let at = 1; at < labels.length - 1; ++at) {
    const parent = labels.slice(at).join(".");
    if (!secondLevel.test(parent)) parents.push(parent);
  }
  const forms = [
    ["address", address],
    ["domain", domain],
    ...parents.slice(0, 2).map((parent) => ["part", parent]),
  ];
  // A new address for every message: only its domain can be meant.
  const is_generated = /[=+]|\d{5,}|[0-9a-f]{12,}/i.test(local);
  return is_generated && !freeMail.has(domain) ? [forms[1], forms[0], ...forms.slice(2)] : forms;
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
