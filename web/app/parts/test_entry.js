// SPDX-License-Identifier: Apache-2.0
// "What would my lists say to this sender?"
import { useState } from "preact/hooks";

import { get } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { session } from "../session.js";
import { Field } from "./field.js";
import { Text } from "./hostile.js";
import { wordsOf } from "./states.js";

function Outcome({ result }) {
  const [first] = result.matches;
  const network = result.networks?.[0];
  if (!first && !network)
    return html`
      <p class="notice">${t("test.none")}</p>
    `;
  return html`
    <div class="stack tight">
      <p class="notice">
        ${t(first ? `test.decides_${first.list}` : `test.network_${network.effect}`, {
          entry: first?.entry ?? network.network,
        })}
      </p>
      ${
        result.matches.length > 1 &&
        html`
          <p class="hint">${t("test.others")}</p>
        `
      }
      <ol class="small">
        ${result.matches.slice(1).map(
          (one) => html`
            <li>
              <span class=${`mark ${one.list === "allow" ? "good" : "bad"}`}>
                ${t(`lists.${one.list}`)}
              </span>
              ${" "}
              <${Text}>${one.entry}<//>
            </li>
          `,
        )}
        ${
          network &&
          html`
            <li>
              ${t("test.in_file", { list: network.list, line: network.line })}${" "}
              <${Text}>${network.network}<//>
            </li>
          `
        }
      </ol>
      ${
        first?.list === "allow" &&
        html`
          <p class="hint">${t("test.allow_note")}</p>
        `
      }
    </div>
  `;
}

export function TestEntry({ all }) {
  const [sender, setSender] = useState("");
  const [recipient, setRecipient] = useState(session.value.account.addresses[0] ?? "");
  const [state, setState] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    const text = sender.trim();
    const query = {
      recipient: recipient.trim(),
      [/^[\d.]+$|^[\da-f:]+$/i.test(text) ? "client" : "sender"]: text,
    };
    try {
      setState({ result: await get("lists/test", query) });
    } catch (problem) {
      setState({ problem });
    }
  };
  return html`
    <div class="card stack">
      <div>
        <h2>${t("test.title")}</h2>
        <p class="quiet">${t("test.text")}</p>
      </div>
      <form class="row wide bottom" onSubmit=${submit}>
        <div class="grow">
          <${Field}
            label=${t(all ? "test.sender_or_ip" : "test.sender")}
            value=${sender}
            onValue=${setSender}
            required
            autocomplete="off"
            spellcheck="false"
            placeholder="someone@their.example"
          />
        </div>
        ${
          all &&
          html`
            <div class="grow">
              <${Field}
                label=${t("column.recipient")}
                value=${recipient}
                onValue=${setRecipient}
                autocomplete="off"
                spellcheck="false"
              />
            </div>
          `
        }
        <button>${t("test.act")}</button>
      </form>
      <div role="status">
        ${
          state.problem &&
          html`
            <p class="error">${wordsOf(state.problem)}</p>
          `
        }
        ${
          state.result &&
          html`
            <${Outcome} result=${state.result} />
          `
        }
      </div>
    </div>
  `;
}
