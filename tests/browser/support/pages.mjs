// SPDX-License-Identifier: Apache-2.0
// Every page there is, as routes, tabs, topics and steps of the sources name them: one that is
// added is looked at by every check without anybody's doing.
import { readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(`../../../web/${path}`, import.meta.url), "utf8");
/** What the pattern's first group takes in that file, each once; nothing at all is an error. */
function named(path, pattern) {
  const names = [...read(path).matchAll(pattern)].map(([, name]) => name);
  if (!names.length) throw new Error(`${path} names none: ${pattern}`);
  return [...new Set(names)];
}

const routes = named("app/routes.js", /"(\/[a-z][\w/-]*)"/g);
const topics = JSON.parse(read("app/help.en.json")).topics.map(({ name }) => name);
const [views] = named("app/pages/outbound.js", /const views = (\{[^}]*\})/g);
const views_named = [...views.matchAll(/(\w+): \w/g)].map(([, name]) => name);
const steps = named("front/setup.cpp", /\{"(\w+)",\s*&Setup::/g);
const fronts = named("front/front.cpp", /path == "(\/[\w-]+)"/g);

const tabs = {
  "/admin/outbound": [...views_named.map((name) => `tab=${name}`), "account=carol%40example.org"],
  "/admin/rules": named("app/pages/rules.js", /tab === "(\w+)"/g).map((name) => `tab=${name}`),
  "/admin/system": named("app/pages/system.js", /tab === "(\w+)"/g).map((name) => `tab=${name}`),
};
const asked = {
  "/sign-in": ["/sign-in", "/sign-in?expired=1&next=/log"],
  "/setup": ["/setup?token=l_spent"],
  "/digest": ["/digest?d=spent"],
};

const is_staffs = (path) => path.startsWith("/admin");
export const pages = {
  user: [...routes.filter((path) => !is_staffs(path)), ...topics.map((name) => `/help/${name}`)],
  administrator: routes
    .filter(is_staffs)
    .flatMap((path) => [path, ...(tabs[path] ?? []).map((query) => `${path}?${query}`)])
    .map((path) => (path === "/admin/search" ? `${path}?q=lottery` : path)),
};

/** How somebody asks who has not signed in: one that nobody says it for is asked for as it is. */
const askedAs = (path) => asked[path] ?? [path];
const not_for_nobody = ["/api", "/sign-out"];

/** Pages that need no JavaScript; the first of somebody who is not signed in. */
export const plainPages = {
  nobody: [
    ...fronts.filter((path) => !not_for_nobody.includes(path)).flatMap(askedAs),
    "/nowhere",
  ],
  administrator: [...steps.map((step) => `/setup/${step}`), "/sign-out"],
};
