// SPDX-License-Identifier: Apache-2.0
// The pages: address, words in the navigation, who sees them, and the module that is fetched when
// somebody goes there.
import { hasMail, hasQuarantine, ranks } from "./session.js";

const own = (path, name, icon, load, is_shown = () => true) => ({
  path,
  name,
  icon,
  load,
  group: "mine",
  is_shown: () => hasMail() && is_shown(),
});
const admin = (group, path, name, icon, load, role = "helpdesk", props = {}) => ({
  path,
  name,
  icon,
  load,
  group,
  props,
  is_shown: () => ranks(role),
});
const all = { all: true };

export const routes = [
  admin(
    "overview",
    "/admin",
    "dashboard",
    "dashboard",
    () => import("./pages/dashboard.js"),
    "domain",
  ),
  admin("overview", "/admin/search", "search", "search", () => import("./pages/search.js")),
  own(
    "/quarantine",
    "quarantine",
    "quarantine",
    () => import("./pages/quarantine.js"),
    hasQuarantine,
  ),
  own("/lists", "lists", "lists", () => import("./pages/lists.js")),
  own("/log", "log", "log", () => import("./pages/log.js")),
  admin("mail", "/admin/quarantine", "review", "quarantine", () => import("./pages/review.js")),
  admin("mail", "/admin/log", "all_log", "log", () => import("./pages/log.js"), "helpdesk", all),
  admin("mail", "/admin/queue", "queue", "queue", () => import("./pages/queue.js"), "domain"),
  admin(
    "filtering",
    "/admin/lists",
    "all_lists",
    "lists",
    () => import("./pages/lists.js"),
    "domain",
    all,
  ),
  admin(
    "filtering",
    "/admin/layers",
    "layers",
    "layers",
    () => import("./pages/layers.js"),
    "auditor",
  ),
  admin(
    "filtering",
    "/admin/policy",
    "policy",
    "policy",
    () => import("./pages/policy.js"),
    "auditor",
  ),
  admin(
    "gateway",
    "/admin/domains",
    "domains",
    "domains",
    () => import("./pages/domains.js"),
    "auditor",
  ),
  admin("gateway", "/admin/users", "users", "users", () => import("./pages/users.js"), "auditor"),
  admin(
    "gateway",
    "/admin/system",
    "system",
    "system",
    () => import("./pages/system.js"),
    "auditor",
  ),
  admin("gateway", "/admin/audit", "audit", "audit", () => import("./pages/audit.js"), "auditor"),
  {
    path: "/preferences",
    name: "preferences",
    icon: "preferences",
    group: "end",
    load: () => import("./pages/preferences.js"),
    is_shown: () => true,
  },
  {
    path: "/help",
    name: "help",
    icon: "help",
    group: "end",
    load: () => import("./pages/help.js"),
    is_shown: () => true,
  },
];

const message = { name: "message", load: () => import("./pages/message.js"), is_shown: () => true };

/** Where a signed-in person lands. */
export function home() {
  if (ranks("domain")) return "/admin";
  if (hasMail()) return hasQuarantine() ? "/quarantine" : "/lists";
  return ranks("helpdesk") ? "/admin/search" : "/preferences";
}

/** The route of an address, with what is in it; null when there is none. */
export function routeOf(path) {
  const clean = path.replace(/\/+$/, "") || "/";
  if (clean === "/") return routeOf(home());
  const [, id] = /^\/message\/(.+)$/.exec(clean) ?? [];
  if (id) return { ...message, props: { id: decodeURIComponent(id) } };
  const [, topic] = /^\/help\/([\w-]+)$/.exec(clean) ?? [];
  if (topic) return { ...routes.at(-1), props: { topic } };
  const route = routes.find((one) => one.path === clean);
  return route?.is_shown() ? route : null;
}
