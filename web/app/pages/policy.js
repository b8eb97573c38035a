// SPDX-License-Identifier: Apache-2.0
// The policy: what is in force, a draft that is checked, compared and rehearsed, and the way back.
import { useState } from "preact/hooks";

import { ask, get, post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer, useGet } from "../load.js";
import { Confirm } from "../parts/dialog.js";
import { Field, Select } from "../parts/field.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Verdict } from "../parts/marks.js";
import { Page } from "../parts/page.js";
import { Answer, wordsOf } from "../parts/states.js";
import { complain, say } from "../parts/toasts.js";
import { isAdministrator } from "../session.js";
import { Time } from "../when.js";

const revisionsNow = () =>
  get("policy/revisions").catch((problem) => {
    if (problem.is_missing) return null;
    throw problem;
  });

const send = (verb, document, query) =>
  ask("POST", `policy/${verb}`, { body: { document, ...query } });

function Complaints({ complaints }) {
  const list = Array.isArray(complaints)
    ? complaints
    : String(complaints || "")
        .split("\n")
        .filter(Boolean)
        .map((text) => ({ text }));
  if (!list.length)
    return html`
      <p class="notice good">
        <${Icon} name="allow" />
        ${t("policy.fine")}
      </p>
    `;
  return html`
    <ul class="bare stack tight">
      ${list.map(
        (one) => html`
          <li class="error">
            ${one.line ? t("policy.line", { n: one.line }) : ""}
            <${Text}>${one.text ?? String(one)}<//>
          </li>
        `,
      )}
    </ul>
  `;
}

const Diff = ({ text }) =>
  text
    ? html`
        <pre class="code" tabindex="0">
${text.split("\n").map(
            (line) => html`
              <span class=${line[0] === "+" ? "added" : line[0] === "-" ? "removed" : ""}>
                ${line}${"\n"}
              </span>
            `,
          )}</pre>
      `
    : html`
        <p class="notice">${t("policy.same")}</p>
      `;

const Simulation = ({ result }) => html`
  <p class="strong">${t("policy.looked_at", { n: result.looked_at })}</p>
  ${
    (result.changes ?? []).length === 0
      ? html`
          <p>${t("policy.no_change")}</p>
        `
      : html`
          <ul class="bare stack tight">
            ${result.changes.map(
              (one) => html`
                <li class="row">
                  <strong class="number">${one.count}</strong>
                  <${Verdict} action=${one.from} />
                  ${" "}→
                  <${Verdict} action=${one.to} />
                  <span class="small">
                    ${(one.examples ?? []).slice(0, 5).map(
                      (id) => html`
                        <a href=${`/message/${id.id ?? id}`}>${id.id ?? id}</a>
                        ${" "}
                      `,
                    )}
                  </span>
                </li>
              `,
            )}
          </ul>
        `
  }
`;

function Outcome({ state }) {
  if (state.problem)
    return html`
      <p class="error" role="alert">${wordsOf(state.problem)}</p>
    `;
  if (state.complaints)
    return html`
      <${Complaints} complaints=${state.complaints} />
    `;
  if (state.diff !== undefined)
    return html`
      <${Diff} text=${state.diff} />
    `;
  if (state.simulation)
    return html`
      <${Simulation} result=${state.simulation} />
    `;
  return null;
}

