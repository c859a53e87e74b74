import { cross, face, make } from "./draw.js";

let made = 0; // forms of this page: each has ids of its own

// Form asks a service's questions, one at a time, and sends the answers. What
// was answered stays until it is kept or the page is left.
export class Form {
  constructor(survey, options) {
    Object.assign(this, { survey, options, words: survey.words, answers: {}, key: crypto.randomUUID?.() ?? `${Math.random()}${Date.now()}` });
    this.id = `j${++made}`;
    this.at = survey.questions[0];
    this.box = make("div", { class: "box", lang: survey.language, dir: survey.dir });
  }

  wanted(q) {
    const w = q.when;
    if (!w) return true;
    const before = this.survey.questions.find((one) => one.code === w.question);
    const said = before && this.wanted(before) ? this.answers[w.question] : undefined;
    if (said === undefined) return false;
    if (w.is) return w.is.includes(said);
    return (!w.at_most || said <= w.at_most) && (!w.at_least || said >= w.at_least);
  }

  path() { return this.survey.questions.filter((q) => this.wanted(q)); }

  open(q) { return q.required && this.answers[q.code] === undefined; }

  // show draws the question that is asked now.
  show(focus) {
    const { words, survey } = this;
    const all = this.path();
    const n = all.indexOf(this.at);
    const last = n === all.length - 1;
    this.status = make("p", { class: "s", role: "status", "aria-live": "polite" });
    const field = this.field(this.at, this.say("progress", n + 1, all.length));
    const acts = make("div", { class: "c" });
    if (n > 0) acts.append(make("button", { type: "button", class: "b", onclick: () => this.step(-1) }, words.back));
    const done = !all.some((q) => this.open(q));
    // Enter presses the first button that submits: it goes on, and sends only at the end.
    acts.append(make("button", { type: "submit", class: "b p", "data-send": last }, last ? words.send : words.next));
    if (!last && done) acts.append(make("button", { type: "button", class: "b", "data-send": true, onclick: () => this.send() }, words.finish));
    this.trap ??= make("input", { name: "website", tabindex: -1, autocomplete: "off" });
    const form = make("form", { novalidate: true, onsubmit: (event) => this.submit(event, last) },
      field, this.status, acts, make("label", { class: "h", "aria-hidden": "true" }, words.nothing_else, this.trap));
    form.className = "form";
    this.frame(n / all.length, n === 0 && this.options.failed ? make("p", { class: "n" }, words.sorry) : "", form,
      make("p", { class: "n" }, `${survey.notice} `, make("a", { href: survey.page, target: "_blank", rel: "noopener" }, words.page)));
    if (focus) (this.box.querySelector("input:checked") ?? this.box.querySelector(".o input, textarea"))?.focus();
  }

  frame(share, ...children) {
    const head = make("div", { class: "t" }, make("h2", { id: this.id, tabindex: -1 }, this.survey.name));
    if (this.options.close) {
      head.append(make("button", { type: "button", class: "x", "aria-label": this.words.close, onclick: this.options.close }, cross()));
    }
    this.box.replaceChildren(head, make("progress", { value: share, max: 1, "aria-hidden": "true" }), ...children.filter(Boolean));
  }

  say(name, ...args) { return args.reduce((text, arg, n) => text.replace(`{${n}}`, arg), this.words[name]); }

  field(q, where) {
    const note = q.required ? where : `${where} · ${this.words.optional}`;
    if (q.kind === "text") {
      const area = make("textarea", { id: `${this.id}w`, rows: 4, dir: "auto", oninput: (event) => { this.answers[q.code] = event.target.value; } });
      area.value = this.answers[q.code] ?? "";
      return make("div", {}, make("label", { class: "q", for: `${this.id}w` }, make("small", {}, note), q.text), area);
    }
    const options = q.choices?.map((c) => [c.code, c.text]) ??
      Array.from({ length: q.most - q.least + 1 }, (_, n) => [q.least + n, String(q.least + n)]);
    const list = make("div", { class: options.length > 7 && q.kind === "rating" ? "o w" : "o" });
    options.forEach(([value, text], n) => {
      const input = make("input", { type: "radio", name: q.code, id: `${this.id}o${n}`, value, checked: this.answers[q.code] === value });
      input.addEventListener("change", () => this.choose(q, value));
      const label = make("label", { for: `${this.id}o${n}` });
      if (q.kind === "faces") label.append(face(n + 1), this.words[`face${n + 1}`]);
      else label.append(text);
      const end = n === 0 ? q.low : n === options.length - 1 ? q.high : "";
      if (q.kind === "rating" && end) label.append(make("span", { class: "h" }, ` (${end})`));
      list.append(make("span", {}, input, label));
    });
    const set = make("fieldset", { class: q.kind, onpointerup: () => { this.pointed = Date.now(); } },
      make("legend", {}, make("small", {}, note), q.text), list);
    if (q.low) set.append(make("p", { class: "e", "aria-hidden": "true" }, make("span", {}, q.low), make("span", {}, q.high)));
    return set;
  }

  // choose goes on by itself after a finger or a mouse; arrow keys only look.
  choose(q, value) {
    this.answers[q.code] = value;
    const all = this.path();
    if (Date.now() - this.pointed < 500 && all.indexOf(q) < all.length - 1) this.step(1);
    else this.show(true);
  }

  step(by) {
    const all = this.path();
    this.at = all[all.indexOf(this.at) + by] ?? this.at;
    this.show(true);
  }

  submit(event, last) {
    event.preventDefault();
    if (this.open(this.at)) {
      this.status.textContent = this.words.choose;
      this.box.querySelector(".o input")?.focus();
      return;
    }
    if (last) this.send();
    else this.step(1);
  }

  async send() {
    if (this.sending) return;
    const missing = this.path().find((q) => this.open(q));
    if (missing) {
      this.at = missing;
      this.show(true);
      this.status.textContent = this.words.choose;
      return;
    }
    this.sending = true;
    this.status.textContent = this.words.sending;
    const answers = {};
    for (const q of this.path()) if (this.answers[q.code] !== undefined && this.answers[q.code] !== "") answers[q.code] = this.answers[q.code];
    const body = { channel: "widget", language: this.survey.language, token: this.options.token || "", answers, began: this.survey.began };
    if (this.options.wave) body.wave = this.options.wave;
    if (this.trap.value) body.website = this.trap.value;
    try {
      const reply = await fetch(`${this.options.api}/answers?lang=${this.survey.language}`, {
        method: "POST", credentials: "omit", referrerPolicy: "no-referrer",
        headers: { "Content-Type": "application/json", "Idempotency-Key": this.key }, body: JSON.stringify(body),
      });
      if (!reply.ok) {
        const problem = await reply.json().catch(() => ({}));
        if (problem.errors?.some((e) => e.field === "token")) this.options.token = ""; // they may answer without it
        throw new Error(problem.errors?.[0]?.message ?? "");
      }
      this.thank();
    } catch (error) {
      this.status.textContent = error instanceof TypeError || !error.message ? this.words.failed : error.message;
    } finally {
      this.sending = false;
    }
  }

  thank() {
    this.done = true;
    const title = make("h2", { id: this.id, tabindex: -1 }, this.words.thanks);
    this.box.replaceChildren(title, make("p", { class: "n", role: "status" }, this.words.thanks_text));
    if (this.options.close) {
      this.box.append(make("div", { class: "c" }, make("button", { type: "button", class: "b p", onclick: this.options.close }, this.words.close)));
    }
    title.focus();
  }
}
