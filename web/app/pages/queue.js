// SPDX-License-Identifier: Apache-2.0
// Mail that waits for an internal server.
import { useState } from "preact/hooks";

import { post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useRefresh, useRows } from "../load.js";
import { columnsNamed } from "../parts/columns.js";
import { followed } from "../parts/deeds.js";
import { Confirm } from "../parts/dialog.js";
import { Marks } from "../parts/filters.js";
import { Text, plainText } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Page } from "../parts/page.js";
import { Progress } from "../parts/progress.js";
import { Rows, countWords } from "../parts/rows.js";
import { SearchBox } from "../parts/search_box.js";
import { useCursor, useSelection } from "../parts/selection.js";
import { Empty, Loaded, NoMatch } from "../parts/states.js";
import { complain, say } from "../parts/toasts.js";
import { go, useQuery } from "../router.js";
import { mayAct } from "../session.js";
import { Time, relative } from "../when.js";

const attempts = {
  name: "reason",
  title: "column.attempts",
  cell: (row) => html`
    <span class="small">
      ${t("queue.attempts", { n: row.attempts })}
      <br />
      <span class="quiet">
        ${row.next_attempt && t("queue.next", { when: relative(row.next_attempt) })}
      </span>
    </span>
  `,
};
const said = {
  name: "said",
  title: "column.last_reply",
  cell: (row) => html`
    <span class="line two small quiet" title=${plainText(row.last_reply)}>
      <${Text} most=${300}>${row.last_reply || "–"}<//>
    </span>
  `,
};
const ends = {
  name: "verdict",
  title: "column.ends",
  cell: (row) => html`
    <span class="small"><${Time} at=${row.expires_at} as=${relative} /></span>
  `,
};

const none = new Set();

function Chosen({ chosen, act }) {
  if (!chosen.count) return null;
  return html`
    <div class="list-tools chosen">
      <span class="strong" role="status">${countWords(chosen)}</span>
      <span class="grow"></span>
      <button class="little" onClick=${() => act("retry")}>${t("queue.retry")}</button>
      <button class="little" onClick=${() => act("hold")}>${t("queue.hold")}</button>
      <button class="little danger" onClick=${() => act("delete")}>${t("queue.delete")}</button>
      <button class="bare little" onClick=${chosen.clear}>${t("act.cancel")}</button>
    </div>
  `;
}

export default function Queue() {
  const [query, change] = useQuery();
  const filter = {
    text: query.text ?? "",
    domain: query.domain ?? "",
    recipient: query.recipient ?? "",
  };
  const of = useRows("queue", filter);
  const chosen = useSelection(of, none);
  const [asked, setAsked] = useState(null);
  useRefresh(() => of.pages.length < 2 && of.again(), 10);
  const open = (row) => go(`/message/${row.id}`);
  const cursor = useCursor(of, { open, chosen: mayAct() ? chosen : null, hidden: none });
  const act = async (verb, body) => {
    setAsked(null);
    try {
      const answer = await post(`queue/${verb}`, body, body.all ? filter : undefined);
      const { changed, job, total } = answer;
      const n = job ? await followed(job, t(`queue.${verb}`), total) : changed;
      say(t("queue.done", { n }));
    } catch (problem) {
      complain(problem);
    }
    chosen.clear();
    of.again();
  };
  const onChosen = (verb) => {
    const ids = chosen.rows.map((row) => row.id);
    verb === "delete" ? setAsked({ ids }) : act(verb, { ids });
  };
  const list = columnsNamed(
    ["time", "sender", "subject", "recipient", "attempts", "said", "ends"],
    {
      more: { attempts, said, ends },
      acts:
        mayAct() &&
        ((row) => html`
          <span class="row-acts">
            <button class="little" onClick=${() => act("retry", { ids: [row.id] })}>
              ${t("queue.retry")}
            </button>
          </span>
        `),
    },
  );
  const set = ["domain", "recipient"].filter((name) => query[name]);
  const is_filtered = Boolean(query.text) || set.length > 0;
  const is_empty = of.is_loaded && of.pages.flat().length === 0;
  return html`
    <${Page}
      title=${t("nav.queue")}
      intro=${t("queue.intro")}
      tools=${
        mayAct() &&
        !is_empty &&
        html`
          <button onClick=${() => act("retry", { all: true })}>
            <${Icon} name="reload" />
            ${t("queue.retry_all")}
          </button>
        `
      }
    >
      <div class="card flush has-rows">
        <div class="list-tools">
          <${SearchBox}
            label=${t("queue.search")}
            value=${query.text ?? ""}
            onValue=${(text) => change({ text })}
          />
        </div>
        <${Marks} names=${set} query=${query} change=${change} />
        <${Chosen} chosen=${chosen} act=${onChosen} />
        <${Loaded}
          of=${of}
          is_empty=${is_empty}
          empty=${
            is_filtered
              ? html`<${NoMatch} />`
              : html`
                  <${Empty} icon="queue" title=${t("queue.empty")}>
                    <p>${t("queue.empty_text")}</p>
                  <//>
                `
          }
        >
          <${Rows}
            of=${of}
            columns=${list}
            chosen=${mayAct() ? chosen : null}
            here=${cursor.here}
            setHere=${cursor.setHere}
            label=${t("nav.queue")}
          />
        <//>
      </div>
      <${Progress} />
      ${
        asked &&
        html`
          <${Confirm}
            title=${t("queue.delete")}
            text=${t("queue.sure_delete")}
            act=${t("queue.delete")}
            danger
            done=${() => act("delete", asked)}
            close=${() => setAsked(null)}
          />
        `
      }
    <//>
  `;
}
