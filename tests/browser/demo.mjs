// SPDX-License-Identifier: Apache-2.0
// A trial gateway filled with mail, with an account for each role, until it is interrupted.
// Usage: node demo.mjs [--mailweir BINARY] [--many N] [--live]
//   --live: the pages as they stand in web/app, not those in the binary
import { parseArgs } from "node:util";

import { World, password } from "./support/world.mjs";

const { values } = parseArgs({
  options: {
    mailweir: { type: "string", default: "build/release/mailweir" },
    many: { type: "string", default: "300" },
    live: { type: "boolean", default: false },
  },
});
const world = await World.make(values.mailweir, { count: Number(values.many), ...values });
console.log(`${world.base}/   data ${world.trial.data}   smtp ${world.trial.smtp}`);
for (const role of ["user", "helpdesk", "domain", "auditor", "administrator"])
  console.log(`  ${role}: ${world.nameOf(role)}, "${password}"`);
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, async () => {
    await world.end();
    process.exit(0);
  });
