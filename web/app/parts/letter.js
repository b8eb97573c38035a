// SPDX-License-Identifier: Apache-2.0
// A letter that is ready to be sent, in the language of whoever gets it: to copy, or to open in
// the mail program.
import { useEffect, useState } from "preact/hooks";

import { html } from "../html.js";
import { language, languages, t } from "../i18n.js";
import { session } from "../session.js";
import { Dialog } from "./dialog.js";
import { Field, Segmented, Select } from "./field.js";
import { Icon } from "./icons.js";
import { brakeReason } from "./sending_why.js";
import { Waiting } from "./states.js";
import { complain, say } from "./toasts.js";

const files = {
  en: new URL("../letters.en.json", import.meta.url),
  ja: new URL("../letters.ja.json", import.meta.url),
};

const filled = (text, values) =>
  text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** Lines whose values are not known are left out. */
const written = (letter, values) => ({
  subject: filled(letter.subject, values),
  text: letter.lines
    .filter((line) => [...line.matchAll(/\{(\w+)\}/g)].every(([, name]) => values[name]))
    .map((line) => filled(line, values))
    .join("\n"),
});

/** Why, and until when, in the letter's own language. */
function told(letters, spoken, values) {
  const { reason, count, limit } = brakeReason(values.why ?? "");
  const when = { dateStyle: "long", timeStyle: "short" };
  return {
    ...values,
    why: letters.why[reason] ? filled(letters.why[reason], { count, limit }) : "",
    until: values.until && new Intl.DateTimeFormat(spoken, when).format(new Date(values.until)),
    hostname: session.value.hostname || "Mailweir",
  };
}

function useLetters(spoken) {
  const [all, setAll] = useState({});
  useEffect(() => {
    if (all[spoken]) return;
    fetch(files[spoken])
      .then((answer) => answer.json())
      .then((letters) => setAll((old) => ({ ...old, [spoken]: letters })))
      .catch(complain);
  }, [spoken]);
  return all[spoken];
}

/** `kinds`: names of letters; `values`: what they tell. */
export default function Letter({ kinds, values, close }) {
  const [spoken, speak] = useState(language.value);
  const [kind, setKind] = useState(kinds[0]);
  const letters = useLetters(spoken);
  const { subject, text } = letters ? written(letters[kind], told(letters, spoken, values)) : {};
  const to = values.account?.includes("@") ? values.account : "";
  const copy = () =>
    navigator.clipboard
      .writeText(`${subject}\n\n${text}`)
      .then(() => say(t("letter.copied")))
      .catch(complain);
  const address = `mailto:${encodeURIComponent(to)}?subject=${encodeURIComponent(subject ?? "")}&body=${encodeURIComponent((text ?? "").replaceAll("\n", "\r\n"))}`;
  return html`
    <${Dialog} title=${t("letter.title")} close=${close}>
      <div class="dialog-body stack">
        <div class="row">
          ${
            kinds.length > 1 &&
            html`
              <${Select}
                quiet
                label=${t("letter.kind")}
                options=${kinds.map((one) => [one, t(`letter.${one}`)])}
                value=${kind}
                onValue=${setKind}
              />
            `
          }
          <${Segmented}
            quiet
            label=${t("preferences.language")}
            value=${spoken}
            onValue=${speak}
            options=${Object.entries(languages)}
          />
        </div>
        ${
          letters
            ? html`
                <${Field} label=${t("letter.subject")} value=${subject} readonly lang=${spoken} />
                <${Field} label=${t("letter.text")} area rows="14" value=${text} readonly lang=${spoken} />
              `
            : html`<${Waiting} lines=${3} />`
        }
        <div class="dialog-foot">
          <a class="button" href=${address}>
            <${Icon} name="external" />
            ${t("letter.mail")}
          </a>
          <button class="primary" onClick=${copy} disabled=${!letters}>
            <${Icon} name="copy" />
            ${t("letter.copy")}
          </button>
        </div>
      </div>
    <//>
  `;
}
