// SPDX-License-Identifier: Apache-2.0
// The gateway itself: what needs attention, certificates, disk, feeds, resolver, backup; and whom
// it tells when something is bad.
import { post } from "../gate.js";
import { html } from "../html.js";
import { bytes, number, t } from "../i18n.js";
import { useGet, useRefresh } from "../load.js";
import { Alerts } from "../parts/alerts.js";
import { CertificateTools } from "../parts/certificate.js";
import { placeWords } from "../parts/certificate_offer.js";
import { Conditions } from "../parts/conditions.js";
import { Text } from "../parts/hostile.js";
import { Icon } from "../parts/icons.js";
import { Page } from "../parts/page.js";
import { Answer } from "../parts/states.js";
import { Tabs } from "../parts/tabs.js";
import { complain, say } from "../parts/toasts.js";
import { useQuery } from "../router.js";
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
  <section class="card stack">
    <div class="row between">
      <h2>${title}</h2>
      ${tools}
    </div>
    ${children}
  </section>
`;
const Problem = ({ children }) =>
  children && html`<div class="error"><${Text} most=${600}>${children}<//></div>`;

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

const Listeners = ({ listeners }) => html`
  <ul class="bare">
    ${listeners.map(
      (one) => html`
        <li>
          <span class="mono small">${one.address}</span>
          ${` ${one.name} `}
          <span class="quiet small">${t(`system.role_${one.role}`)}</span>
        </li>
      `,
    )}
  </ul>
`;

const Gateway = ({ system, status }) => html`
  <${Card} title=${t("group.gateway")}>
    <${Facts}
      rows=${[
        [t("system.version"), `Mailweir ${system.version}`],
        [t("system.host"), html`<${Text}>${system.hostname}<//>`],
        [t("dashboard.uptime"), html`<${Time} at=${system.started} as=${relative} />`],
        status && [
          t("system.listeners"),
          html`<${Listeners} listeners=${status.listeners} />`,
        ],
        system.url && [t("system.pages"), html`<${Text}>${system.url}<//>`],
        [t("system.data"), html`<span class="mono small"><${Text}>${system.data}<//></span>`],
        [t("system.disk"), html`<${Disk} disk=${system.disk} />`],
        status && [
          t("system.stalls"),
          `${number(status.loops.stalls)} · ${t("system.longest")} ${number(status.loops.longest_ms, 1)} ms`,
        ],
        status?.rate_proposal && [
          t("system.proposal"),
          html`<${Text}>${status.rate_proposal}<//>`,
        ],
      ]}
    />
  <//>
`;

const kindOf = (days) => (days < 0 ? "bad" : days < 21 ? "warn" : "good");

const Certificate = ({ one }) => html`
  <li class="stack tight">
    <div class="row between">
      <strong><${Text} most=${120}>${placeWords(one.for)}<//></strong>
      ${
        one.ends &&
        html`
          <span class=${`mark ${kindOf(one.days)}`}>
            ${t("system.ends")}${" "}<${Time} at=${one.ends} as=${relative} />
          </span>
        `
      }
    </div>
    <div class="small quiet">
      <${Text} most=${300}>${(one.names?.length ? one.names : [one.subject]).join(", ")}<//>
      ${one.ends && html`${" · "}<${Time} at=${one.ends} as=${full} />`}
    </div>
    <${Problem}>${one.problem}<//>
  </li>
`;

const Certificates = ({ list, again }) => html`
  <${Card}
    title=${t("system.certificates")}
    tools=${isAdministrator() && html`<${CertificateTools} done=${again} />`}
  >
    ${
      list.length
        ? html`
            <ul class="bare stack">
              ${list.map((one) => html`<${Certificate} key=${one.for} one=${one} />`)}
            </ul>
          `
        : html`<p class="quiet">${t("system.no_certificate")}</p>`
    }
  <//>
`;

const Work = ({ system, status }) => html`
  <${Card} title=${t("system.store")}>
    <${Facts}
      rows=${[
        [t("dashboard.waiting"), number(system.store.waiting)],
        [t("dashboard.held"), number(system.store.held)],
        [t("system.bodies"), `${number(system.store.bodies)} · ${bytes(system.store.bytes)}`],
        [
          t("system.scanners"),
          html`
            ${system.scan.workers_used ? `${system.scan.busy} / ${system.scan.workers}` : "–"}
            <${Problem}>${system.scan.problem}<//>
            <${Problem}>${[system.scan.weaknesses ?? []].flat().join(", ")}<//>
          `,
        ],
        status && [t("system.scans"), number(status.scan.messages)],
        status && [t("system.died"), number(status.scan.died)],
        status && [t("system.unscannable"), number(status.scan.unscannable)],
        ...(status?.clamd ?? []).map((one) => [
          `clamd ${one.server}`,
          html`
            <${Up} up=${one.up} />
            <${Problem}>${one.problem}<//>
          `,
        ]),
      ]}
    />
  <//>
