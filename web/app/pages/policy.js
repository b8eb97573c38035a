// SPDX-License-Identifier: Apache-2.0
// The policy: what is in force, a draft that is checked, compared and rehearsed, and the way back.
import { useRef, useState } from "preact/hooks";

import { ask, post } from "../gate.js";
import { html } from "../html.js";
import { language, t } from "../i18n.js";
import { keepForNow, keptForNow } from "../kept.js";
import { useGet } from "../load.js";
import { Complaints } from "../parts/complaints.js";
import { Confirm } from "../parts/dialog.js";
import { Diff } from "../parts/diff.js";
import { Editor } from "../parts/editor.js";
import { Field } from "../parts/field.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { useJob } from "../parts/job.js";
import { Page } from "../parts/page.js";
import { Revisions } from "../parts/revisions.js";
import { Simulation } from "../parts/simulation.js";
import { Answer, wordsOf } from "../parts/states.js";
import { complain, say } from "../parts/toasts.js";
import { isAdministrator } from "../session.js";

const send = (verb, body) => ask("POST", `policy/${verb}`, { body });

/** What a check found besides mistakes: facts that the document never reads. */
const Unread = ({ facts = [] }) =>
  facts.length > 0 &&
  html`
    <details>
      <summary>${t("policy.unread", { n: facts.length })}</summary>
      <dl class="facts small">
        ${facts.map(
          (one) => html`
            <dt class="mono">${one.name}</dt>
            <dd>${language.value === "ja" ? one.japanese : one.english}</dd>
          `,
        )}
      </dl>
    </details>
  `;

const Checked = ({ checked, area }) => html`
  ${
    checked.complaints.length
      ? html`<${Complaints} list=${checked.complaints} area=${area} />`
      : html`
          <p class="notice good">
            <${Icon} name="allow" />
            ${t("policy.fine")}${" "}
            ${t("policy.counts", { layers: checked.layers, rules: checked.rules })}
          </p>
        `
  }
  <${Unread} facts=${checked.unread} />
`;

function Apply({ text, policy, is_changed, fail, done }) {
  const [note, setNote] = useState("");
  const [sure, setSure] = useState(false);
  const apply = async () => {
    setSure(false);
    try {
      const { warnings } = await send("apply", {
        document: text,
        note,
        expected: policy.revision,
      });
      say([t("policy.applied"), warnings].flat().filter(Boolean).join(" "));
      setNote("");
      done();
    } catch (problem) {
      fail(problem);
    }
  };
  const submit = (event) => {
    event.preventDefault();
    setSure(true);
  };
  return html`
    <form class="row bottom" onSubmit=${submit}>
      <div class="grow">
        <${Field} label=${t("policy.note")} value=${note} onValue=${setNote} maxlength="200" />
      </div>
      <button class="primary" disabled=${!is_changed}>${t("policy.apply")}</button>
    </form>
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
  `;
}

/** The text under work: kept for this tab, so that a link, a reload or the end of a session costs
 *  nothing of it. `is_old`: another policy came into force since it was begun. */
function useDraft(policy) {
  const [draft, setDraft] = useState(() => keptForNow("policy", null));
  const keepDraft = (next) => {
    keepForNow("policy", next);
    setDraft(next);
  };
  const text = draft?.text ?? policy.document;
  return {
    text,
    setText: (next) =>
      keepDraft(
        next === policy.document ? null : { of: draft?.of ?? policy.revision, text: next },
      ),
    drop: () => keepDraft(null),
    is_old: draft !== null && draft.of !== policy.revision,
  };
}

const Old = ({ drop }) => html`
  <div class="notice warn" role="status">
    <span class="grow">${t("policy.draft_old")}</span>
    <button class="little" onClick=${drop}>${t("policy.draft_drop")}</button>
  </div>
`;

