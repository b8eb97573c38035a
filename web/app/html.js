// SPDX-License-Identifier: Apache-2.0
// Templates become virtual nodes: what stands in ${} is a text node or an attribute, never HTML.
import htm from "htm";
import { h } from "preact";

export const html = htm.bind(h);
