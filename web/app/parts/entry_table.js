// SPDX-License-Identifier: Apache-2.0
import { ask, post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { mayAct } from "../session.js";
import { Time, date, relative } from "../when.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { Foot } from "./states.js";
import { complain, say } from "./toasts.js";

const keyOf = ({ list, scope, entry }) => `${list} ${scope} ${entry}`;

/** Removes at once; the undo puts back what was there. */
async function remove(entry, of, all) {
  const { list, entry: text, note, expires } = entry;
  const scope = all ? entry.scope : "own";
  of.change((entries) => entries.filter((one) => keyOf(one) !== keyOf(entry)));
  try {
    await ask("DELETE", "lists", { query: { list, scope, entry: text } });
    say(t("done.entry_removed", { entry: text }), {
      undo: () =>
        post("lists", { list, scope, entry: text, note, expires: expires ?? "" })
          .then(of.again)
          .catch(complain),
    });
  } catch (problem) {
    complain(problem);
    of.again();
  }
}

const scopeWords = (scope) => {
  const [kind, name] = [scope.split(":")[0], scope.slice(scope.indexOf(":") + 1)];
  return kind === "global" || kind === "" ? t("scope.global_short") : name;
};

const Row = ({ entry, all, of }) => html`
  <tr role="row">
    <td role="cell" class="e-list">
      <span class=${`mark ${entry.list === "allow" ? "good" : "bad"}`}>
        ${t(`lists.${entry.list}`)}
      </span>
    </td>
    <th role="rowheader" scope="row" class="e-entry">
      <span class="strong"><${Text} most=${320}>${entry.entry}<//></span>
      <span class="quiet small">${" "}${t(`kind.${entry.kind}`)}</span>
      ${
        entry.note &&
        html`
          <div class="small quiet"><${Text} most=${500}>${entry.note}<//></div>
        `
      }
    </th>
    ${
      all &&
      html`
        <td role="cell" class="e-scope small"><${Text}>${scopeWords(entry.scope)}<//></td>
      `
    }
    <td role="cell" class="e-hits small">
      ${
        entry.hits > 0
          ? html`
              ${t("lists.hits", { n: entry.hits })}${" "}
              <span class="quiet"><${Time} at=${entry.last_hit} as=${relative} /></span>
            `
          : html`
              <span class="quiet">${t("lists.no_hit")}</span>
            `
      }
    </td>
    <td role="cell" class="e-made small quiet">
      <${Time} at=${entry.created} as=${date} />
      ${
        entry.author &&
        html`
          <br />
          <${Text} most=${60}>${entry.author}<//>
        `
      }
    </td>
    <td role="cell" class="e-ends small">
      ${
        entry.expires
          ? html`
              <${Time} at=${entry.expires} as=${relative} />
            `
          : html`
              <span class="quiet">${t("expiry.never")}</span>
            `
      }
    </td>
    <td role="cell" class="e-acts end">
      ${
        mayAct() &&
        html`
          <button
            class="little bare danger"
            onClick=${() => remove(entry, of, all)}
            aria-label=${t("lists.remove_one", { entry: entry.entry })}
          >
            <${Icon} name="discard" />
            ${t("lists.remove")}
          </button>
        `
      }
    </td>
  </tr>
`;

export const EntryTable = ({ entries, all, of }) => html`
  <div class="table-frame">
    <table class="entries" role="table" aria-label=${t("nav.lists")}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">${t("lists.which")}</th>
          <th role="columnheader" scope="col">${t("entry.entry")}</th>
          ${
            all &&
            html`
              <th role="columnheader" scope="col">${t("entry.scope")}</th>
            `
          }
          <th role="columnheader" scope="col">${t("lists.last_hit")}</th>
          <th role="columnheader" scope="col">${t("lists.created")}</th>
          <th role="columnheader" scope="col">${t("entry.expires")}</th>
          <th role="columnheader" scope="col">
            <span class="only-read">${t("column.acts")}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${entries.map(
          (entry) => html`
            <${Row} key=${keyOf(entry)} entry=${entry} all=${all} of=${of} />
          `,
        )}
      </tbody>
    </table>
  </div>
  ${
    of.more
      ? html`<${Foot} of=${of} />`
      : html`<div class="list-foot">${t("lists.count", { n: entries.length })}</div>`
  }
`;
