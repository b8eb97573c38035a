// SPDX-License-Identifier: Apache-2.0
// Starts the pages: words and session at once, then the shell.
import { render } from "preact";

import { html } from "./html.js";
import { isKnown, language, speak, t } from "./i18n.js";
import { wordsOf } from "./parts/states.js";
import { listen } from "./router.js";
import { begin } from "./session.js";
import { Shell } from "./shell.js";

const root = document.getElementById("app");

/** Said in both languages: the words may be what is missing. */
const Slow = () => html`
  <main class="plain">
    <h1>Mailweir</h1>
    <p role="status">${isKnown("banner.slow") ? t("banner.slow") : "…"}</p>
  </main>
`;

const Away = ({ why, again }) => html`
  <main class="plain">
    <h1>Mailweir</h1>
    <p role="status">${isKnown("banner.away") ? t("banner.away") : sayings.join(" / ")}</p>
    ${why && html`<p class="quiet">${why}</p>`}
    <p><button onClick=${again}>${isKnown("act.again") ? t("act.again") : "Again / 再試行"}</button></p>
  </main>
`;
const sayings = [
  "The gateway does not answer. This page tries again by itself.",
  "ゲートウェイが応答しません。自動的に再試行します。",
];

/** Until it works: a gateway that starts, a full disk, a connection that was cut. */
async function insist(work) {
  for (let pause = 1000; ; pause = Math.min(pause * 1.5, 15000)) {
    const slow = setTimeout(() => render(html`<${Slow} />`, root), 3000);
    try {
      return await work();
    } catch (problem) {
      clearTimeout(slow);
      const why = isKnown("state.failed") && problem.status ? wordsOf(problem) : "";
      await new Promise((again) => {
        render(html`<${Away} why=${why} again=${again} />`, root);
        setTimeout(again, pause);
      });
    } finally {
      clearTimeout(slow);
    }
  }
}

await insist(() => speak(language.value, { remember: false }));
await insist(begin);
listen();
render(
  html`
    <${Shell} />
  `,
  root,
);
