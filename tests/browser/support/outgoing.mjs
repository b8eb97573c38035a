// SPDX-License-Identifier: Apache-2.0
// A week of outgoing mail as the API tells of it, for pages that must be looked at without one.
const ago = (hours) => new Date(Date.now() - hours * 3600000).toISOString();
const ahead = (hours) => ago(-hours);

const braked = (account, brake, why, more = {}) => ({
  account,
  brake,
  why,
  since: brake === "none" ? null : ago(0.6),
  until: brake === "lock" ? ahead(3.4) : null,
  exempt_until: null,
  last: ago(0.5),
  locks: brake === "lock" ? 1 : 0,
  gone: "",
  bounces: 0,
  written_again: 0,
  ...more,
});
export const accounts = [
  braked("carol@example.org", "lock", "burst: 412 where 60 is the limit"),
  braked("dan@example.org", "hold", "strangers: 44 where 25 is the limit", { bounces: 19, written_again: 7 }),
  braked("fay", "slow", "hidden: 130 where 100 is the limit"),
  braked("erin", "slow", "hour: 221 where 200 is the limit"),
  braked("newsletter@example.org", "none", "", { exempt_until: ahead(100) }),
  braked("old@example.org", "none", "", { gone: "address" }),
  braked("former", "none", "", { gone: "sign_in" }),
];
export const forwarding = [
  ["bob@example.org", "bob.private@mail.example", 412, 37],
  ["list-staff@example.org", "former.member@elsewhere.example", 95, 0],
  ["sales@example.org", "agency@partner.example", 1203, 4],
].map(([from, to, mails, spam]) => ({ from, to, mails, spam, first: ago(900), last: ago(2) }));

const cause = (name, state, seen = 0, passed = 0, by = []) => ({
  cause: name,
  state,
  seen,
  passed,
  stopped: seen - passed,
  last: seen ? ago(seen % 90) : null,
  by: by.map(([who, count]) => ({ name: who, count })),
});
export const hygiene = {
  looked: ago(0),
  whole: true,
  mails: 48210,
  causes: [
    cause("O2", "bad", 31, 31, [["erin", 30], ["office@example.org", 1]]),
    cause("O13", "bad", 3, 0, [["example.org", 3]]),
    cause("O1", "warning", 41, 0, [["bob@example.org", 37], ["sales@example.org", 4]]),
    cause("O11", "warning", 412, 0, [["carol@example.org", 412]]),
    cause("O16", "warning", 12, 0, [["carol@example.org", 12]]),
    ...["O4", "O12"].map((name) => cause(name, "unknown")),
    ...["O3", "O5", "O6", "O7", "O8", "O9", "O10", "O15"].map((name) => cause(name, "good")),
  ],
  refusals: [
    {
      domain: "big-provider.example",
      blames: "list",
      words:
        "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using a list; " +
        "see https://list.example/lookup?ip=192.0.2.1 \u202Efor more",
      link: "https://list.example/lookup?ip=192.0.2.1",
      last: ago(1),
      mails: 12,
      stands: true,
    },
    { domain: "other.example", blames: "reputation", words: "421 4.7.0 poor reputation", link: "",
      last: ago(50), mails: 3, stands: false },
  ],
  senders: [
    ["account", "carol@example.org", [2, 0, 3, 1, 0, 0, 418], 402, 12],
    ["host", "10.0.0.25", [610, 588, 97, 80, 601, 640, 1033], 402, 15],
    ["forwarder", "bob@example.org", [61, 55, 12, 9, 60, 58, 57], 37, 0],
    ["address", "office@example.org", [8, 9, 0, 0, 12, 10, 11], 0, 0],
  ].map(([kind, name, mails, stopped, refused]) => ({ kind, name, mails, stopped, refused, odd: 0 })),
};
export const records = {
  domain: "example.org",
  looked: ago(0.1),
  lists_looked: ago(0.1),
  busy: false,
  facts: [
    ["MX", "example.org", "ok", "10 mx.example.org", ""],
    ["PTR", "192.0.2.1", "wrong", "host-1.isp.example does not lead back",
      "1.2.0.192.in-addr.arpa. IN PTR mx.example.org."],
    ["SPF", "example.org", "ok", "v=spf1 mx -all", ""],
    ["DKIM", "s1._domainkey.example.org", "missing", "this key signs",
      `s1._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=${"MIIBIjANBgkq".repeat(20)}" "${"hkiG9w0B".repeat(14)}IDAQAB" )`],
    ["DMARC", "_dmarc.example.org", "note", "p=none: asks for nothing yet",
      '_dmarc.example.org. IN TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org"'],
    ["MTA-STS", "_mta-sts.example.org", "unknown", "timeout", ""],
  ].map(([what, name, state, found, paste]) => ({ what, name, state, found, paste })),
  lists: [
    ["192.0.2.1", "Spamhaus ZEN", "listed", "127.0.0.4: https://check.example/192.0.2.1"],
    ["192.0.2.1", "SpamCop", "not_listed", ""],
    ["example.org", "Spamhaus DBL", "refuses", "127.255.255.254"],
  ].map(([subject, name, state, answer]) => ({
    subject, name, state, answer, zone: "list.example", url: "https://list.example/",
  })),
};
const sent = Array.from({ length: 40 }, (_, at) => ({
  id: `0A1B2C3D4E5F${"0123456789"[at % 10]}/${at + 1}`,
  time: ago(at / 60),
  direction: "outbound",
  sender: "carol@example.org",
  from: "carol@example.org",
  recipient: `stranger${at}@far.example`,
  subject: at % 3 ? "your parcel waits" : "\u202Egnihtemos",
  action: at < 30 ? "reject" : at < 36 ? "quarantine" : "deliver",
  rule: at < 30 ? "habit.lock" : at < 36 ? "habit.hold" : "",
  step: at < 36 ? "rule" : "none",
  score: 0,
  findings: [],
  state: at < 30 ? null : at < 36 ? "held" : at < 38 ? "waiting" : "delivered",
}));

