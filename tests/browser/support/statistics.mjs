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
    step_s: 900,
    since: steps[0],
    latency_steps: {
      p50: series(18, 40).map((value, at) => (at > 20 && at < 24 ? null : value)),
      p95: series(90, 900, 0.6).map((value, at) => (at > 20 && at < 24 ? null : value)),
    },
    queue: { waiting: series(0, 9, 2), held: series(110, 140, 0.5) },
    actions,
    layers: [
      ["blocklist", 2210],
      ["dnsbl", 1740],
      ["points", 820],
      ["intent", 611],
      ["dmarc", 120],
      ["clamav", 3],
    ].map(([layer, number]) => ({ layer, count: number })),
    latency: ["10", "20", "50", "100", "200", "500", "1000", "5000", "more"].map((ms, at) => ({
      ms,
      count: [120, 900, 2200, 1400, 620, 210, 44, 9, 1][at],
    })),
    scores: Array.from({ length: 16 }, (_, at) => ({
      from: String(at - 1),
      count: Math.round(
        1800 * Math.exp(-((at - 3) ** 2) / 3) + 420 * Math.exp(-((at - 12) ** 2) / 6),
      ),
    })),
    sources: [
      ["192.0.2.14", 812, 800],
      ["198.51.100.7", 640, 2],
      ["2001:db8::25", 220, 0],
    ].map(([client, messages, bad]) => ({ client, count: messages, bad })),
    senders: [
      ["newsletter.example.net", 640],
      ["<script>alert(1)</script>.example", 33],
    ].map(([domain, messages]) => ({ domain, count: messages, bad: 0 })),
    recipients: [
      ["example.org", 1567],
      ["example.jp", 120],
    ].map(([domain, messages]) => ({ domain, count: messages, bad: 4 })),
    totals: { all: totals(0), today: totals(40), hour: totals(count - 4) },
  };
}

/** Answers for the gateway. */
export const play = (page) =>
  page.route("**/api/v1/statistics**", (route) => route.fulfill({ json: statistics() }));
