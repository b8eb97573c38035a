// SPDX-License-Identifier: Apache-2.0
// The pages: address, words in the navigation, who sees them, and the module that is fetched when
// somebody goes there.
import { learn } from "./i18n.js";
import { hasMail, hasQuarantine, ranks } from "./session.js";

const own = (path, name, icon, load, is_shown = () => true) => ({
  path,
  name,
  icon,
  load,
  group: "mine",
  is_shown: () => hasMail() && is_shown(),
});
const admin = (role, group, path, name, icon, load, props = {}) => ({
  path,
  name,
  icon,
  load,
  group,
  props,
  is_shown: () => ranks(role),
});
const all = { all: true };

/** A page whose words are fetched with it. */
const worded = (load, ...names) => {
  const parts = () => [load(), ...["later", ...names].map(learn)];
  return async () => (await Promise.all(parts()))[0];
};
const later = (load) => worded(load);
const staff = (load) => worded(load, "staff");

const dashboard = () => import("./pages/dashboard.js");
const search = staff(() => import("./pages/search.js"));
const quarantine = () => import("./pages/quarantine.js");
const lists = later(() => import("./pages/lists.js"));
const log = later(() => import("./pages/log.js"));
const review = later(() => import("./pages/review.js"));
const queue = staff(() => import("./pages/queue.js"));
const layers = staff(() => import("./pages/layers.js"));
const rules = staff(() => import("./pages/rules.js"));
const policy = staff(() => import("./pages/policy.js"));
const domains = staff(() => import("./pages/domains.js"));
const outbound = staff(() => import("./pages/outbound.js"));
const users = staff(() => import("./pages/users.js"));
const system = staff(() => import("./pages/system.js"));
const audit = staff(() => import("./pages/audit.js"));

export const routes = [
  admin("domain", "overview", "/admin", "dashboard", "dashboard", dashboard),
  admin("helpdesk", "overview", "/admin/search", "search", "search", search),
  own("/quarantine", "quarantine", "quarantine", quarantine, hasQuarantine),
  own("/lists", "lists", "lists", lists),
  own("/log", "log", "log", log),
  admin("helpdesk", "mail", "/admin/quarantine", "review", "quarantine", review),
  admin("helpdesk", "mail", "/admin/log", "all_log", "log", log, all),
  admin("domain", "mail", "/admin/queue", "queue", "queue", queue),
  admin("domain", "mail", "/admin/outbound", "outbound", "external", outbound),
  admin("domain", "filtering", "/admin/lists", "all_lists", "lists", lists, all),
  admin("auditor", "filtering", "/admin/layers", "layers", "layers", layers),
  admin("auditor", "filtering", "/admin/rules", "rules", "test", rules),
  admin("auditor", "filtering", "/admin/policy", "policy", "policy", policy),
  admin("domain", "gateway", "/admin/domains", "domains", "domains", domains),
  admin("domain", "gateway", "/admin/users", "users", "users", users),
  admin("auditor", "gateway", "/admin/system", "system", "system", system),
  admin("auditor", "gateway", "/admin/audit", "audit", "audit", audit),
  {
    path: "/preferences",
    name: "preferences",
    icon: "preferences",
    group: "end",
    load: worded(() => import("./pages/preferences.js"), "own"),
    is_shown: () => true,
  },
  {
    path: "/help",
    name: "help",
    icon: "help",
    group: "end",
    load: later(() => import("./pages/help.js")),
    is_shown: () => true,
  },
];

const message = {
  name: "message",
  load: worded(() => import("./pages/message.js"), "message"),
  is_shown: () => true,
};

/** Where a signed-in person lands. */
export function home() {
  if (ranks("domain")) return "/admin";
  if (hasMail()) return hasQuarantine() ? "/quarantine" : "/lists";
  return ranks("helpdesk") ? "/admin/search" : "/preferences";
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no message has such an id; the page says so
  }
}

/** The route of an address, with what is in it; null when there is none. */
export function routeOf(path) {
  const clean = path.replace(/\/+$/, "") || "/";
  if (clean === "/") return routeOf(home());
  const [, id] = /^\/message\/(.+)$/.exec(clean) ?? [];
  if (id) return { ...message, props: { id: decoded(id) } };
  const [, topic] = /^\/help\/([\w-]+)$/.exec(clean) ?? [];
  if (topic) return { ...routes.at(-1), props: { topic } };
  const route = routes.find((one) => one.path === clean);
  return route?.is_shown() ? route : null;
}
