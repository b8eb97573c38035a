// SPDX-License-Identifier: Apache-2.0
// What becomes of spam that an address or its domain forwards: a rule of the policy, put in force
// as a revision that can be taken back. To refuse and to discard are explained where one chooses.
import { useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { Dialog } from "./dialog.js";
import { Choices, Segmented } from "./field.js";
import { ruleOf, withRule } from "./forward_rules.js";
import { Text } from "./hostile.js";
import { wordsOf } from "./states.js";
import { complain, say } from "./toasts.js";

const whats = ["hold", "refuse", "discard", "pass"];

/** Passing is the layer's own list, which stands in a file. */
const Pass = ({ pattern }) => html`
  <p class="notice">${t("forward.pass_how")}</p>
  <pre class="code" tabindex="0">${`layers:\n  forward:\n    pass: ["${pattern.replace(/^\*@/, "@")}"]`}</pre>
`;

function Change({ document, next }) {
  const of = useAnswer(`diff ${next}`, () => post("policy/diff", { document: next }));
  if (of.problem) return html`<p class="error" role="alert">${wordsOf(of.problem)}</p>`;
  const added = (of.data?.text ?? "").split("\n").filter((one) => /^[+-]\s/.test(one));
  return html`
    <p class="small quiet">${t("forward.writes")}</p>
    <pre class="code" tabindex="0"><${Text}>${added.join("\n") || (document === next ? t("forward.same") : "…")}<//></pre>
  `;
}

export default function ForwardDialog({ one, policy, close, done }) {
  const { document, revision } = policy;
  const domain = `*@${one.from.slice(one.from.lastIndexOf("@") + 1)}`;
  const [pattern, setPattern] = useState(one.from);
  const [what, setWhat] = useState(ruleOf(document, one.from).what);
  const [busy, setBusy] = useState(false);
  const next = what === "pass" ? null : withRule(document, pattern, what);
  const apply = async () => {
    setBusy(true);
    try {
      const note = t("forward.revision", { what: t(`forward.${what}`), pattern });
      await post("policy/apply", { document: next, note, expected: revision });
      say(t("forward.done"));
      done();
    } catch (problem) {
      complain(problem);
    }
    close();
  };
  return html`
    <${Dialog} title=${t("forward.dialog")} close=${close}>
      <div class="dialog-body stack">
        <${Segmented}
          label=${t("forward.whose")}
          value=${pattern}
          onValue=${setPattern}
          options=${[
            [one.from, one.from],
            [domain, t("forward.whole", { domain: domain.slice(2) })],
          ]}
        />
        <${Choices}
          label=${t("forward.what")}
          value=${what}
          onValue=${setWhat}
          options=${whats.map((name) => [name, t(`forward.${name}`), t(`forward.${name}_text`)])}
        />
        ${
          what === "pass"
            ? html`<${Pass} pattern=${pattern} />`
            : next === null
              ? html`<p class="error" role="alert">${t("forward.no_rules")}</p>`
              : html`<${Change} document=${document} next=${next} />`
        }
        <div class="dialog-foot">
          <button onClick=${close}>${t("act.cancel")}</button>
          <button class="primary" disabled=${busy || next === null || next === document} onClick=${apply}>
            ${t("forward.apply")}
          </button>
        </div>
      </div>
    <//>
  `;
}