/** Bounces to carol, of which one is still held. */
const back = ["delivered", "held"].map((state, at) => ({
  ...sent[at],
  id: `0SBACK000000${at + 1}/1`,
  direction: "inbound",
  sender: "",
  from: "MAILER-DAEMON@far.example",
  recipient: "carol@example.org",
  subject: "Undelivered Mail Returned to Sender",
  action: "quarantine",
  rule: "bounce.held_apart",
  step: "overriding",
  state,
}));

const times = { first: ago(300), last: ago(3) };
/** By path: the rows of plain tables. */
const tables = {
  "sender-pairs": ["pairs", [["erin", "office@example.org", 30], ["dan@example.org", "dan@private.example", 2]].map(
    ([account, address, mails]) => ({ account, address, mails, ...times }),
  )],
  "list-findings": ["findings", [
    ["staff@example.org", "gone@elsewhere.example", "dead", "refused 14 times in 30 days", "/etc/aliases"],
    ["sales@example.org", "agency@partner.example", "outside", "an address outside", ""],
    ["team@example.org", "uid=gone,dc=example", "missing", "the directory has no such entry", "directory staff"],
    ["club@example.org", "", "unanswered", "12 wait for its moderators since 2026-11-01: 9 notices passed here, and no answer", ""],
  ].map(([list, member, what, why, source]) => ({ list, member, what, why, source, is_inferred: !source }))],
  "dead-addresses": ["addresses", [
    { address: "gone@elsewhere.example", sender: "staff@example.org", refusals: 14,
      text: "550 5.1.1 no such user", ...times },
  ]],
  "reports/abuse": ["rows", [
    { at: ago(5), type: "abuse", reporter: "big-provider.example", account: "carol@example.org",
      alias: "", list: "", source: "192.0.2.1", recipient: "stranger9@far.example", message_id: "<a@b>" },
    { at: ago(9), type: "abuse", reporter: "big-provider.example", account: "", alias: "",
      list: "staff@example.org", source: "192.0.2.1", recipient: "former@far.example", message_id: "<c@d>" },
  ]],
  "reports/dmarc": ["rows", [["192.0.2.1", 4120, 4120], ["198.51.100.77", 96, 0]].map(
    ([source, mails, proven]) => ({ domain: "example.org", day: "2026-11-22", source, reports: 3, mails,
      proven, dkim: proven, spf: proven, quarantined: mails - proven, rejected: 0 }),
  )],
  "reports/tls": ["rows", [
    { domain: "example.org", day: "2026-11-22", reporter: "big-provider.example", policy: "sts",
      succeeded: 812, failed: 3, why: "certificate-expired 3", mx: "mx.example.org" },
  ]],
  "reports/received": ["reports", [
    { at: ago(6), kind: "dmarc", reporter: "big-provider.example", domain: "example.org", id: "1", rows: 12, error: "" },
    { at: ago(7), kind: "tls", reporter: "other.example", domain: "example.org", id: "2", rows: 0,
      error: "not a JSON object" },
  ]],
};

export const outgoingPages = [
  "/admin/outbound",
  "/admin/outbound?tab=accounts",
  "/admin/outbound?tab=forwarding",
  "/admin/outbound?tab=refusals",
  "/admin/outbound?tab=senders",
  "/admin/outbound?tab=lists",
  "/admin/outbound?tab=reports",
  "/admin/outbound?tab=accounts&account=carol%40example.org",
];

/** Answers for the page's requests; the rest is the gateway's. */
export async function playOutgoing(page, more = {}) {
  const answers = {
    accounts: (url) => {
      const one = url.searchParams.get("account");
      const is_gone = url.searchParams.get("gone") === "true";
      const found = accounts.filter((each) => (!one || each.account === one) && (!is_gone || each.gone));
      return { accounts: found, known: 6, hook: true, next: null };
    },
    forwarding: () => ({ forwarding, next: null }),
    hygiene: () => hygiene,
    history: (url) => {
      const isBack = url.searchParams.get("finding")?.startsWith("bounce.held_apart(");
      return { rows: isBack ? back : sent, next: null, looked_back_to: null };
    },
    "domains/example.org/records": () => records,
    ...Object.fromEntries(
      Object.entries(tables).map(([path, [name, rows]]) => [path, () => ({ [name]: rows, next: null })]),
    ),
    ...more,
  };
  for (const [path, answer] of Object.entries(answers))
    await page.route(
      (url) => url.pathname === `/api/v1/${path}`,
      (route) =>
        route.request().method() === "GET"
          ? route.fulfill({ json: answer(new URL(route.request().url())) })
          : route.fallback(),
    );
}

/** Somebody whose account is braked: the session says so. */
export const playBraked = (page, brake = "lock") =>
  page.route(
    (url) => url.pathname === "/api/v1/session",
    async (route) => {
      const answer = await route.fetch();
      const { account, why, since, until } = accounts.find((one) => one.brake === brake);
      const sending = { account, brake, why, since, until };
      await route.fulfill({ response: answer, json: { ...(await answer.json()), sending } });
    },
  );
