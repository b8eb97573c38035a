// SPDX-License-Identifier: Apache-2.0
// The gateway itself: doors, disk, certificates, resolver, workers, feeds.
import { get, post } from "../gate.js";
import { html } from "../html.js";
import { bytes, number, t } from "../i18n.js";
import { useAnswer, useGet, useRefresh } from "../load.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Page } from "../parts/page.js";
import { Answer } from "../parts/states.js";
import { complain, say } from "../parts/toasts.js";
import { isAdministrator } from "../session.js";
import { Time, full, relative } from "../when.js";

const Facts = ({ rows }) => html`
  <dl class="facts">
    ${rows.filter(Boolean).map(
      ([name, value]) => html`
        <dt>${name}</dt>
        <dd>${value}</dd>
      `,
    )}
  </dl>
`;
const Up = ({ up }) => html`
  <span class=${`mark ${up ? "good" : "bad"}`}>${t(up ? "system.up" : "system.down")}</span>
`;
const Card = ({ title, children, tools }) => html`
  <div class="card stack">
    <div class="row between">
      <h2>${title}</h2>
      ${tools}
    </div>
    ${children}
  </div>
`;

function Disk({ disk }) {
  const used = disk.size ? (disk.size - disk.free) / disk.size : 0;
  return html`
    <div class="stack tight">
      <span>${t("system.free", { free: bytes(disk.free), size: bytes(disk.size) })}</span>
      <svg class="bar" aria-hidden="true">
        <rect width="100%" height="100%" rx="4" />
        <rect
          class=${used > 0.95 ? "plus" : "share"}
          width=${`${used * 100}%`}
          height="100%"
          rx="4"
        />
      </svg>
    </div>
  `;
}

const Gateway = ({ status }) => html`
  <${Card} title=${t("group.gateway")}>
    <${Facts}
      rows=${[
        [t("system.version"), `Mailweir ${status.version}`],
        [
          t("dashboard.uptime"),
          html`
            <${Time} at=${status.started} as=${relative} />
          `,
        ],
        [
          t("system.listeners"),
          html`
            <ul class="bare">
              ${status.listeners.map(
                (one) => html`
                  <li>
                    <span class="mono small">${one.address}</span>
                    ${` ${one.name} `}
                    <span class="quiet small">${t(`system.role_${one.role}`)}</span>
                  </li>
                `,
              )}
            </ul>
          `,
        ],
        [
          t("system.disk"),
          html`
            <${Disk} disk=${status.disk} />
          `,
        ],
        [
          t("system.certificate"),
          status.certificate_ends
            ? html`
                <${Time} at=${status.certificate_ends} as=${full} />
              `
            : t("system.no_certificate"),
        ],
        [
          t("system.stalls"),
          `${number(status.loops.stalls)} · ${t("system.longest")} ${number(status.loops.longest_ms, 1)} ms`,
        ],
        status.rate_proposal && [
          t("system.proposal"),
          html`
            <${Text}>${status.rate_proposal}<//>
          `,
        ],
      ]}
    />
  <//>
`;

const Workers = ({ status }) => html`
  <${Card} title=${t("system.scanners")}>
    <${Facts}
      rows=${[
        [t("system.scanners"), `${status.scan.busy} / ${status.scan.workers}`],
        [t("system.scans"), number(status.scan.messages)],
        [t("system.died"), number(status.scan.died)],
        [t("system.unscannable"), number(status.scan.unscannable)],
        ...(status.clamd ?? []).map((one) => [
          `clamd ${one.server}`,
          html`
            <${Up} up=${one.up} />
            ${" "}
            <${Text}>${one.problem}<//>
          `,
        ]),
        [t("system.bodies"), number(status.store.bodies)],
        [t("system.bytes"), bytes(status.store.bytes)],
      ]}
    />
  <//>
`;

const Resolver = ({ dns }) => html`
  <${Card}
    title=${t("system.resolver")}
    tools=${html`
      <${Up} up=${dns.up} />
    `}
  >
    <${Facts}
      rows=${[
        [
          t("system.resolver"),
          html`
            <span class="mono small">${dns.servers.join(", ")}</span>
          `,
        ],
        [t("system.questions"), number(dns.questions)],
        [t("system.from_cache"), number(dns.cached)],
        [t("system.failed"), number(dns.failed)],
        [t("system.timed_out"), number(dns.timed_out)],
        ...dns.lists.map((one) => [
          one.zone,
          html`
            <${Up} up=${one.up} />
            ${" "}
            <span class="small quiet">
              ${number(one.asked)}${" "}${t("system.asked")},
              ${number(one.hits)}${" "}${t("system.hits")},${" "}${number(one.refusals)}${" "}${t("system.refusals")}
            </span>
          `,
        ]),
      ]}
    />
  <//>
`;

function Feeds() {
  const of = useGet("update");
  const look = () =>
    post("update")
      .then(({ outcomes }) => (say(t("system.looked", { n: outcomes.length })), of.again()))
      .catch(complain);
  return html`
    <${Card}
      title=${t("system.feeds")}
      tools=${
        isAdministrator() &&
        of.data?.feeds.length > 0 &&
        html`
          <button class="little" onClick=${look}>
            <${Icon} name="reload" />
            ${t("system.look")}
          </button>
        `
      }
    >
      <${Answer} of=${of} lines=${2}>
        ${({ feeds }) =>
          feeds.length
            ? html`
                <ul class="bare stack tight">
                  ${feeds.map(
                    (feed) => html`
                      <li key=${feed.name}>
                        <strong>${feed.name}</strong>
                        <span class="small quiet">
                          ${" "}${t("system.feed_version", { serial: String(feed.serial) })}${" "}
                          <${Time} at=${feed.made} as=${relative} />
                        </span>
                        ${
                          feed.problem &&
                          html`
                            <div class="error"><${Text}>${feed.problem}<//></div>
                          `
                        }
                      </li>
                    `,
                  )}
                </ul>
              `
            : html`
                <p class="quiet">${t("system.no_feeds")}</p>
              `}
      <//>
    <//>
  `;
}

function Learnt() {
  const of = useAnswer("lessons", () => get("lessons"));
  return html`
    <${Card} title=${t("system.lessons")}>
      <${Answer} of=${of} lines=${1}>
        ${(lessons) => html`
          <p>
            ${t("system.lessons_text", { spam: lessons.spam, ham: lessons.ham, needed: lessons.needed_of_each })}
          </p>
        `}
      <//>
    <//>
  `;
}

export default function System() {
  const of = useGet("status");
  useRefresh(of.again, 15);
  const licences = new URL("../licences.txt", import.meta.url).pathname;
  return html`
    <${Page} title=${t("nav.system")} intro=${t("system.intro")}>
      <${Answer} of=${of}>
        ${(status) => html`
          ${status.problems.map(
            (problem) => html`
              <p class="notice bad" role="alert">
                <${Icon} name="alert" />
                <${Text} most=${600}>${problem}<//>
              </p>
            `,
          )}
          <div class="columns">
            <${Gateway} status=${status} />
            <${Workers} status=${status} />
            <${Resolver} dns=${status.dns} />
            <${Feeds} />
            <${Learnt} />
          </div>
        `}
      <//>
      <p class="small">
        <a href=${licences} target="_blank" rel="noopener">${t("system.licences")}</a>
      </p>
    <//>
  `;
}