`;

const Resolver = ({ system, dns }) => html`
  <${Card} title=${t("system.resolver")} tools=${html`<${Up} up=${system.dns.up} />`}>
    <${Facts}
      rows=${[
        [t("system.servers"), html`<span class="mono small">${system.dns.servers.join(", ")}</span>`],
        [t("system.questions"), number(system.dns.questions)],
        [t("system.failed"), number(system.dns.failed)],
        ...(dns
          ? [
              [t("system.from_cache"), number(dns.cached)],
              [t("system.timed_out"), number(dns.timed_out)],
              ...dns.lists.map((one) => [
                one.zone,
                html`
                  <${Up} up=${one.up} />${" "}
                  <span class="small quiet">
                    ${number(one.asked)}${" "}${t("system.asked")},
                    ${number(one.hits)}${" "}${t("system.hits")},${" "}
                    ${number(one.refusals)}${" "}${t("system.refusals")}
                  </span>
                `,
              ]),
            ]
          : []),
      ]}
    />
  <//>
`;

function Feeds({ feeds, again }) {
  const look = () =>
    post("update")
      .then(({ outcomes }) => (say(t("system.looked", { n: outcomes.length })), again()))
      .catch(complain);
  const tools =
    isAdministrator() &&
    feeds.length > 0 &&
    html`
      <button class="little" onClick=${look}>
        <${Icon} name="reload" />
        ${t("system.look")}
      </button>
    `;
  return html`
    <${Card} title=${t("system.feeds")} tools=${tools}>
      ${
        feeds.length
          ? html`
              <ul class="bare stack tight">
                ${feeds.map(
                  (feed) => html`
                    <li key=${feed.name}>
                      <strong><${Text} most=${100}>${feed.name}<//></strong>
                      <span class="small quiet">
                        ${" "}${t("system.feed_version", { serial: String(feed.serial) })} ·${" "}
                        <${Time} at=${feed.made} as=${relative} />
                      </span>
                      <${Problem}>${feed.problem}<//>
                    </li>
                  `,
                )}
              </ul>
            `
          : html`<p class="quiet">${t("system.no_feeds")}</p>`
      }
    <//>
  `;
}

const Kept = ({ backups }) => html`
  <ul class="bare stack tight">
    ${backups.slice(0, 5).map(
      (one) => html`
        <li key=${one.path}>
          <${Time} at=${one.made} />${" "}
          <span class="small quiet">
            ${bytes(one.bytes)}
            ${one.before_upgrade && html`${" · "}${t("system.before_upgrade")}`}
          </span>
        </li>
      `,
    )}
  </ul>
`;

function Backup() {
  const of = useGet("backup");
  useRefresh(of.again, 10);
  const begin = () =>
    post("backup")
      .then(() => (say(t("system.backup_began")), of.again()))
      .catch(complain);
  if (of.problem?.is_missing) return null;
  const tools =
    isAdministrator() &&
    html`
      <button class="little" onClick=${begin} disabled=${of.data?.running}>
        ${t(of.data?.running ? "system.backup_runs" : "system.backup_now")}
      </button>
    `;
  return html`
    <${Card} title=${t("system.backup")} tools=${tools}>
      <${Answer} of=${of} lines=${2}>
        ${({ backups, folder, nightly, problem }) => html`
          ${
            backups.length
              ? html`<${Kept} backups=${backups} />`
              : html`<p class="quiet">${t("system.no_backup")}</p>`
          }
          <p class="small quiet">
            ${t(nightly ? "system.backup_nightly" : "system.backup_by_hand")}${" "}
            <span class="mono"><${Text}>${folder}<//></span>
          </p>
          <${Problem}>${problem}<//>
        `}
      <//>
    <//>
  `;
}

function Learnt() {
  const of = useGet("lessons");
  return html`
    <${Card} title=${t("system.lessons")}>
      <${Answer} of=${of} lines=${1}>
        ${({ spam, ham, needed_of_each }) => html`
          <p>${t("system.lessons_text", { spam, ham, needed: needed_of_each })}</p>
        `}
      <//>
    <//>
  `;
}

function State() {
  const of = useGet("system");
  // Counters of this run; the page stands without them.
  const status = useGet("status").data;
  useRefresh(of.again, 30);
  return html`
    <${Answer} of=${of}>
      ${(system) => html`
        <${Conditions} list=${system.conditions} />
        <div class="columns broad">
          <${Gateway} system=${system} status=${status} />
          <${Certificates} list=${system.certificates} again=${of.again} />
          <${Work} system=${system} status=${status} />
          <${Resolver} system=${system} dns=${status?.dns} />
          <${Feeds} feeds=${system.feeds} again=${of.again} />
          <${Backup} />
          <${Learnt} />
        </div>
      `}
    <//>
  `;
}

export default function System() {
  const [query, change] = useQuery();
  const is_alerts = query.tab === "alerts";
  const licences = new URL("../licences.txt", import.meta.url).pathname;
  return html`
    <${Page}
      title=${t("nav.system")}
      intro=${t("system.intro")}
      tools=${
        isAdministrator() && html`<a class="button" href="/setup/domain">${t("system.set_up")}</a>`
      }
    >
      <${Tabs}
        label=${t("nav.system")}
        value=${is_alerts ? "alerts" : ""}
        onValue=${(tab) => change({ tab })}
        options=${[
          ["", t("layers.state")],
          ["alerts", t("alerts.title")],
        ]}
      />
      ${is_alerts ? html`<${Alerts} />` : html`<${State} />`}
      <p class="small">
        <a href=${licences} target="_blank" rel="noopener">${t("system.licences")}</a>
      </p>
    <//>
  `;
}
