// SPDX-License-Identifier: Apache-2.0
// The API of the gateway. Whether it answers is a value that the banner watches; when it answers
// again, what is on the page asks anew by itself.
import { learn } from "./i18n.js";
import { Store } from "./store.js";

/** True while the gateway answers. */
export const answers = new Store(true);

/** Why a request was not done (RFC 9457). */
export class Problem extends Error {
  constructor(status, said = {}, wait = 0) {
    const { title = "", detail = "", type = "" } = said;
    super(detail || title);
    Object.assign(this, { status, title, detail, said, wait });
    this.type = type.replace(/^\/problems\//, "");
  }

  /** The gateway has no such route, or nothing under this name. */
  get is_missing() {
    return this.status === 404 || this.status === 405;
  }
}

let csrf = "";
export function useCsrf(token) {
  csrf = token ?? "";
}

export const toQuery = (query) => {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== "" && value != null);
  const text = new URLSearchParams(given).toString();
  return text ? `?${text}` : "";
};

async function problemOf(response) {
  let said = {};
  try {
    said = await response.json();
  } catch {
    // A proxy's own page says nothing that we could show.
  }
  await learn("problems").catch(() => {}); // then it is said as the gateway says it
  const wait = Number(response.headers.get("retry-after")) || 0;
  return new Problem(response.status, said, wait);
}

let probing = false;
/** Asks until somebody answers, less and less often. */
async function probe() {
  if (probing) return;
  probing = true;
  for (let wait = 1000; !answers.value; wait = Math.min(wait * 1.5, 15000)) {
    await new Promise((done) => setTimeout(done, wait));
    try {
      const response = await fetch("/api/v1/session", { headers: { accept: "application/json" } });
      if (response.status < 500) answers.set(true);
    } catch {
      // Still away.
    }
  }
  probing = false;
}

function lost(title) {
  answers.set(false);
  probe();
  return new Problem(0, { title });
}

function signIn() {
  const next = location.pathname + location.search;
  location.assign(`/sign-in${toQuery({ expired: 1, next: next === "/" ? "" : next })}`);
}

/** One request. `body` may be an object (JSON) or a text of `type`. Throws Problem. */
export async function ask(method, path, { query, body, type, signal, keepalive, stay } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = type ?? "application/json";
  if (method !== "GET" && csrf) headers["x-csrf-token"] = csrf;
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  let response;
  try {
    const url = `/api/v1/${path}${toQuery(query)}`;
    response = await fetch(url, { method, headers, body: text, signal, keepalive });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw lost("unreachable");
  }
  if (response.status === 502) throw lost("unreachable");
  if (response.status === 401 && !stay) {
    signIn();
    return new Promise(() => {});
  }
  if (!response.ok) throw await problemOf(response);
  answers.set(true);
  const kind = response.headers.get("content-type") ?? "";
  try {
    return await (kind.includes("json") ? response.json() : response.text());
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw lost("unreachable"); // the answer was cut
  }
}

export const get = (path, query, signal) => ask("GET", path, { query, signal });
export const post = (path, body, query) => ask("POST", path, { body, query });
