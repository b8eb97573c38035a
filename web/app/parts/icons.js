// SPDX-License-Identifier: Apache-2.0
// Line icons on a field of 24 × 24. They decorate: words always stand beside them or in a label.
import { html } from "../html.js";

const shapes = {
  allow: "M20 6 9 17l-5-5",
  alert:
    "M12 9v4m0 4h.01M10.3 3.9 2 18a2 2 0 0 0 1.7 3h16.6a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0z",
  audit: "M9 5h11M9 12h11M9 19h11M4 5h.01M4 12h.01M4 19h.01",
  back: "M15 18l-6-6 6-6",
  block: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.6 5.6l12.8 12.8",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2",
  close: "M18 6 6 18M6 6l12 12",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  dashboard: "M4 13h6V4H4zM14 20h6v-9h-6zM14 8h6V4h-6zM4 20h6v-4H4z",
  deliver: "M5 12h14M13 6l6 6-6 6",
  domains: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.2 9.2a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.1.9-1.1 1.7M12 17h.01",
  inbox: "M4 13l2.5-8h11L20 13v6H4zM4 13h5l1 3h4l1-3h5",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8h.01",
  keys: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  layers: "M12 3 3 8l9 5 9-5zM3 12l9 5 9-5M3 16l9 5 9-5",
  lists: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  log: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h5",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  next: "M9 18l6-6-6-6",
  plus: "M12 5v14M5 12h14",
  policy: "M12 3l7 3v6c0 4-3 7-7 9-4-2-7-5-7-9V6z",
  preferences:
    "M4 7h10M18 7h2M4 17h2M10 17h10M14 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM6 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0z",
  quarantine: "M4 4h16v5H4zM5 9v11h14V9M10 13h4",
  queue: "M4 5h16M4 12h16M4 19h10",
  reload: "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
  reject: "M18 6 6 18M6 6l12 12",
  discard: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4",
  system: "M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01",
  tag: "M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01",
  test: "M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3",
  undo: "M9 7H4V2M4 7c3-4 9-5 13-1s4 10 0 13-9 2-11 0",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 4-6 8-6s8 2 8 6",
  users:
    "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2.2.8 3.5 2.6 3.5 5.5",
};
shapes.defer = shapes.clock;

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${shapes[name]} /></svg>
`;
