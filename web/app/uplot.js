// SPDX-License-Identifier: Apache-2.0
// Fetched with the first plot, not with the first page.
export { default } from "uplot";
