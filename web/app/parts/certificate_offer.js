// SPDX-License-Identifier: Apache-2.0
// A certificate handed in: looked at, then in use for listeners and pages, without a restart.
import { useState } from "preact/hooks";

import { ask, post } from "../gate.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Check, Field } from "./field.js";
import { Text } from "./hostile.js";
import { Icon } from "./icons.js";
import { wordsOf } from "./states.js";
import { say } from "./toasts.js";

export const placeWords = (name) =>
  name === "web" ? t("certificate.web") : name.replace(/^listener /, `${t("certificate.listener")} `);

const marks = { good: "allow", warning: "alert", bad: "reject" };
const kinds = { good: "good", warning: "warn", bad: "bad" };

const Checked = ({ list }) => html`
  <ul class="bare stack tight" role="status">
    ${list.map(
      ({ what, mark, detail }) => html`
        <li class=${`notice ${kinds[mark]}`} key=${what}>
          <${Icon} name=${marks[mark]} />
          <span>
            ${t(`certificate.${what}`)}${" "}
            ${detail && html`<span class="strong"><${Text} most=${600}>${detail}<//></span>`}
          </span>
        </li>
      `,
    )}
  </ul>
`;

const FromFile = ({ label, onText }) => html`
  <input
    type="file"
    accept=".pem,.crt,.cer,.key,application/x-pem-file,text/plain"
    aria-label=${label}
    onChange=${async (event) => event.target.files[0] && onText(await event.target.files[0].text())}
  />
`;

/** "pages" and listeners that no file decides for, with a box each. */
function Uses({ places, uses, onUses }) {
  const open = places.filter((place) => !place.locked);
  const locked = places.filter((place) => place.locked);
  return html`
    <fieldset class="field">
      <legend class="label">${t("certificate.use_for")}</legend>
      ${open.map(
        ({ name, address }) => html`
          <${Check}
            key=${name}
            label=${placeWords(name)}
            hint=${address}
            checked=${uses.includes(name)}
            onValue=${(is_on) =>
              onUses(is_on ? [...uses, name] : uses.filter((one) => one !== name))}
          />
        `,
      )}
      ${locked.map(
        ({ name, locked }) => html`
          <p class="hint" key=${name}>
            ${placeWords(name)}: ${t("certificate.locked")}${" "}
            <span class="mono"><${Text} most=${300}>${locked}<//></span>
          </p>
        `,
      )}
    </fieldset>
  `;
}

/** What is handed in, what was found in it, and what came of it. */
function useOffer(of, done) {
  const places = of.uses;
  const [offer, setOffer] = useState({
    certificate: "",
    key: "",
    uses: places.filter((place) => !place.locked && (place.own || !place.tls)).map((one) => one.name),
  });
  const [state, setState] = useState({});
  const change = (part) => {
    setOffer({ ...offer, ...part });
    setState({});
  };
  const attempt = async (work) => {
    setState({ ...state, busy: true });
    try {
      await work();
    } catch (problem) {
      setState({ problem, found: problem.said?.checks ? problem.said : state.found });
    }
  };
  const look = () => attempt(async () => setState({ found: await post("certificate/check", offer) }));
  const use = () =>
    attempt(async () => {
      await ask("PUT", "certificate", { body: { ...offer, anyway: true } });
      const moves = offer.uses.includes("web") && location.protocol === "http:";
      setState({ moved: moves });
      say(t("certificate.taken"));
      if (!moves) done();
    });
  return { offer, change, state, look, use };
}

const Moved = () => html`
  <p class="notice good">${t("certificate.moved")}</p>
  <div class="dialog-foot">
    <a class="button primary" href=${`https://${location.host}/admin/system`}>
      ${t("certificate.go")}
    </a>
  </div>
`;

/** `of`: what GET /certificate says; `done`: it was taken. */
export function HandIn({ of, done }) {
  const { offer, change, state, look, use } = useOffer(of, done);
  const is_whole = offer.certificate.trim() && (offer.key.trim() || /PRIVATE KEY/.test(offer.certificate));
  if (state.moved) return html`<div class="dialog-body"><${Moved} /></div>`;
  return html`
    <div class="dialog-body stack">
      <p class="quiet">${t("certificate.text")}</p>
      ${
        location.protocol === "http:" &&
        !["127.0.0.1", "[::1]", "localhost"].includes(location.hostname) &&
        html`<p class="notice warn">${t("certificate.open")}</p>`
      }
      <${Field}
        area
        rows="4"
        class="mono"
        label=${t("certificate.pem")}
        spellcheck="false"
        value=${offer.certificate}
        onValue=${(certificate) => change({ certificate })}
      />
      <${FromFile}
        label=${t("certificate.pem_file")}
        onText=${(certificate) => change({ certificate })}
      />
      <${Field}
        area
        rows="4"
        class="mono"
        label=${t("certificate.key")}
        spellcheck="false"
        autocomplete="off"
        value=${offer.key}
        onValue=${(key) => change({ key })}
      />
      <${FromFile} label=${t("certificate.key_file")} onText=${(key) => change({ key })} />
      <${Uses} places=${of.uses} uses=${offer.uses} onUses=${(uses) => change({ uses })} />
      ${state.found && html`<${Checked} list=${state.found.checks} />`}
      ${
        state.problem &&
        !state.found &&
        html`<p class="error" role="alert">${wordsOf(state.problem)}</p>`
      }
      <div class="dialog-foot">
        <button onClick=${look} disabled=${!is_whole || state.busy}>
          <${Icon} name="test" />
          ${t("certificate.look")}
        </button>
        <button
          class="primary"
          onClick=${use}
          disabled=${!state.found?.ok || state.busy || !offer.uses.length}
        >
          ${t(state.found?.warnings ? "certificate.use_anyway" : "certificate.use")}
        </button>
      </div>
    </div>
  `;
}
