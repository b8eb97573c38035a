// SPDX-License-Identifier: Apache-2.0
// For working on the pages: serves them as they stand and forwards the API to the control socket of
// a running gateway, whose own user the visitor then is.
// Usage: node dev.mjs --data DIR [--port PORT] [--role ROLE --address ADDRESS]
//   --role, --address: show the pages as that account would see them (the gateway is not asked)
import { createServer, request } from "node:http";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { build } from "./build.mjs";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

function forward(socketPath, incoming, outgoing) {
  const headers = { ...incoming.headers, host: "localhost" };
  const onward = request({ socketPath, path: incoming.url, method: incoming.method, headers });
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

function pretended({ role, address }) {
  return JSON.stringify({
    account: {
      name: address.split("@")[0],
      role,
      addresses: [address],
      domains: [address.split("@")[1]],
    },
    features: { quarantine: true },
    thresholds: { tag: 3.5, quarantine: 6, block: 9 },
    hostname: "mx.trial.example",
    tag: "[S_P_A_M] ",
    quarantine_days: 14,
    notice: {
      text: { en: "Mail filter of Example University.", ja: "例示大学のメールフィルターです。" },
      url: "https://help.example.org/mail",
      phone: "+81 3 0000 0000",
    },
  });
}

/** A server of the pages over the gateway with that data directory; built anew for each page. */
export function serve(data, port, account) {
  const socketPath = join(resolve(data), "control.sock");
  let built = build();
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url.split("?")[0];
    if (account && path === "/api/v1/session") {
      outgoing.writeHead(200, { "content-type": "application/json" });
      return outgoing.end(pretended(account));
    }
    if (account && incoming.url.includes("mine=true"))
      incoming.url = incoming.url.replace(
        "mine=true",
        path.endsWith("/lists") ? `scope=user:${account.address}` : `recipient=${account.address}`,
      );
    if (path.startsWith("/api/")) return forward(socketPath, incoming, outgoing);
    const is_asset = path.startsWith("/assets/");
    try {
      if (!is_asset) built = build();
    } catch (error) {
      outgoing.writeHead(500, { "content-type": "text/plain" });
      return outgoing.end(String(error));
    }
    const file = built.files.find((one) => one.path === path);
    const is_missing = is_asset && !file;
    outgoing.writeHead(is_missing ? 404 : 200, {
      "content-type": file?.type ?? "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": is_asset ? "max-age=31536000, immutable" : "no-store",
    });
    outgoing.end(file?.text ?? (is_missing ? "" : built.shell));
  });
  return new Promise((done) => server.listen(port, "127.0.0.1", () => done(server)));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      port: { type: "string", default: "8026" },
      role: { type: "string" },
      address: { type: "string" },
    },
  });
  if (!values.data) {
    console.error("usage: node dev.mjs --data DIR [--port PORT]");
    process.exit(2);
  }
  const server = await serve(values.data, Number(values.port), values.role && values);
  console.log(`http://127.0.0.1:${server.address().port}/`);
}
