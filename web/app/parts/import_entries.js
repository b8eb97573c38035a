// SPDX-License-Identifier: Apache-2.0
// Entries from a CSV file: first a rehearsal that shows what is wrong, then the import.
import { useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { isAdministrator, session } from "../session.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { wordsOf } from "./states.js";
import { say } from "./toasts.js";

/** Where a line names no scope. */
const usual = () => {
  const { domains } = session.value.account;
  return isAdministrator() ? "global" : domains[0] ? `domain:${domains[0]}` : "own";
};

/** Excel writes UTF-8 or, in Japan, Shift_JIS. */
async function textOf(file) {
  const octets = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder("shift_jis").decode(octets);
  }
}

const send = (text, dry_run) =>
  ask("POST", "lists/import", {
    body: text,
    type: "text/csv",
    query: { scope: usual(), dry_run },
  });

function Report({ report }) {
  const wrong = report.lines.filter((line) => line.problem).slice(0, 50);
  return html`
    <p class="strong">${t("import.found", { n: report.lines.length - report.wrong })}</p>
    ${
      report.wrong > 0 &&
      html`
        <p class="error">${t("import.wrong", { n: report.wrong })}</p>
        <ul class="bare small">
          ${wrong.map(
            (line) => html`
              <li>
                ${t("import.line", { n: line.line })}${" "}
                <${Text} most=${120}>${line.entry}<//>
                ${" "}–${" "}
                <${Text} most=${200}>${line.problem}<//>
              </li>
            `,
          )}
        </ul>
      `
    }
  `;
}

export function ImportEntries({ done }) {
  const [state, setState] = useState(null);
  const look = async (text) => {
    setState({ text, busy: true });
    // What was typed meanwhile is another text.
    const told = (answer) => setState((old) => (old?.text === text ? { text, ...answer } : old));
    try {
      told({ report: await send(text, true) });
    } catch (problem) {
      told({ problem });
    }
  };
  const add = async () => {
    setState({ ...state, busy: true });
    try {
      const { added } = await send(state.text, false);
      setState(null);
      say(t("import.done", { n: added }));
      done();
    } catch (problem) {
      setState({ ...state, busy: false, problem });
    }
  };
  const onFile = async (event) => event.target.files[0] && look(await textOf(event.target.files[0]));
  return html`
    <button onClick=${() => setState({ text: "" })}>
      <${Icon} name="plus" />
      ${t("import.open")}
    </button>
    ${
      state &&
      html`
        <${Dialog} title=${t("import.title")} close=${() => setState(null)}>
          <div class="dialog-body">
            <p class="quiet">${t("import.text")}</p>
            <pre class="code">
list,entry,scope,note${"\n"}block,spam.example,global,${"\n"}allow,a@b.example,user:me@example.org,friend</pre>
            <input
              type="file"
              accept=".csv,text/csv,text/plain"
              aria-label=${t("import.file")}
              onChange=${onFile}
            />
            <${Field}
              area
              label=${t("import.paste")}
              value=${state.text}
              onValue=${(text) => setState({ text })}
            />
            ${
              state.problem &&
              html`
                <p class="error" role="alert">${wordsOf(state.problem)}</p>
              `
            }
            ${
              state.report &&
              html`
                <${Report} report=${state.report} />
              `
            }
            <div class="dialog-foot">
              <button onClick=${() => look(state.text)} disabled=${!state.text.trim()}>
                ${t("import.check")}
              </button>
              <button
                class="primary"
                disabled=${state.busy || !state.report || state.report.lines.length === state.report.wrong}
                onClick=${add}
              >
                ${t("import.act")}
              </button>
            </div>
          </div>
        <//>
      `
    }
  `;
}
