// SPDX-License-Identifier: Apache-2.0
// A day of statistics as the API gives them, for pages that must be looked at without waiting a day.
const wave = (at, low, high, phase = 0) =>
  Math.round(low + (high - low) * (0.5 + 0.5 * Math.sin((at / 96) * 2 * Math.PI - 1.9 + phase)));

export function statistics(now = Date.now(), count = 96) {
  const start = Math.floor(now / 900000) * 900000 - (count - 1) * 900000;
  const steps = Array.from({ length: count }, (_, at) =>
    new Date(start + at * 900000).toISOString(),
  );
  const series = (low, high, phase) =>
    steps.map((_, at) => wave(at, low, high, phase) + ((at * 7919) % 5));
  const actions = {
    deliver: series(12, 160),
    tag: series(1, 14, 0.3),
    quarantine: series(2, 22, 0.8),
    discard: series(0, 2),
    defer: series(1, 8, 2),
    reject: series(20, 70, 1.4),
  };
  const total = (name, from) => actions[name].slice(from).reduce((sum, value) => sum + value, 0);
  const totals = (from) =>
    Object.fromEntries(Object.keys(actions).map((name) => [name, total(name, from)]));
  return {
    steps,
    actions,
    layers: [
      ["blocklist", 2210],
      ["dnsbl", 1740],
      ["rules", 820],
      ["intent", 611],
      ["classifier", 340],
      ["dmarc", 120],
      ["clamav", 3],
    ].map(([layer, stopped]) => ({ layer, stopped, seen: stopped * 3, ms_p50: 0.4, ms_p95: 3.1 })),
    latency: { p50: series(20, 40), p95: series(80, 240, 0.5) },
    queue: { waiting: series(0, 6, 2), held: series(200, 260, 0.2) },
    scores: Array.from({ length: 30 }, (_, at) => ({
      from: at / 2 - 2,
      to: at / 2 - 1.5,
      count: Math.round(
        1800 * Math.exp(-((at - 5) ** 2) / 8) + 420 * Math.exp(-((at - 22) ** 2) / 20),
      ),
    })),
    sources: [
      ["192.0.2.14", 812, 800],
      ["198.51.100.7", 640, 2],
      ["203.0.113.99", 401, 390],
      ["2001:db8::25", 220, 0],
    ].map(([client, messages, bad]) => ({ client, count: messages, bad })),
    senders: [
      ["newsletter.example.net", 640],
      ["partner.example", 420],
      ["<script>alert(1)</script>.example", 33],
    ].map(([sender, messages]) => ({ sender, count: messages, bad: 0 })),
    recipients: [
      ["desk@example.org", 912],
      ["office@example.org", 655],
      ["info@example.jp", 120],
    ].map(([recipient, messages]) => ({ recipient, count: messages, bad: 0 })),
    totals: { all: totals(0), today: totals(40), hour: totals(count - 4) },
  };
}

/** Answers for the gateway. */
export const play = (page) =>
  page.route("**/api/v1/statistics**", (route) => route.fulfill({ json: statistics() }));
