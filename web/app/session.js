// SPDX-License-Identifier: Apache-2.0
// Who is signed in, and what that lets the pages show. The gateway decides; this only hides.
import { ask, useCsrf } from "./gate.js";
import { hasChosenLanguage, language, speak } from "./i18n.js";
import { Store } from "./store.js";

export const session = new Store(null);

const reaches = { user: 0, helpdesk: 1, domain: 2, auditor: 3, administrator: 4 };
const rankOf = (role) => reaches[role] ?? 0;

/** Fills what an older gateway does not say. */
function completed(said) {
  const account = { name: "", role: "user", addresses: [], domains: [], ...said.account };
  return {
    features: {},
    thresholds: {},
    tag: "[S_P_A_M] ",
    hostname: "",
    version: "",
    ...said,
    account,
  };
}

/** A gateway without accounts answers its own user alone, who may do all. */
const owner = { account: { name: "", role: "administrator" }, is_local: true };

export async function begin() {
  let said;
  try {
    said = await ask("GET", "session");
  } catch (problem) {
    if (!problem.is_missing) throw problem;
    said = owner;
  }
  useCsrf(said.csrf);
  const next = completed(said);
  if (!hasChosenLanguage() && next.account.language && next.account.language !== language.value)
    await speak(next.account.language, { remember: false });
  session.set(next);
}

/** Whether the account ranks at least so high: "domain", "auditor", "administrator". */
export const ranks = (role) => rankOf(session.value?.account.role) >= reaches[role];
export const isAdministrator = () => session.value?.account.role === "administrator";
/** Who only reads: the auditor. */
export const mayAct = () => session.value?.account.role !== "auditor";
/** The help desk acts for people without reading their mail. */
export const mayRead = () => session.value?.account.role !== "helpdesk";
/** Whether there is mail of one's own. */
export const hasMail = () =>
  (session.value?.account.addresses.length ?? 0) > 0 || !ranks("helpdesk");
export const hasQuarantine = () => session.value?.features.quarantine !== false;

export const scopes = () => {
  const { account } = session.value;
  return ranks("administrator")
    ? ["user", "domain", "global"]
    : ranks("domain") && account.role !== "auditor"
      ? ["user", "domain"]
      : ["user"];
};
