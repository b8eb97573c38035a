// SPDX-License-Identifier: Apache-2.0
// For working on the pages: serves them as they stand in front of a running gateway's web role,
// which gets everything else.
// Usage: node dev.mjs [--web http://127.0.0.1:8025] [--port PORT]
import { createServer, request } from "node:http";
import { parseArgs } from "node:util";

import { build } from "./build.mjs";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";
const shell = /^\/(quarantine|lists|log|preferences|message\/.*|help(\/.*)?|admin(\/.*)?)?$/;

/** The web role hears its own address, and so takes the request for one of its pages. */
function forward(web, incoming, outgoing) {
  const headers = { ...incoming.headers, host: web.host };
  if (headers.origin) headers.origin = web.origin;
  const onward = request(web.origin + incoming.url, { method: incoming.method, headers });
  onward.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => {
    if (!outgoing.headersSent) outgoing.writeHead(502);
    outgoing.end();
  });
  incoming.pipe(onward);
}

/** A server of the pages over that web role; they are built anew for each page. */
export function serve(web, port) {
  let built = build();
  const target = new URL(web);
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url.split("?")[0];
    const is_page = shell.test(path) && incoming.headers.cookie?.includes("mailweir=");
    if (!is_page && !path.startsWith("/assets/")) return forward(target, incoming, outgoing);
    try {
      if (is_page) built = build();
    } catch (error) {
      outgoing.writeHead(500, { "content-type": "text/plain" });
      return outgoing.end(String(error));
    }
    const file = built.files.find((one) => one.path === path);
    if (!file && !is_page) return forward(target, incoming, outgoing);
    outgoing.writeHead(200, {
      "content-type": file?.type ?? "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": is_page ? "no-store" : "max-age=31536000, immutable",
    });
    outgoing.end(file?.text ?? built.shell);
  });
  return new Promise((done) => server.listen(port, "127.0.0.1", () => done(server)));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({
    options: {
      web: { type: "string", default: "http://127.0.0.1:8025" },
      port: { type: "string", default: "8026" },
    },
  });
  const server = await serve(values.web, Number(values.port));
  console.log(`http://127.0.0.1:${server.address().port}/`);
}