function Draft({ policy, revisions }) {
  const [text, setText] = useState(policy.document ?? policy.source);
  const [days, setDays] = useState("7");
  const [note, setNote] = useState("");
  const [state, setState] = useState({});
  const [sure, setSure] = useState(false);
  const run = (verb) => async () => {
    setState({ busy: true });
    try {
      const answer = await send(verb, text, verb === "simulate" ? { days: Number(days) } : {});
      setState(
        verb === "check"
          ? { complaints: answer.complaints ?? [] }
          : verb === "diff"
            ? { diff: typeof answer === "string" ? answer : (answer.diff ?? answer.text ?? "") }
            : { simulation: answer },
      );
    } catch (problem) {
      setState({ problem });
    }
  };
  const apply = async () => {
    setSure(false);
    try {
      await send("apply", text, { note });
      say(t("policy.applied"));
      revisions.again();
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`
    <div class="card stack">
      <${Field}
        area
        class="code-area"
        rows="24"
        spellcheck="false"
        label=${t("policy.document")}
        value=${text}
        onValue=${setText}
      />
      <div class="row">
        <button onClick=${run("check")}>${t("policy.check")}</button>
        <button onClick=${run("diff")}>${t("policy.diff")}</button>
        <button onClick=${run("simulate")}>${t("policy.simulate")}</button>
        <${Select}
          quiet
          label=${t("policy.days")}
          value=${days}
          onValue=${setDays}
          options=${["1", "7", "14", "30"].map((n) => [n, n])}
        />
        <span class="quiet small">${t("policy.days")}</span>
      </div>
      <div role="status" class="stack tight"><${Outcome} state=${state} /></div>
      <hr />
      <div class="row bottom">
        <div class="grow">
          <${Field} label=${t("policy.note")} value=${note} onValue=${setNote} maxlength="200" />
        </div>
        <button class="primary" onClick=${() => setSure(true)}>${t("policy.apply")}</button>
      </div>
      ${
        sure &&
        html`
          <${Confirm}
            title=${t("policy.apply")}
            text=${t("policy.sure")}
            act=${t("policy.apply")}
            done=${apply}
            close=${() => setSure(false)}
          />
        `
      }
    </div>
  `;
}

function Revisions({ list, again }) {
  const back = (revision) =>
    post("policy/rollback", { revision })
      .then(() => (say(t("policy.applied")), again()))
      .catch(complain);
  return html`
    <div class="card stack">
      <h2>${t("policy.revisions")}</h2>
      <ul class="bare stack tight">
        ${list.map(
          (one) => html`
            <li class="row between" key=${one.revision}>
              <span>
                <strong>${one.revision}</strong>
                ${" "}
                <span class="quiet"><${Time} at=${one.time ?? one.made} /></span>
                <${Text} most=${200}>${one.who ?? one.author ?? ""}<//>
                ${" "}
                <${Text} most=${200}>${one.note ?? ""}<//>
              </span>
              ${
                one.current
                  ? html`
                      <span class="mark good">${t("policy.current")}</span>
                    `
                  : isAdministrator() &&
                    html`
                      <button class="little" onClick=${() => back(one.revision)}>
                        ${t("policy.rollback")}
                      </button>
                    `
              }
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}

function Reload() {
  const reload = () =>
    post("config/reload")
      .then(() => say(t("policy.reloaded")))
      .catch(complain);
  return html`
    <button onClick=${reload}>
      <${Icon} name="reload" />
      ${t("policy.reload")}
    </button>
  `;
}

export default function Policy() {
  const of = useGet("policy");
  const revisions = useAnswer("revisions", async () => ({ list: await revisionsNow() }));
  const list = revisions.data?.list;
  const again = () => (of.again(), revisions.again());
  return html`
    <${Page}
      title=${t("nav.policy")}
      intro=${t("policy.intro")}
      tools=${
        isAdministrator() &&
        html`
          <${Reload} />
        `
      }
    >
      <${Answer} of=${of}>
        ${(policy) => html`
          <div class="row wide">
            <span class="mark good">${t(`policy.mode_${policy.mode}`)}</span>
            ${
              policy.domains.length > 0 &&
              html`
                <span class="small quiet">
                  ${t("policy.domains")}:${" "}${policy.domains.join(", ")}
                </span>
              `
            }
          </div>
          ${
            list && isAdministrator()
              ? html`
                  <${Draft} key=${policy.revision ?? 0} policy=${policy} revisions=${{ again }} />
                `
              : html`
                  ${
                    !list &&
                    revisions.data &&
                    html`
                      <p class="notice">
                        <${Icon} name="info" />
                        ${t("policy.read_only")}
                      </p>
                    `
                  }
                  <div class="card stack">
                    <h2>${t("policy.document")}</h2>
                    <pre class="code" tabindex="0">${policy.document ?? policy.source}</pre>
                  </div>
                `
          }
          ${
            list &&
            html`
              <${Revisions} list=${list.revisions ?? list.rows ?? list} again=${again} />
            `
          }
        `}
      <//>
    <//>
  `;
}
