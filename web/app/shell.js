// SPDX-License-Identifier: Apache-2.0
// The frame around every page: navigation by role, one field to find mail, the account's menu.
import { useEffect, useState } from "preact/hooks";

import { answers, ask } from "./gate.js";
import { html } from "./html.js";
import { language, languages, learn, speak, t } from "./i18n.js";
import { forgetAll, keptWord } from "./kept.js";
import { setTheme } from "./parts/appearance.js";
import { Dialog } from "./parts/dialog.js";
import { Text } from "./parts/hostile.js";
import { HeldCount } from "./parts/held_count.js";
import { Icon } from "./parts/icons.js";
import { KeysDialog, showKeys, useKeys } from "./parts/keys.js";
import { lazy } from "./parts/lazy.js";
import { Menu } from "./parts/menu.js";
import { Password } from "./parts/password.js";
import { Segmented } from "./parts/field.js";
import { Toasts, say, settle, undoLast } from "./parts/toasts.js";
import { keepPasted } from "./pasted.js";
import { go, place } from "./router.js";
import { home, routeOf, routes } from "./routes.js";
import { ranks, session } from "./session.js";
import { useStore } from "./store.js";

const Sending = lazy(
  async () => (await Promise.all([import("./parts/sending.js"), learn("own")]))[0],
);
const icon = new URL("./icon.svg", import.meta.url).pathname;
const groups = ["overview", "mine", "mail", "filtering", "gateway", "end"];

const counted = { quarantine: true, review: false };
/** How many are held, where the page is about them. */
const counts = ({ name }) =>
  name in counted &&
  html`
    <${HeldCount} mine=${counted[name]} />
  `;

function Links({ current, names = true }) {
  return groups.map((group) => {
    const links = routes.filter((route) => route.group === group && route.is_shown());
    if (!links.length) return null;
    return html`
      ${
        names &&
        group !== "end" &&
        html`
          <h2>${t(`group.${group}`)}</h2>
        `
      }
      ${
        group === "end" &&
        names &&
        html`
          <h2>${t("group.end")}</h2>
        `
      }
      <ul class="bare">
        ${links.map(
          (route) => html`
            <li key=${route.path}>
              <a
                href=${route.path}
                aria-current=${current?.path === route.path ? "page" : undefined}
              >
                <${Icon} name=${route.icon} />
                ${t(`nav.${route.name}`)}${" "} ${counts(route)}
              </a>
            </li>
          `,
        )}
      </ul>
    `;
  });
}

async function signOut() {
  await settle();
  try {
    await ask("DELETE", "session", { stay: true });
  } catch (problem) {
    if (problem.status !== 401) return say(t("account.still_here"), { bad: true });
  }
  forgetAll();
  return location.assign("/sign-in");
}

function Account() {
  const { account, is_local } = session.value;
  const spoken = useStore(language);
  const [theme, choose] = useState(keptWord("theme"));
  return html`
    <${Menu}
      icon="user"
      words=${html`
        <span class="only-read">${t("account.menu")}:${" "}</span>
        <span class="who"><${Text} most=${40}>${account.name || t("account.local")}<//></span>
      `}
    >
      <div class="menu-part small">
        <strong><${Text} most=${80}>${account.name || t("account.local")}<//></strong>
        <br />
        <span class="quiet">${t(`role.${account.role}`)}</span>
      </div>
      <hr />
      <div class="menu-part">
        <${Segmented}
          quiet
          label=${t("preferences.language")}
          value=${spoken}
          onValue=${speak}
          options=${Object.entries(languages)}
        />
      </div>
      <div class="menu-part">
        <${Segmented}
          quiet
          label=${t("theme.title")}
          value=${theme}
          onValue=${(next) => (setTheme(next), choose(next))}
          options=${[
            ["", t("theme.system_short")],
            ["light", t("theme.light")],
            ["dark", t("theme.dark")],
          ]}
        />
      </div>
      <hr />
      <a href="/preferences">
        <${Icon} name="preferences" />
        ${t("nav.preferences")}
      </a>
      <button onClick=${showKeys}>
        <${Icon} name="keys" />
        ${t("keys.title")}
      </button>
      ${
        !is_local &&
        html`
          <button onClick=${signOut}>
            <${Icon} name="external" />
            ${t("account.sign_out")}
          </button>
        `
      }
    <//>
  `;
}

