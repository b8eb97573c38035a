// SPDX-License-Identifier: Apache-2.0
// What was pasted into the field at the top, whole: a field of one line has no line ends.
export let pasted = "";
export function keepPasted(text) {
  pasted = text.slice(0, 60000);
}
