// SPDX-License-Identifier: Apache-2.0
// Help: what the gateway does with mail, and filters for mail programs with this site's own tag.
import { html } from "../html.js";
import { language, t, texts } from "../i18n.js";
import { useAnswer } from "../load.js";
import { Contact } from "../parts/contact.js";
import { saveFile } from "../parts/csv.js";
import { gmailFilter, sieveScript } from "../parts/filter_files.js";
import { Icon } from "../parts/icons.js";
import { Page } from "../parts/page.js";
import { Answer, Empty } from "../parts/states.js";
import { session } from "../session.js";
import { useStore } from "../store.js";

const tagOf = () => (session.value.tag ?? "").trim() || "[S_P_A_M]";

/** `code` and **strong** in a text, as nodes; {tag} is this site's own. */
function marked(text) {
  return text
    .replaceAll("{tag}", tagOf())
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part) =>
      part.startsWith("`")
        ? html`
            <code class="token">${part.slice(1, -1)}</code>
          `
        : part.startsWith("**")
          ? html`
              <strong>${part.slice(2, -2)}</strong>
            `
          : part,
    );
}

const Block = ({ block }) =>
  typeof block === "string"
    ? html`
        <p>${marked(block)}</p>
      `
    : block.steps
      ? html`
          <ol class="steps">
            ${block.steps.map(
              (step) => html`
                <li>${marked(step)}</li>
              `,
            )}
          </ol>
        `
      : block.points
        ? html`
            <ul class="steps">
              ${block.points.map(
                (point) => html`
                  <li>${marked(point)}</li>
                `,
              )}
            </ul>
          `
        : block.file === "sieve"
          ? html`
              <pre class="code" tabindex="0">${sieveScript(tagOf())}</pre>
              <p>
                <button
                  onClick=${() => saveFile(sieveScript(tagOf()), "mailweir.sieve", "application/sieve")}
                >
                  <${Icon} name="download" />
                  ${t("help.download_sieve")}
                </button>
              </p>
            `
          : block.file === "gmail"
            ? html`
                <p>
                  <button
                    onClick=${() => saveFile(gmailFilter(tagOf()), "mailweir-gmail.xml", "application/xml")}
                  >
                    <${Icon} name="download" />
                    ${t("help.download_gmail")}
                  </button>
                </p>
              `
            : html`
                <h2>${block.title}</h2>
              `;

const Topic = ({ topic }) => html`
  <article class="card stack prose-wide">
    ${topic.text.map(
      (block) => html`
        <${Block} block=${block} />
      `,
    )}
  </article>
`;

export default function Help({ topic }) {
  const spoken = useStore(language);
  const of = useAnswer(`help ${spoken}`, () => texts("help"));
  const now = of.data?.topics.find((one) => one.name === topic);
  const title = now ? now.title : t("nav.help");
  return html`
    <${Page}
      title=${title}
      key=${topic}
      narrow
      tools=${
        topic &&
        html`
          <a class="button" href="/help">${t("help.all")}</a>
        `
      }
    >
      <${Answer} of=${of}>
        ${({ topics }) =>
          topic && !now
            ? html`
                <${Empty} icon="help" title=${t("page.missing")} />
              `
            : now
              ? html`
                  <${Topic} topic=${now} />
                `
              : html`
                  <p class="notice">
                    <${Icon} name="tag" />
                    <span>
                      ${t("help.tag_note")}${" "}
                      <code class="token">${tagOf()}</code>
                    </span>
                  </p>
                  <div class="columns">
                    ${topics.map(
                      (one) => html`
                        <a key=${one.name} class="card help-card" href=${`/help/${one.name}`}>
                          <h2>${one.title}</h2>
                          <p class="quiet small">${one.about}</p>
                        </a>
                      `,
                    )}
                  </div>
                `}
      <//>
      <${Contact} />
    <//>
  `;
}
