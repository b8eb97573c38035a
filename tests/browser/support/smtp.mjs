// SPDX-License-Identifier: Apache-2.0
// Sends messages as octets: what a mail library would repair must arrive as it is.
import { connect } from "node:net";

/** One connection, many messages: [{ sender, recipients, raw: Buffer }]. The last replies. */
export function send(port, messages) {
  const steps = messages.flatMap(({ sender, recipients, raw }) => [
    `MAIL FROM:<${sender}>\r\n`,
    ...recipients.map((one) => `RCPT TO:<${one}>\r\n`),
    "DATA\r\n",
    raw,
    "RSET\r\n",
  ]);
  steps.unshift("EHLO client.example\r\n");
  steps.push("QUIT\r\n");
  return new Promise((done, failed) => {
    const socket = connect(port, "127.0.0.1");
    const replies = [];
    let heard = "";
    socket.setTimeout(60000, () => failed(new Error("the gateway is silent")));
    socket.on("error", (error) => (steps.length ? failed(error) : done(replies)));
    socket.on("close", () => done(replies));
    let previous = "";
    socket.on("data", (octets) => {
      heard += octets.toString("latin1");
      for (let end; (end = heard.indexOf("\r\n")) >= 0; heard = heard.slice(end + 2)) {
        const line = heard.slice(0, end);
        if (line[3] === "-") continue;
        // A message whose DATA was refused is not said.
        if (previous === "DATA\r\n" && !line.startsWith("354")) steps.shift();
        previous = steps[0];
        replies.push(line);
        const step = steps.shift();
        if (step !== undefined) socket.write(step);
      }
    });
  });
}
