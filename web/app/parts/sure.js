// SPDX-License-Identifier: Apache-2.0
// The question before a deed on all that match: what is meant, and how many messages that are.
import { get } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useAnswer } from "../load.js";
import { Confirm } from "./dialog.js";
import { Text } from "./hostile.js";

/** The filter in words: what "all that match" means. */
const filterWords = (query) =>
  Object.entries(query)
    .filter(([name, value]) => value && name !== "mine")
    .map(([name, value]) => `${t(`filter.${name}`)}: ${value}`)
    .join(", ");

export default function Sure({ asked, scopeWords, done, close }) {
  const { deed, query } = asked;
  const of = useAnswer(`matching ${JSON.stringify(query)}`, () =>
    get("quarantine", { ...query, limit: 1000 }),
  );
  const words = filterWords(query);
  const { rows, next } = of.data ?? {};
  const many = rows && t(next ? "bulk.more_than" : "bulk.exactly", { n: rows.length });
  return html`
    <${Confirm}
      title=${t(`deed.${deed}`)}
      text=${html`
        ${t("bulk.sure", { scope: scopeWords })}${" "}
        ${words ? html`<strong><${Text} most=${300}>${words}<//></strong>` : t("bulk.unfiltered")}
        ${" "}<span role="status">${many ?? ""}</span>
      `}
      act=${t(`deed.${deed}`)}
      danger=${deed !== "release" && deed !== "ham"}
      busy=${!rows || rows.length === 0}
      done=${done}
      close=${close}
    />
  `;
}
