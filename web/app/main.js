// SPDX-License-Identifier: Apache-2.0
// Starts the pages: words and session at once, then the shell.
import { render } from "preact";

import { answers } from "./gate.js";
import { html } from "./html.js";
import { language, speak, t } from "./i18n.js";
import { listen } from "./router.js";
import { begin } from "./session.js";
import { Shell } from "./shell.js";

const root = document.getElementById("app");

const Away = () => html`
  <main class="plain">
    <h1>Mailweir</h1>
    <p role="status">${t("banner.away")}</p>
  </main>
`;

async function start() {
  for (;;) {
    try {
      await begin();
      return;
    } catch (problem) {
      if (problem.title !== "unreachable") throw problem;
      render(
        html`
          <${Away} />
        `,
        root,
      );
      await new Promise((done) => {
        const stop = answers.watch((is_up) => is_up && (stop(), done()));
      });
    }
  }
}

await Promise.all([speak(language.value, { remember: false }), start()]);
listen();
render(
  html`
    <${Shell} />
  `,
  root,
);
