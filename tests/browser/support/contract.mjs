// SPDX-License-Identifier: Apache-2.0
// Answers as the API's contract has them, for pages that must be looked at with all of it.
const now = Date.now();
const ago = (hours) => new Date(now - hours * 3600000).toISOString();
const document = `# What becomes of mail.
layers: [lists, helo, headers, dnsbl, spf, dkim, dmarc, words, classifier, rules]
rules:
  - { when: clamav.infected,       then: quarantine }
  - { when: dmarc.reject,          then: reject }
  - { when: [spf.fail, dkim.none], add: 3 }
points: { tag: 3.5, quarantine: 6, block: 9 }
mode: enforce
`;
const diff = `--- in force
+++ draft
@@ -6,4 +6,4 @@
   - { when: [spf.fail, dkim.none], add: 3 }
-points: { tag: 3.5, quarantine: 6, block: 9 }
+points: { tag: 3, quarantine: 6, block: 8 }
 mode: enforce
`;
const revisions = [
  { number: 7, time: ago(2), author: "root", note: "先週の誤判定を受けて、タグの基準を下げる", of: 0 },
  { number: 6, time: ago(50), author: "root", note: "", of: 4 },
  { number: 5, time: ago(70), author: "mika", note: "Block from 8", of: 0 },
];
const simulation = {
  looked_at: 18234,
  unchanged: 18102,
  not_judged: 40,
  beyond: 12,
  rescanned: 0,
  layers_without_facts: ["classifier"],
  changes: [
    { from: "deliver", to: "tag", count: 96, examples: ["0JQ3V8K2M1N7P/1", "0JQ3V8K2M1N7Q/1"] },
    { from: "quarantine", to: "reject", count: 36, examples: ["0JQ3V8K2M1N7R/1"] },
  ],
  then: [{ from: "quarantine", to: "deliver", count: 3 }],
  domains: [
    { name: "example.org", looked_at: 15320, refused: 812, newly: 36, released: 2, allowed: 1,
      not_spam: 1, regretted: 3, safe: false, examples: ["0JQ3V8K2M1N7S/1"] },
    { name: "example.jp", looked_at: 2890, refused: 120, newly: 0, released: 0, allowed: 0,
      not_spam: 0, regretted: 0, safe: true, examples: [] },
    { name: "lab.example.org", looked_at: 24, refused: 1, newly: 0, released: 0, allowed: 0,
      not_spam: 0, regretted: 0, safe: null, examples: [] },
  ],
};
const trial = {
  complaints: [],
  looked_at: { bodies: 310, history: 18234 },
  undecided: ["BODY_PRIZE"],
  tests: [
    { name: "SPECIAL_PRICE", score: 2, effect: "", hits: 12, history_hits: 240, gave_up: 0,
      microseconds: 1.4, examples: ["0JQ3V8K2M1N7P/1"] },
    { name: "BODY_PRIZE", score: 1.5, effect: "", hits: 3, history_hits: null, gave_up: 0,
      microseconds: 22.1, examples: [] },
  ],
};
const conditions = [
  { name: "next_hop.down", object: "mail2.internal:25", severity: "critical", sentence: {
    en: "The server mail2.internal:25 does not answer: connection refused.",
    ja: "サーバー mail2.internal:25 が応答しません（接続拒否）。" }, advice: {
    en: "Mail waits in the queue and goes on by itself.", ja: "メールは待機し、復旧後に自動で配送されます。" },
    since: ago(0.4) },
  { name: "certificate.ends", object: "mx", severity: "warning", sentence: {
    en: "The certificate of mx ends in 12 days.", ja: "mx の証明書はあと12日で期限切れです。" }, advice: {
    en: "Renew it and reload.", ja: "更新して再読み込みしてください。" }, since: null },
];
const tests = Array.from({ length: 40 }, (_, at) => ({
  name: ["HTML_IMAGE_ONLY", "SUBJ_ALL_CAPS", "JA_PRIZE", "URI_PHISH",
    "特別価格"][at % 5] + (at > 4 ? `_${at}` : ""),
  layer: at % 5 === 4 ? "words" : "rules",
  source: `rules/spam.cf:${12 + at * 7}`,
  kind: "body",
  score: (at % 7) / 2,
  describe: "Only a picture and hardly any words in the whole message",
  japanese: "画像だけで文字がほとんどない",
  hits: Math.round(900 / (at + 1)),
  gave_up: at === 3 ? 2 : 0,
  runs: 18000,
  nanoseconds: Math.round(9e8 / (at + 1)),
}));

