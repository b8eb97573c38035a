// SPDX-License-Identifier: Apache-2.0
// The mail of a small organisation for a day: wanted, doubtful, bad and hostile.
const crlf = (text) => text.replace(/\r?\n/g, "\r\n");
const word = (text) => `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
const encoded = (text) =>
  /^[\x20-\x7e]*$/.test(text)
    ? text
    : text
        .match(/.{1,12}/gsu)
        .map(word)
        .join("\r\n ");

let made = 0;
/** A message as octets. `subject` and `name` may be a Buffer that goes as it is. */
export function mail({
  from = "mika@partner.example",
  name = "",
  to = "desk@example.org",
  subject = "",
  body = "",
  html = "",
  date = new Date(),
  extra = "",
}) {
  const id = `${++made}.${Date.now()}@${from.split("@")[1] ?? "nowhere.example"}`;
  const shown = Buffer.isBuffer(name) ? name : Buffer.from(name && `${encoded(name)} `);
  const head = Buffer.concat([
    Buffer.from("From: "),
    shown,
    Buffer.from(`<${from}>\r\nTo: ${to}\r\nSubject: `),
    Buffer.isBuffer(subject) ? subject : Buffer.from(encoded(subject)),
    Buffer.from(
      `\r\nDate: ${date.toUTCString().replace("GMT", "+0000")}\r\nMessage-ID: <${id}>\r\n` +
        `MIME-Version: 1.0\r\n${crlf(extra)}`,
    ),
  ]);
  const text = html
    ? `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrapped(
        html,
      )}`
    : `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrapped(
        body || "…",
      )}`;
  const raw = Buffer.concat([head, Buffer.from(`${text}\r\n.\r\n`)]);
  return { sender: from, recipients: [to], raw };
}
const wrapped = (text) =>
  Buffer.from(text)
    .toString("base64")
    .match(/.{1,76}/g)
    .join("\r\n");

const held = "\n\nPlease confirm your password within 24 hours.\n";
/** Ordinary mail, Japanese and English. */
export const everyday = () => [
  mail({ name: "Mika Sato", subject: "Agenda for Thursday", body: "See you at ten.\nMika" }),
  mail({
    from: "tanaka@univ.example.com",
    name: "田中 一郎",
    subject:
      "【重要】後期授業時間割の変更および教室変更のお知らせ（各学部・研究科ならびに附属施設の皆様へ）",
    body: "各位\n\n標記の件につきまして、下記のとおりお知らせいたします。\n\n教務課",
  }),
  mail({
    from: "news@shop.example.net",
    name: "季節の便り",
    subject: "特別価格のご案内：秋の新作が今だけ半額",
    body: "ご注文はこちらから。",
  }),
  mail({
    from: "billing@cloud.example.net",
    name: "Cloud Billing",
    subject: "Invoice 2026-1122",
    body: "Your invoice is attached.",
  }),
  mail({
    from: "support@bank-secure.example",
    name: "Example Bank Support",
    subject: "Your account has been limited",
    body: `Dear customer,${held}`,
  }),
  mail({
    from: "info@kokyaku.example",
    name: "お客様センター",
    subject: "お客様の口座で不審な取引が確認されました。至急ご確認ください",
    body: `お客様各位${held}`,
  }),
  mail({
    from: "winner@draw.example",
    name: "Lottery Office",
    subject: "International Lottery: you have won",
    body: "Claim now.",
  }),
  mail({
    from: "yuki@partner.example",
    name: "鈴木 由紀",
    subject: "Re: 来週の打ち合わせについて",
    body: "承知しました。では火曜日の15時に。\n鈴木",
  }),
  mail({
    from: "ops@monitor.example",
    name: "Monitor",
    to: "office@example.org",
    subject: "Backup finished without errors",
    body: "All 14 jobs ok.",
  }),
  mail({
    from: "hr@agency.example",
    name: "HR",
    to: "office@example.org",
    subject: "Payroll update required",
    body: `Hello,${held}`,
  }),
];

const script =
  "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>" +
  "<svg onload=window.hacked=1>";
/** Messages that attack whoever shows them, each held or delivered as the body says. */
export const hostile = () => [
  mail({
    from: "evil@attack.example",
    name: Buffer.from(`"${script.replaceAll('"', "")}" `),
    subject: script,
    body: `${script}${held}`,
  }),
  mail({
    from: "bidi@attack.example",
    name: "\u202Egro.elpmaxe@ksed\u202C",
    subject: "Invoice \u202Efdp.exe\u2066 \u200Bzero\u200Dwidth\uFEFF",
    body: `\u202Ebidi${held}`,
  }),
  mail({
    from: "long@attack.example",
    name: "L".repeat(2000),
    subject: "長い件名".repeat(850),
    body: `long${held}`,
  }),
  mail({
    from: "bytes@attack.example",
    name: "Bytes",
    subject: Buffer.from([
      0x52, 0x61, 0x77, 0x20, 0xff, 0xfe, 0x80, 0x01, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x20, 0xc3,
      0x28, 0x20, 0xed, 0xa0, 0x80, 0x20, 0x7f,
    ]),
    body: `bytes\u0000\u0007\u001b[31m${held}`,
  }),
  mail({
    from: "html@attack.example",
    name: "Page",
    subject: "javascript:alert(1) {{7*7}} ${window.hacked=1} </title><base href=//x>",
    html:
      `<html><body>${script}<a href="javascript:window.hacked=1">click</a>` +
      `<p>confirm your password</p><iframe srcdoc="${script}"></iframe></body></html>`,
  }),
  mail({
    from: `"<script>x"@attack.example`.replaceAll('"', "'").replaceAll(/[<>']/g, "x"),
    subject: "Zalgo Z̸̢̛̖͔͛͆ä̴́l̶̈g̷͝ơ̴ 👩‍👩‍👧‍👦 ﷽ ꧅ ⁧rtl⁩ שלום مرحبا",
    body: `x${held}`,
  }),
];

/** Many held messages, for lists that are long. */
export const many = (count, to = "desk@example.org") =>
  Array.from({ length: count }, (_, at) =>
    mail({
      from: `bulk${at % 37}@sender${at % 11}.example`,
      name: at % 2 ? "Bulk sender" : "配信担当",
      to,
      subject: at % 2 ? `Final notice ${at + 1}` : `最終のご案内 ${at + 1}`,
      body: `Number ${at + 1}${held}`,
    }),
  );
