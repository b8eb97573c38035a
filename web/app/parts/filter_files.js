// SPDX-License-Identifier: Apache-2.0
// Filters for mail programs that take a file, with the site's own tag.
const quoted = (text) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
/** RFC 5228 §2.7.1: ":contains" knows no wildcards. */
export const sieveScript = (tag) =>
  [
    "# Doubtful mail goes to the folder Junk.",
    'require ["fileinto", "mailbox"];',
    "",
    "if anyof (",
    `    header :contains "Subject" ${quoted(tag)},`,
    '    header :is "X-Spam-Flag" "YES"',
    ") {",
    '    fileinto :create "Junk";',
    "    stop;",
    "}",
    "",
  ].join("\n");

const escaped = (text) => text.replace(/[<>&'"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** The format that Gmail exports and imports. */
export const gmailFilter = (tag) => `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:apps="http://schemas.google.com/apps/2006">
  <title>Mail Filters</title>
  <entry>
    <category term="filter"></category>
    <title>Mail Filter</title>
    <content></content>
    <apps:property name="subject" value="${escaped(quoted(tag))}"/>
    <apps:property name="label" value="Junk"/>
    <apps:property name="shouldArchive" value="true"/>
  </entry>
</feed>
`;
