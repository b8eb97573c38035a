// SPDX-License-Identifier: Apache-2.0
// Parts of a page, one at a time; which one stands in the address.
import { html } from "../html.js";

export const Tabs = ({ label, options, value, onValue }) => html`
  <nav class="page-tabs" aria-label=${label}>
    ${options.map(
      ([one, words]) => html`
        <button
          key=${one}
          class="bare"
          aria-current=${one === value ? "true" : undefined}
          onClick=${() => onValue(one)}
        >
          ${words}
        </button>
      `,
    )}
  </nav>
`;
