// SPDX-License-Identifier: Apache-2.0
// Lays the pages out as they are served: every file under a name that bears the hash of its
// content, imports and addresses rewritten to those names, and a manifest of it all.
// Usage: node build.mjs OUT        (after npm ci; needs no network)
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const types = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};
const packages = {
  preact: "preact/dist/preact.module.js",
  "preact/hooks": "preact/hooks/dist/hooks.module.js",
  htm: "htm/dist/htm.module.js",
};
// Imports stand at the beginning of a statement; import("…") anywhere.
const imports =
  /((?:^|;)\s*(?:import|export)\b[^"'`;()]*\bfrom\s*|(?:^|;)\s*import\s*|\bimport\(\s*)"([^"\n]+)"/gm;
const starts = /(?:^|;)\s*(?:import|export)\b[^"'`;()]*"\.\/([^"\n]+)"/gm;
const skipped = new Set(["package.json", "package-lock.json"]);

const read = (path) => readFileSync(join(here, path), "utf8");

/** Relative paths of the files that are served, without those that only the shell names. */
function sources(folder = here) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sources(path);
    const known = /\.(js|css|json|svg)$/.test(entry.name) && !skipped.has(entry.name);
    return known ? [relative(here, path).split("\\").join("/")] : [];
  });
}

/** The text of a package's module, as a module without the address of its source map. */
function packageText(name) {
  return read(`node_modules/${packages[name]}`).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "");
}

/** Without comments and indentation, line by line; words and templates stay as they are. */
function lean(text, end) {
  if (end === "json") return JSON.stringify(JSON.parse(text));
  if (end === "css")
    return text
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/\s+/g, " ")
      .replace(/\s*([{};,])\s*/g, "$1");
  if (end !== "js") return text;
  return text
    .replace(/^\s*\/\*\*[\s\S]*?\*\/$/gm, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("//"))
    .join("\n");
}

function licences() {
  const names = [...new Set(Object.keys(packages).map((name) => name.split("/")[0]))];
  return names.map((name) => `${name}\n\n${read(`node_modules/${name}/LICENSE`)}`).join("\n\n");
}

/** One run over the graph of files; a cycle has no hashes and is an error. */
class Layout {
  files = new Map(); // source or package → { path, text }
  under_way = new Set();

  add(source) {
    const known = this.files.get(source);
    if (known) return known;
    if (source === "licences.txt") return this.addText(source, licences(), "txt");
    if (this.under_way.has(source)) throw new Error(`${source}: imports itself in a circle`);
    this.under_way.add(source);
    const raw =
      source in packages ? packageText(source) : lean(read(source), source.split(".").pop());
    const is_linked = /\.(js|css)$/.test(source) || source in packages;
    const text = is_linked ? this.linked(source, raw) : raw;
    return this.addText(source, text, source in packages ? "js" : source.split(".").pop());
  }

  addText(source, text, end) {
    const hash = createHash("sha256").update(text).digest("base64url").slice(0, 10);
    const stem = source.replaceAll("/", "-").replace(/\.(js|css|json|svg|txt)$/, "");
    const file = { path: `/assets/${stem}.${hash}.${end}`, text, type: types[end] };
    this.files.set(source, file);
    return file;
  }

  /** Imports, and addresses written as new URL("./x", import.meta.url), by their served names. */
  linked(source, text) {
    const from = dirname(source);
    const named = (specifier) => {
      if (specifier in packages) return basename(this.add(specifier).path);
      if (!specifier.startsWith(".")) throw new Error(`${source}: what is "${specifier}"?`);
      return basename(this.add(posix.normalize(posix.join(from, specifier))).path);
    };
    return text
      .replace(imports, (_, head, to) => `${head}"./${named(to)}"`)
      .replace(
        /new URL\("([^"]+)", import\.meta\.url\)/g,
        (_, to) => `new URL("./${named(to)}", import.meta.url)`,
      )
      .replace(/url\("([^"]+)"\)/g, (_, to) => `url("./${named(to)}")`);
  }

  /** What a module needs before it can start: its static imports, all the way down. */
  needs(file, found = new Set()) {
    for (const [, name] of file.text.matchAll(starts)) {
      const path = `/assets/${name}`;
      if (found.has(path)) continue;
      found.add(path);
      this.needs(
        [...this.files.values()].find((one) => one.path === path),
        found,
      );
    }
    return found;
  }
}

/** The pages as a map from address to { text, type }, and what the manifest says. */
export function build() {
  const layout = new Layout();
  for (const source of sources()) layout.add(source);
  const main = layout.add("main.js");
  const preloads = [...layout.needs(main)]
    .map((path) => `<link rel="modulepreload" href="${path}">`)
    .join("\n");
  const shell = read("index.html")
    .replace("<!-- preloads -->", preloads)
    .replace(/\{([\w.-]+)\}/g, (_, source) => layout.add(source).path);
  const files = [...layout.files.values()];
  return { shell, files, style: layout.add("style.css").path, icon: layout.add("icon.svg").path };
}

function write(out) {
  const { shell, files, style, icon } = build();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "assets"), { recursive: true });
  writeFileSync(join(out, "index.html"), shell);
  for (const file of files) writeFileSync(join(out, file.path), file.text);
  const listed = files.map(({ path, type }) => ({
    path,
    file: path.slice(1),
    type,
    immutable: true,
  }));
  writeFileSync(
    join(out, "manifest.json"),
    JSON.stringify({ shell: "index.html", style, icon, files: listed }, null, 1),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.length !== 3) {
    console.error("usage: node build.mjs OUT");
    process.exit(2);
  }
  write(process.argv[2]);
}