/** Takes an id, a bounce, a Message-ID, raw headers, or words. */
function Find() {
  const [text, setText] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (text.trim()) go(`/admin/search?q=${encodeURIComponent(text.trim().slice(0, 1500))}`);
  };
  // Headers and bounces: their lines are handed on as they are.
  const onPaste = (event) => {
    const whole = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!whole.includes("\n") && whole.length < 1500) return;
    event.preventDefault();
    keepPasted(whole);
    go(`/admin/search?q=${encodeURIComponent(whole.slice(0, 1500).trim())}`);
  };
  return html`
    <form class="find" role="search" onSubmit=${submit}>
      <${Icon} name="search" />
      <input
        type="search"
        aria-label=${t("find.label")}
        placeholder=${t("find.hint")}
        value=${text}
        onInput=${(event) => setText(event.target.value)}
        onPaste=${onPaste}
      />
    </form>
  `;
}

function Banner() {
  const is_up = useStore(answers);
  return html`
    <div class="banner-slot" role="status">
      ${
        !is_up &&
        html`
          <div class="banner">
            <${Icon} name="alert" />
            <span>${t("banner.away")}</span>
          </div>
        `
      }
    </div>
  `;
}

/** The module of a page once it is fetched; the one before stays until then. */
function usePage(route) {
  const [page, setPage] = useState(null);
  useEffect(() => {
    let is_wanted = true;
    if (!route) setPage({ missing: true });
    else
      route
        .load()
        .then((module) => is_wanted && setPage({ View: module.default, route }))
        .catch(() => is_wanted && setPage({ failed: true, route }));
    return () => {
      is_wanted = false;
    };
  }, [route?.load, JSON.stringify(route?.props)]);
  return page;
}

const Lost = ({ words, children }) => html`
  <div class="page">
    <div class="empty">
      <${Icon} name="info" />
      <h1 tabindex="-1">${t(words)}</h1>
      ${children}
    </div>
  </div>
`;

function View({ page }) {
  if (!page)
    return html`
      <div class="page" aria-busy="true"></div>
    `;
  if (session.value.account.must_change_password)
    return html`
      <div class="page narrow stack">
        <h1 tabindex="-1">${t("session.must_change")}</h1>
        <${Password} />
      </div>
    `;
  if (page.missing)
    return html`
      <${Lost} words="page.missing"><a href=${home()}>${t("page.home")}</a><//>
    `;
  if (page.failed)
    return html`
      <${Lost} words="page.failed">
        <button onClick=${() => location.reload()}>${t("page.reload")}</button>
      <//>
    `;
  return html`
    <${page.View} key=${page.route.path ?? page.route.props?.id} ...${page.route.props} />
  `;
}

export function Shell() {
  useStore(language);
  const { path } = useStore(place);
  const { hostname } = useStore(session);
  const [is_open, setOpen] = useState(false);
  const route = routeOf(path);
  const page = usePage(route);
  const has_side = ranks("helpdesk");
  useEffect(() => setOpen(false), [path]);
  useKeys({ "?": [showKeys, t("keys.help")], z: [undoLast, t("keys.undo")] });
  return html`
    <div class=${`shell ${has_side ? "" : "tabbed"}`}>
      <a class="skip" href="#content" onClick=${() => document.getElementById("content").focus()}>
        ${t("page.skip")}
      </a>
      <header class="bar-top">
        <button
          class="bare only-icon menu-button"
          aria-label=${t("page.menu")}
          onClick=${() => setOpen(true)}
        >
          <${Icon} name="menu" />
        </button>
        <a class="brand" href="/">
          <img src=${icon} alt="" width="24" height="24" />
          <span class="name">Mailweir</span>
          ${
            has_side &&
            hostname &&
            html`
              <span class="host">${hostname}</span>
            `
          }
        </a>
        ${
          has_side
            ? html`
                <${Find} />
              `
            : html`
                <nav class="tabs" aria-label=${t("page.navigation")}>
                  ${routes
                    .filter((one) => one.is_shown())
                    .map(
                      (one) => html`
                        <a
                          key=${one.path}
                          href=${one.path}
                          aria-current=${route?.path === one.path ? "page" : undefined}
                        >
                          ${t(`nav.${one.name}`)}${" "} ${counts(one)}
                        </a>
                      `,
                    )}
                </nav>
              `
        }
        <${Account} />
      </header>
      <${Banner} />
      ${
        has_side &&
        html`
          <nav class="side" aria-label=${t("page.navigation")}><${Links} current=${route} /></nav>
        `
      }
      <main id="content" tabindex="-1">
        ${session.value.sending && html`<${Sending} />`}
        <${View} page=${page} />
      </main>
      ${
        is_open &&
        html`
          <${Dialog} kind="drawer" title=${t("page.navigation")} close=${() => setOpen(false)}>
            <nav class="side" aria-label=${t("page.navigation")}>
              <${Links} current=${route} names=${has_side} />
            </nav>
          <//>
        `
      }
      <${KeysDialog} />
      <${Toasts} />
    </div>
  `;
}
