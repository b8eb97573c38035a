// SPDX-License-Identifier: Apache-2.0
// Long work in the gateway: how far it is, what it found so far, and a way to end it.
import { useEffect, useRef, useState } from "preact/hooks";

import { ask } from "../gate.js";
import { html } from "../html.js";
import { number, t } from "../i18n.js";
import { followJob } from "./jobs.js";
import { wordsOf } from "./states.js";

/** `begin(asks)`: `asks` answers { job } or, where it is done at once, the result itself. */
export function useJob() {
  const [state, setState] = useState({});
  const turn = useRef(0);
  useEffect(() => () => ++turn.current, []);
  const follow = (id, mine) =>
    followJob(id, (job) => {
      if (mine !== turn.current) return false;
      const problem = job.state === "failed" ? { message: job.problem } : null;
      setState({ id, job, result: job.result ?? null, is_running: job.state === "running", problem });
      return true;
    });
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
