// SPDX-License-Identifier: Apache-2.0
// Long work in the gateway: how far it is, what it found so far, and a way to end it.
import { useEffect, useRef, useState } from "preact/hooks";

import { ask, get } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { wordsOf } from "./states.js";

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** `begin(asks)`: `asks` answers { job } or, where it is done at once, the result itself. */
export function useJob() {
  const [state, setState] = useState({});
  const turn = useRef(0);
  useEffect(() => () => ++turn.current, []);
  const follow = async (id, mine) => {
    for (;;) {
      const job = await get(`jobs/${id}`);
      if (mine !== turn.current) return;
      const is_over = job.state !== "running";
      const problem = job.state === "failed" ? { message: job.problem } : null;
      setState({ id, job, result: job.result ?? null, is_running: !is_over, problem });
      if (is_over) return;
      await pause(500);
    }
  };
  const begin = async (asks) => {
    const mine = ++turn.current;
    setState({ is_running: true });
    try {
      const answer = await asks();
      if (mine !== turn.current) return;
      if (answer.job) await follow(answer.job, mine);
      else setState({ result: answer });
    } catch (problem) {
      if (mine === turn.current) setState({ problem });
    }
  };
  const end = () => state.id && ask("DELETE", `jobs/${state.id}`).catch(() => {});
  return { ...state, begin, end, clear: () => (++turn.current, setState({})) };
}

export function JobProgress({ of, label }) {
  if (of.problem && !of.problem.said?.complaints)
    return html`<p class="error" role="alert">${wordsOf(of.problem)}</p>`;
  if (!of.is_running)
    return of.job?.state === "cancelled" ? html`<p class="notice">${t("job.cancelled")}</p>` : null;
  const { done = 0, total = 0 } = of.job ?? {};
  return html`
    <div class="row nowrap" role="status">
      <progress
        class="grow"
        aria-label=${label}
        max=${total || 1}
        value=${total ? done : undefined}
      ></progress>
      <span class="number small nowrap">
        ${total ? t("bulk.progress", { done: number(done), total: number(total) }) : t("state.loading")}
      </span>
      ${of.id && html`<button class="little" onClick=${of.end}>${t("job.cancel")}</button>`}
    </div>
  `;
}
