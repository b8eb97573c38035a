// SPDX-License-Identifier: Apache-2.0
// A component whose module is fetched when it is first shown, so that the first page stays small.
import { useEffect, useState } from "preact/hooks";

import { html } from "../html.js";

export function lazy(load) {
  let View = null;
  return function Lazy(props) {
    const [, arrived] = useState(false);
    useEffect(() => {
      if (!View)
        load().then((module) => {
          View = module.default;
          arrived(true);
        });
    }, []);
    return (
      View &&
      html`
        <${View} ...${props} />
      `
    );
  };
}