export const samples = {
  "GET domains": {
    domains: [
      { name: "example.org", next_hops: [{ server: "mail1.internal:25", down: false, used: true,
        problem: "", since: null, connections: 3 }, { server: "mail2.internal:25", down: true,
        used: true, problem: "connection refused", since: ago(0.4), connections: 0 }],
        tls: "opportunistic", protocol: "smtp", recipients: "callout", recipients_problem: "",
        alias_of: "", mode: "enforce", block_action: "reject", thresholds: { tag: 3.5,
        quarantine: 6, block: 9 }, today: { deliver: 1200, tag: 31, quarantine: 12, reject: 640 } },
      { name: "example.jp", next_hops: [{ server: "lmtp.internal:24", down: false, used: false,
        problem: "", since: null, connections: 0 }], tls: "verified", protocol: "lmtp",
        recipients: "ldap", recipients_problem: "the directory does not answer", alias_of: "",
        mode: "observe", block_action: "discard", thresholds: { tag: 4, block: 9 }, today: {} },
    ],
  },
  "POST domains/example.org/test": {
    ok: false,
    servers: [
      { server: "mail1.internal:25", ok: true, report: { takes_mail: true, takes_everyone: true,
        steps: [{ what: "address", mark: "good", detail: "10.0.0.5" }, { what: "connection",
        mark: "good", detail: "2 ms" }, { what: "greeting", mark: "good",
        detail: "mail1.internal ESMTP" }, { what: "tls", mark: "warning", detail: "not offered" },
        { what: "postmaster", mark: "good", detail: "250 OK" }, { what: "unknown",
        mark: "warning", detail: "250 OK" }] } },
      { server: "mail2.internal:25", ok: false, report: { takes_mail: false,
        takes_everyone: false, steps: [{ what: "connection", mark: "bad",
        detail: "connection refused" }] } },
    ],
  },
  "GET layers": {
    since: ago(24), counted_since: ago(90), messages: 18000, points: 214, scan: { found: 0,
      errors: 0, ms_p50: 4.1, ms_p95: 22 },
    layers: ["dos", "lists", "spf", "words", "classifier"].map((name, at) => ({
      name, summary: name, on: at !== 4, listener_layer: at === 0, content_layer: at > 2,
      facts: [{ name: `${name}.found`, english: "Found {} in it.", japanese: "{} が見つかりました。",
        overriding: at === 1 }],
      settings: `limit: ${at + 1}   # so many\nwindow: 30 min\n`, stopped: 400 >> at,
        found: 180 * at, errors: at === 2 ? 1 : 0, ms_p50: 0.02 * (at + 1),
        ms_p95: at === 4 ? null : 14.2 * at, ms_mean: null,
    })),
  },
  "GET system": {
    version: "0.9.0", started: ago(90), hostname: "mx.trial.example",
    certificates: [{ for: "listener mx", file: "mx.pem", subject: "CN=mx.trial.example", names: [
      "mx.trial.example", "mail.trial.example"], ends: ago(-288), days: 12, problem: "" }, {
      for: "web", file: "web.pem", subject: "", names: [], ends: null, days: null,
      problem: "web.pem: no such file" }],
    feeds: [{ name: "rules.example.net", url: "https://rules.example.net/", serial: 412,
      made: ago(3), looked: ago(1), problem: "" }, { name: "links", url: "", serial: 9,
      made: ago(90), looked: ago(1), problem: "the signature is not right" }],
    dns: { up: true, servers: ["127.0.0.1:53"], questions: 9120, failed: 3 }, disk: {
      free: 3.1e10, size: 1e11 }, store: { waiting: 4, held: 128, bytes: 5.2e7, bodies: 140,
      stopped: false }, scan: { workers_used: true, workers: 2, busy: 1, waiting: 0, problem: "",
      weaknesses: "" }, url: "https://mx.trial.example", data: "/var/lib/mailweir", conditions,
  },
  "GET backup": { folder: "/var/backups/mailweir", nightly: true, running: false, problem: "",
    notes: [], backups: [{ path: "a", made: ago(11), bytes: 8.1e7, before_upgrade: false }, {
    path: "b", made: ago(35), bytes: 8e7, before_upgrade: true }] },
  "GET alerts": { mail: ["postmaster@example.org"], mails_waiting: 0, hook: {
    url: "https://hooks.example.org/mailweir", waiting: 1, sent: 12, failed: 1, dropped: 0,
    problem: "503" }, report: "weekly", language: "en", standing: conditions,
    last_report: ago(60), next_report: ago(-100) },
  "GET report": { since: ago(24), until: ago(0), subject: "Mailweir: 1,883 messages, 652 refused",
    text: "Delivered      1,200\nTagged            31\nHeld              12\nRefused          640\n\nmail2.internal:25 did not answer for 24 minutes.\n", html: "" },
  "POST alerts/test": { sent: [{ to: "postmaster@example.org", id: "0JQ3V8K2M1N7P", problem: "" },
    { to: "https://hooks.example.org/mailweir", id: null, problem: "503 Service Unavailable" }] },
  "POST alerts/report": { sent: [{ to: "postmaster@example.org", id: "0JQ3V8K2M1N7P",
    problem: "" }] },
  "GET policy": { layers: ["lists"], domains: ["example.jp"], mode: "enforce", document,
    revision: 7, origin: "web", file: "", locked: null, problem: "" },
  "GET policy/revisions": { current: 7, revisions, next: null },
  "GET policy/revisions/5": { ...revisions[2], document },
  "POST policy/check": { ok: false, complaints: [{ line: 5, column: 13,
    text: "no layer finds “dmarc.rejekt”",
    source_line: "  - { when: dmarc.rejekt,          then: reject }",
    hint: "did you mean dmarc.reject?" }], unread: [{ name: "helo.bare",
    english: "It introduced itself by a bare name.", japanese: "ホスト名だけで名乗りました。" }], layers: 10,
    rules: 3, domains: 1 },
  "POST policy/diff": { text: diff, added: 1, removed: 1 },
  "POST policy/apply": { revision: 8, warnings: [] },
  "POST policy/rollback": { revision: 8, warnings: [] },
  "POST policy/simulate": { job: "s" },
  "GET jobs/s": { state: "done", done: 18234, total: 18234, changed: 0, problem: "",
    result: simulation },
  "POST rules/trial": { job: "t" },
  "GET jobs/t": { state: "done", done: 310, total: 310, changed: 0, problem: "", result: trial },
  "GET rules": { messages: 18000, measured: 18000, tests, next: null },
};
