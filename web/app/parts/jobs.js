// SPDX-License-Identifier: Apache-2.0
// Long work in the gateway, asked after until it is over.
import { get } from "../gate.js";

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Tells `seen` of each state of a job; returns the last: "done", "failed" or "cancelled". Ends
 *  early, with nothing, once `seen` returns false. */
export async function followJob(id, seen) {
  for (;;) {
    const job = await get(`jobs/${id}`);
    if (seen(job) === false) return null;
    if (job.state !== "running") return job;
    await pause(500);
  }
}
