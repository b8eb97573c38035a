// SPDX-License-Identifier: Apache-2.0
// Compares our reading of URLs with Node's (WHATWG), over lines of a file and broken copies.
// Usage: node urls.mjs CONTENT_ORACLE FILE [BROKEN_COPIES_A_LINE]
// Known and left out: user information (we do not print it), a final dot of a host (we drop it),
// an empty query or fragment, port 0, '^' in paths (percent-encoded since 2023), non-special schemes with an empty host.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';

let seed = 1;
const random = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };

function broken(url) {
  const odd = ['/', '\\', '..', '.', ':', '@', '%', '%2e', '%41', '?', '#', '[', ']', '//', 'é', '。',
    'ａ', '\u00AD', '0x', '256', '08', ' ', '|', '<', '"', "'", 'xn--', '-', '日', '\t', 'ß',
    '\u200D', 'C|', 'file:', 'a:', '443', 'Ω', '{', '`', '~', '!', '\u0301'];
  let out = url;
  for (let i = 0; i <= random(3); ++i) {
    const at = random(Math.min(out.length, 40) + 1);
    out = out.slice(0, at) + odd[random(odd.length)] + out.slice(at + random(2));
  }
  return out;
}

function theirs(text) {
  try {
    const url = new URL(text);
    url.username = url.password = '';
    if (/[^.]\.$/.test(url.hostname) && /^(https?|wss?|ftp):$/.test(url.protocol))
      url.hostname = url.hostname.slice(0, -1);
    return url.href.replace(/^([^?#]*)\?(#|$)/, '$1$2').replace(/^([^#]*)#$/, '$1');
  } catch { return '-'; }
}

const [oracle, file, copies = '1'] = process.argv.slice(2);
const all = [];
for (const line of readFileSync(file, 'utf8').split('\n').filter((text) => text)) {
  all.push(line);
  for (let i = 0; i < Number(copies); ++i)
    all.push(broken(line).toWellFormed());
}
const ran = spawnSync(oracle, ['url'],
  {input: all.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30});
const ours = ran.stdout.split('\n');
let different = 0;
all.forEach((text, i) => {
  const expected = theirs(text);
  if (expected === ours[i] || /:0(\/|$)/.test(expected) || /^[a-z]+:\/\/(\/|$)/.test(expected) && !expected.startsWith('file')) return;
  if (++different <= 30) console.log(`${JSON.stringify(text)}\n  Node ${expected}\n  ours ${ours[i]}`);
});
console.log(`${all.length} URLs, ${different} differ`);
process.exit(different ? 1 : 0);
