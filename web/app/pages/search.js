// SPDX-License-Identifier: Apache-2.0
// One field that takes whatever somebody has in hands and answers with the messages it speaks of.
import { useEffect, useState } from "preact/hooks";

import { ask, get } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { columnsNamed } from "../parts/columns.js";
import { Field } from "../parts/field.js";
import { Page } from "../parts/page.js";
import { Rows } from "../parts/rows.js";
import { Answer, Empty } from "../parts/states.js";
import { pasted } from "../pasted.js";
import { go, useQuery } from "../router.js";

const nothing = { rows: [] };
const shown = ["time", "sender", "subject", "recipient", "verdict", "reason"];

const longest = 1500;
const head = (text) => text.trim().slice(0, longest);
const takePasted = (q) => (head(pasted) === q ? pasted : "");

async function found(text) {
  if (!text) return nothing;
  try {
    const { messages } = await ask("POST", "trace", { body: text, type: "text/plain" });
    return { rows: messages.flatMap((one) => one.history), is_traced: true };
  } catch (problem) {
    if (!problem.is_missing) throw problem;
  }
  const words = text.split("\n")[0].trim().slice(0, 200);
  return words.length < 3 ? nothing : get("history", { text: words, limit: 100 });
}

export default function Search() {
  const [query, change] = useQuery();
  const q = query.q ?? "";
  const [text, setText] = useState(q);
  // What is longer than an address may be is kept beside it.
  const [long, setLong] = useState(takePasted(q));
  const wanted = head(long) === q ? long : q;
  useEffect(() => setText((old) => (head(old) === q ? old : takePasted(q) || q)), [q]);
  useEffect(() => takePasted(q) && setLong(takePasted(q)), [q]);
  const of = useAnswer(`search ${wanted}`, () => found(wanted.trim()));
  const submit = (event) => {
    event.preventDefault();
    setLong(text);
    change({ q: head(text) }, {});
  };
  return html`
    <${Page} title=${t("search.title")} intro=${t("search.intro")}>
      <form class="card stack" onSubmit=${submit}>
        <${Field}
          area
          label=${t("search.label")}
          value=${text}
          onValue=${setText}
          spellcheck="false"
          maxlength="60000"
          onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event)}
        />
        <div><button class="primary">${t("search.act")}</button></div>
      </form>
      ${
        wanted.trim() &&
        html`
          <div class="card flush has-rows">
            <${Answer} of=${of}>
              ${(result) =>
                result.rows.length === 0
                  ? html`
                      <${Empty} icon="search" title=${t("search.none")}>
                        <p>${t("search.none_text")}</p>
                      <//>
                    `
                  : html`
                      <div class="card-head" role="status">
                        <h2>
                          ${t("search.found", { n: result.rows.length })}${
                            result.is_traced ? "" : ` · ${t("search.by_words")}`
                          }
                        </h2>
                      </div>
                      <${Rows}
                        of=${{ pages: [result.rows], more: false, busy: of.busy }}
                        label=${t("search.title")}
                        columns=${columnsNamed(shown)}
                        setHere=${() => {}}
                        open=${(row) => go(`/message/${row.id}`)}
                      />
                    `}
            <//>
          </div>
        `
      }
    <//>
  `;
}
