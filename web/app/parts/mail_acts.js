// SPDX-License-Identifier: Apache-2.0
// The buttons and keys of one message, the same in quarantine, log and on its own page.
import { useMemo, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../i18n.js";
import { mayAct } from "../session.js";
import { doSoon, teach } from "./deeds.js";
import { plainText } from "./hostile.js";
import { Icon } from "./icons.js";
import { lazy } from "./lazy.js";
import { Menu } from "./menu.js";

const EntryDialog = lazy(() => import("./entry_dialog.js"));

export const isHeld = (row) => (row.state ? row.state === "held" : row.delivery === "held");

/** Deeds on a row, the same functions for ever (`after(row)`: one has begun; `over()`: it was done,
 *  taken back or refused), and the dialog that one of them may have opened. */
export function useMailActs({ after, over } = {}) {
  const [asked, setAsked] = useState(null);
  const then = useRef(after);
  then.current = { after, over };
  const acts = useMemo(() => {
    const does = (deed) => (row) => {
      if (!mayAct()) return;
      if (isHeld(row)) {
        then.current.after?.(row, deed);
        doSoon(deed, [row], () => then.current.over?.());
      } else if (deed === "spam" || deed === "ham") {
        teach(row, deed);
      }
    };
    const entry = (list) => (row) => mayAct() && setAsked({ row, list });
    return {
      release: does("release"),
      delete: does("delete"),
      spam: does("spam"),
      ham: does("ham"),
      allow: entry("allow"),
      block: entry("block"),
    };
  }, []);
  const close = () => setAsked(null);
  const dialog =
    asked &&
    html`
      <${EntryDialog}
        row=${asked.row}
        list=${asked.list}
        close=${close}
        after=${(row) => then.current.after?.(row)}
        over=${() => then.current.over?.()}
      />
    `;
  return { acts, dialog };
}

/** `onChosen(deed)`: does it to the chosen rows, and says whether there were any. */
export function keysOf(acts, onChosen = () => false) {
  const deed = (name) => [
    (row) => onChosen(name) || (row ? acts[name](row) : false),
    t(`deed.${name}`),
    "any",
  ];
  return {
    d: deed("release"),
    "#": deed("delete"),
    a: [acts.allow, t("deed.allow")],
    b: [acts.block, t("deed.block")],
    s: deed("spam"),
    n: deed("ham"),
  };
}

const Act = ({ icon, words, act, kind = "" }) => html`
  <button class=${kind} onClick=${act}>
    <${Icon} name=${icon} />
    ${words}
  </button>
`;

/** All of them, as words. */
export function MailActs({ row, acts }) {
  if (!mayAct()) return null;
  const held = isHeld(row);
  return html`
    ${
      held &&
      html`
        <${Act}
          icon="deliver"
          words=${t("deed.release")}
          kind="primary"
          act=${() => acts.release(row)}
        />
        <${Act}
          icon="discard"
          words=${t("deed.delete")}
          kind="danger"
          act=${() => acts.delete(row)}
        />
      `
    }
    <${Act} icon="allow" words=${t("deed.allow")} act=${() => acts.allow(row)} />
    <${Act} icon="block" words=${t("deed.block")} act=${() => acts.block(row)} />
    ${
      row.action !== "reject" &&
      row.action !== "defer" &&
      html`
        <${Act} icon="reject" words=${t("deed.spam")} kind="bare" act=${() => acts.spam(row)} />
        <${Act} icon="inbox" words=${t("deed.ham")} kind="bare" act=${() => acts.ham(row)} />
      `
    }
  `;
}

/** In a row of a table: the likeliest as a button, the others in a menu. */
export function RowActs({ row, acts }) {
  if (!mayAct()) return null;
  const held = isHeld(row);
  const first = held ? ["release", "deliver"] : ["allow", "allow"];
  const others = held
    ? [
        ["delete", "discard"],
        ["allow", "allow"],
        ["block", "block"],
        ["spam", "reject"],
        ["ham", "inbox"],
      ]
    : [
        ["block", "block"],
        ...(["reject", "defer"].includes(row.action)
          ? []
          : [
              ["spam", "reject"],
              ["ham", "inbox"],
            ]),
      ];
  return html`
    <span class="row-acts">
      <button class=${`little ${held ? "" : "bare"}`} onClick=${() => acts[first[0]](row)}>
        ${t(`deed.${first[0]}_short`)}
      </button>
      <${Menu} label=${t("rows.acts", { what: plainText(row.subject, 80) || row.id })} icon="more">
        ${others.map(
          ([deed, icon]) => html`
            <button key=${deed} onClick=${() => acts[deed](row)}>
              <${Icon} name=${icon} />
              ${t(`deed.${deed}`)}
            </button>
          `,
        )}
      <//>
    </span>
  `;
}
