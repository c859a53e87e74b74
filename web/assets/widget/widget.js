// One line in a page of another site:
//
//   <script src="https://jard.example/survey/widget.js" data-service="slug" defer></script>
//
// data-mode    button (default), modal, inline
// data-when    load, exit, submit, failure: opens by itself then, once a page
// data-token   one-time token of the end of a procedure
// data-lang    fr, ar or en; that of the page by default
// data-label   what the button says
// data-target  selector of where the button or the questions stand; beside the script by default
// data-form    selector of the form that data-when="submit" listens to
//
// A page opens it with document.dispatchEvent(new CustomEvent("jard:ask",
// {detail: {service: "slug", outcome: "failure", token: "…"}})).
// It reads and leaves nothing in the browser, and calls nobody but Jard.
import { make } from "./draw.js";
import { Form } from "./form.js";
import { style } from "./style.js";

const script = document.currentScript;
const { service, mode = "button", when = "", token = "", label, target, form } = script.dataset;
const labels = { fr: "Donner mon avis", ar: "أعطِ رأيك", en: "Give your opinion" };
const spoken = (script.dataset.lang || document.documentElement.lang || "fr").slice(0, 2).toLowerCase();
const lang = labels[spoken] ? spoken : "fr";
const base = script.src.replace(/\/survey\/widget\.js.*$/, "");
const api = `${base}/api/v1/surveys/${encodeURIComponent(service)}`;
const page = (outcome, proof) => {
  const query = new URLSearchParams({ lang });
  if (outcome) query.set("outcome", outcome);
  if (proof) query.set("token", proof);
  return `${base}/survey/${encodeURIComponent(service)}?${query}`;
};

const host = make("div", { "data-jard": service, "data-mode": mode });
const place = target && document.querySelector(target);
if (place) place.append(host);
else script.after(host);
const able = "adoptedStyleSheets" in document && typeof HTMLDialogElement === "function";
let asked = false; // opened by itself once
let current;       // the form, while its answers are not kept
let dialog;

async function load(options) {
  const reply = await fetch(`${api}?channel=widget&lang=${lang}`, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!reply.ok) throw new Error(reply.status);
  return new Form(await reply.json(), { api, ...options });
}

// invited asks Jard whether this visit is to be asked: in a wave one in so many
// is. When nobody can say, nobody is.
async function invited() {
  try {
    const reply = await fetch(`${base}/survey/${encodeURIComponent(service)}/invite`, { credentials: "omit", referrerPolicy: "no-referrer" });
    return reply.ok ? await reply.json() : { ask: false };
  } catch {
    return { ask: false };
  }
}

// open asks in a dialog; where that cannot be, on a page of Jard's own.
async function open({ outcome = "", token: proof = token, wave = "" } = {}) {
  if (dialog?.open) return;
  const opener = document.activeElement;
  try {
    if (!current || current.done) {
      current = await load({ token: proof, wave, failed: outcome === "failure", close: () => dialog.close() });
    }
  } catch {
    window.location.assign(page(outcome, proof));
    return;
  }
  if (!dialog) {
    dialog = make("dialog");
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => dialog.opener?.focus?.());
    root.append(dialog);
  }
  dialog.setAttribute("aria-labelledby", current.id);
  dialog.opener = opener;
  dialog.replaceChildren(current.box);
  dialog.showModal();
  current.show(true);
}

let root;
if (able) {
  root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
}
const trigger = () => make("a", {
  class: "b", href: page("", token), lang, dir: lang === "ar" ? "rtl" : "ltr", role: able ? "button" : undefined,
  onclick: (event) => {
    if (!able) return;
    event.preventDefault();
    open();
  },
  onkeydown: (event) => {
    if (!able || event.key !== " ") return;
    event.preventDefault();
    open();
  },
}, label || labels[lang]);

if (!able || mode === "button") (root ?? host).append(trigger());
else if (mode === "inline") {
  load({ token }).then((asks) => {
    root.append(make("section", { "aria-labelledby": asks.id }, asks.box));
    asks.show(false);
  }).catch(() => root.append(trigger()));
}

if (able) {
  const once = async (outcome) => {
    if (asked) return;
    asked = true;
    const lot = outcome ? { ask: true } : await invited(); // whom the service failed is always asked
    if (lot.ask) open({ outcome, wave: lot.wave ?? "" });
  };
  document.addEventListener("jard:ask", (event) => {
    const detail = event.detail ?? {};
    if (!detail.service || detail.service === service) open(detail);
  });
  if (when === "load") once("");
  if (when === "failure") once("failure");
  if (when === "exit") {
    document.documentElement.addEventListener("mouseleave", (event) => { if (event.clientY <= 0) once(""); });
  }
  if (when === "submit") {
    // A form that a script sends leaves the page where it is; one that leads elsewhere asks there.
    document.addEventListener("submit", (event) => {
      if (form && !event.target.matches(form)) return;
      setTimeout(() => once(""), 600);
    });
  }
}
