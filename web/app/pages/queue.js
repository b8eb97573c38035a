// SPDX-License-Identifier: Apache-2.0
import { html } from "../html.js";
export default () => html`<div class="page"><h1>…</h1></div>`;
