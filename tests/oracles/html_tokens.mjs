// SPDX-License-Identifier: Apache-2.0
// Compares our HTML tokens with parse5's over files of HTML, and over broken copies of them.
// Usage: npm ci && node html_tokens.mjs CONTENT_ORACLE FOLDER [BROKEN_COPIES_A_FILE]
import {Tokenizer, TokenizerMode} from 'parse5';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const modes = {
  title: 'RCDATA', textarea: 'RCDATA', script: 'SCRIPT_DATA', plaintext: 'PLAINTEXT',
  style: 'RAWTEXT', xmp: 'RAWTEXT', iframe: 'RAWTEXT', noembed: 'RAWTEXT', noframes: 'RAWTEXT',
};

function tokensOf(html) {
  const out = [];
  let text = '';
  const flush = () => { if (text) out.push(JSON.stringify(['text', text])); text = ''; };
  const add = (...token) => { flush(); out.push(JSON.stringify(token)); };
  const characters = (token) => { text += token.chars; };
  const tokenizer = new Tokenizer({}, {
    onComment: (t) => add('comment', t.data),
    onDoctype: () => add('doctype'),
    onStartTag: (t) => {
      add('start', t.tagName, ...t.attrs.flatMap((a) => [a.name, a.value]));
      if (modes[t.tagName]) tokenizer.state = TokenizerMode[modes[t.tagName]];
    },
    onEndTag: (t) => add('end', t.tagName),
    onEof: flush,
    onCharacter: characters, onNullCharacter: characters, onWhitespaceCharacter: characters,
  });
  tokenizer.write(html, true);
  return out;
}

let seed = 1;
const random = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };

function broken(html) {
  const odd = ['<', '>', '"', "'", '&', '<!--', '-->', '--!>', '</', '/', '=', '<script>', '&#x4',
    '</script', '<!', '<?', '&not', ';', '<title>', '<style', '\r\n', '-', '<!-->', 'é'];
  let out = html;
  for (let i = 0; i < 20; ++i) {
    const at = random(out.length + 1);
    out = out.slice(0, at) + odd[random(odd.length)] + out.slice(at + random(3));
  }
  return out.slice(0, out.length - random(3));
}

const [oracle, folder, copies = '1'] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'html-tokens-'));
let compared = 0, tokens = 0, different = 0;
for (const name of readdirSync(folder)) {
  const whole = readFileSync(join(folder, name), 'utf8').replaceAll('\0', '').replace(/^\uFEFF/, '');
  for (let i = 0; i <= Number(copies); ++i) {
    const html = i === 0 ? whole : broken(whole);
    const file = join(scratch, 'x.html');
    writeFileSync(file, html);
    const ours = execFileSync(oracle, ['html', file], {encoding: 'utf8', maxBuffer: 1 << 30})
      .split('\n').slice(1, -1);
    const theirs = tokensOf(readFileSync(file, 'utf8'));
    ++compared;
    tokens += theirs.length;
    const at = theirs.findIndex((token, index) =>
      JSON.stringify(JSON.parse(ours[index] ?? 'null')) !== token);
    if (at < 0 && ours.length === theirs.length) continue;
    if (++different <= 20)
      console.log(`${name} (${i}): token ${at}\n  parse5 ${theirs[at]?.slice(0, 300)}\n`
        + `  ours   ${ours[at]?.slice(0, 300)}`);
  }
}
rmSync(scratch, {recursive: true});
console.log(`${compared} texts, ${tokens} tokens, ${different} texts differ`);
process.exit(different ? 1 : 0);