function Draft({ policy, again }) {
  const { text, setText, drop, is_old } = useDraft(policy);
  const [state, setState] = useState({});
  const simulation = useJob();
  const area = useRef(null);
  const now = useRef(text);
  now.current = text;
  const complaints = state.checked?.complaints ?? [];
  // What was said of a text is not said of another one.
  const forget = () => (setState({}), simulation.clear());
  const fail = (problem) =>
    setState(
      problem.said?.complaints ? { checked: { complaints: problem.said.complaints } } : { problem },
    );
  const run = (verb, show) => async () => {
    simulation.clear();
    try {
      const answer = await send(verb, { document: text });
      // Of a text that is another one meanwhile it says nothing.
      if (now.current === text) setState(show(answer));
    } catch (problem) {
      if (now.current === text) fail(problem);
    }
  };
  const rehearse = (options) => {
    setState({});
    simulation.begin(() =>
      send("simulate", { document: text, ...options }).catch((problem) => {
        if (problem.said?.complaints) fail(problem);
        throw problem;
      }),
    );
  };
  return html`
    <div class="card stack">
      ${is_old && html`<${Old} drop=${drop} />`}
      <${Editor}
        label=${t("policy.document")}
        value=${text}
        onValue=${(next) => (setText(next), forget())}
        area=${area}
        marked=${complaints.map((one) => one.line)}
      />
      <div class="row">
        <button onClick=${run("check", (checked) => ({ checked }))}>${t("policy.check")}</button>
        <button onClick=${run("diff", (diff) => ({ diff }))}>${t("policy.diff")}</button>
        <span class="grow"></span>
        ${
          text !== policy.document &&
          html`
            <button class="bare" onClick=${() => (setText(policy.document), forget())}>
              ${t("policy.discard")}
            </button>
          `
        }
      </div>
      <div role="status" class="stack tight">
        ${state.problem && html`<p class="error" role="alert">${wordsOf(state.problem)}</p>`}
        ${state.checked && html`<${Checked} checked=${state.checked} area=${area} />`}
        ${state.diff && html`<${Diff} text=${state.diff.text} />`}
      </div>
      <hr />
      <div class="stack">
        <div>
          <h2>${t("simulate.title")}</h2>
          <p class="quiet">${t("simulate.text")}</p>
        </div>
        <${Simulation} of=${simulation} run=${rehearse} domains=${policy.domains} />
      </div>
      ${
        !policy.locked &&
        html`
          <hr />
          <${Apply}
            text=${text}
            policy=${policy}
            is_changed=${text !== policy.document}
            fail=${fail}
            done=${() => (drop(), forget(), again())}
          />
        `
      }
    </div>
  `;
}

const Standing = ({ policy }) => html`
  <div class="row wide">
    <span class=${`mark ${policy.mode === "observe" ? "warn" : "good"}`}>
      ${t(`policy.mode_${policy.mode}`)}
    </span>
    <span class="small quiet">
      ${
        policy.revision > 0
          ? t("policy.revision", { n: policy.revision })
          : policy.origin && t(`policy.origin_${policy.origin}`)
      }
    </span>
    ${
      policy.domains.length > 0 &&
      html`
        <span class="small quiet">
          ${t("policy.domains")}:${" "}<${Text}>${policy.domains.join(", ")}<//>
        </span>
      `
    }
  </div>
  ${
    policy.problem &&
    html`
      <p class="notice bad" role="alert">
        <${Icon} name="alert" />
        <${Text} most=${600}>${policy.problem}<//>
      </p>
    `
  }
  ${
    policy.locked &&
    html`
      <p class="notice">
        <${Icon} name="info" />
        <span>
          ${t("policy.read_only")}${" "}<span class="mono small"><${Text}>${policy.locked}<//></span>
        </span>
      </p>
    `
  }
`;

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
  const revisions = useGet("policy/revisions", { limit: 50 });
  const again = () => (of.again(), revisions.again());
  return html`
    <${Page}
      title=${t("nav.policy")}
      intro=${t("policy.intro")}
      tools=${isAdministrator() && html`<${Reload} />`}
    >
      <${Answer} of=${of}>
        ${(policy) => html`
          <${Standing} policy=${policy} />
          ${
            isAdministrator() && policy.document
              ? html`<${Draft} policy=${policy} again=${again} />`
              : html`
                  <div class="card stack">
                    <h2>${t("policy.document")}</h2>
                    <pre class="code" tabindex="0">${policy.document ?? policy.source}</pre>
                  </div>
                `
          }
          ${
            policy.document &&
            html`<${Revisions} of=${revisions} policy=${policy} again=${again} />`
          }
        `}
      <//>
    <//>
  `;
}
