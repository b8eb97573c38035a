// SPDX-License-Identifier: Apache-2.0
// A trial gateway filled with mail, and the pages over it, until it is interrupted.
// Usage: node demo.mjs --mailweir BINARY [--data DIR] [--port PORT] [--many N]
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";

import { serve } from "../../web/app/dev.mjs";
import { everyday, hostile, many } from "./support/mails.mjs";
import { Trial } from "./support/trial.mjs";

const { values } = parseArgs({
  options: {
    mailweir: { type: "string" },
    data: { type: "string" },
    port: { type: "string", default: "8026" },
    many: { type: "string", default: "300" },
  },
});
if (values.data) mkdirSync(values.data, { recursive: true });
const trial = await Trial.start(values.mailweir, { data: values.data });
await trial.send(everyday());
await trial.send(hostile());
await trial.send(many(Number(values.many)));
await trial.send(everyday());
await serve(trial.data, Number(values.port));
console.log(`http://127.0.0.1:${values.port}/   data ${trial.data}   smtp ${trial.smtp}`);
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, async () => {
    await trial.stop();
    process.exit(0);
  });
