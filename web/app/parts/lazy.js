// SPDX-License-Identifier: Apache-2.0
// A component whose module is fetched when it is first shown, so that the first page stays small.
import { useEffect, useState } from "preact/hooks";

import { html } from "../html.js";
import { learn, t } from "../i18n.js";
import { Dialog } from "./dialog.js";

/** After an upgrade the modules of an open page are no longer there under their old names. */
const Lost = ({ close }) => html`
  <${Dialog} title=${t("page.failed")} close=${close ?? (() => location.reload())}>
    <div class="dialog-body">
      <div class="dialog-foot">
        <button class="primary" onClick=${() => location.reload()}>${t("page.reload")}</button>
      </div>
    </div>
  <//>
`;

export function lazy(load) {
  let View = null;
  return function Lazy(props) {
    const [state, setState] = useState("");
    useEffect(() => {
      if (!View)
        Promise.all([load(), learn("later")]).then(
          ([module]) => {
            View = module.default;
            setState("here");
          },
          () => setState("lost"),
        );
    }, []);
    if (state === "lost") return html`<${Lost} close=${props.close} />`;
    return (
      View &&
      html`
        <${View} ...${props} />
      `
    );
  };
}
