// SPDX-License-Identifier: Apache-2.0
// Times as people say them, in their own zone.
import { html } from "./html.js";
import { language } from "./i18n.js";

const format = (options) => new Intl.DateTimeFormat(language.value, options);
const day = { year: "numeric", month: "short", day: "numeric" };
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export const full = (time) =>
  format({ ...day, weekday: "short", ...clock, second: "2-digit", timeZoneName: "short" }).format(
    new Date(time),
  );
export const date = (time) => format(day).format(new Date(time));
export const hour = (time) => format(clock).format(new Date(time));

/** As short as it can be: today's hour, this year's day, else the date. */
export function brief(time) {
  const then = new Date(time);
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return hour(then);
  if (then.getFullYear() === now.getFullYear())
    return format({ month: "short", day: "numeric", ...clock }).format(then);
  return date(then);
}

/** A time on an axis of `times`: its hour within two days, else its day. */
export function tick(time, times) {
  const hours = (new Date(times.at(-1)) - new Date(times[0])) / 3600000;
  return hours < 48 ? hour(time) : format({ month: "short", day: "numeric" }).format(new Date(time));
}

/** "3 hours ago", "in 2 days". */
export function relative(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const steps = [
    ["second", 60],
    ["minute", 60],
    ["hour", 24],
    ["day", 30],
    ["month", 12],
    ["year", Infinity],
  ];
  let value = seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(value) < size || size === Infinity)
      return new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(
        Math.round(value),
        unit,
      );
    value /= size;
  }
  return "";
}

export const Time = ({ at, as = brief }) =>
  at
    ? html`
        <time datetime=${at} title=${full(at)}>${as(at)}</time>
      `
    : html`
        <span class="muted">–</span>
      `;
