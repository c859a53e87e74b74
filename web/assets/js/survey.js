// One question at a time. Without this the page is one form that does the same.
const survey = document.querySelector("form[data-survey]");
if (survey && !survey.querySelector(".summary")) {
  const say = survey.querySelector(".survey-say");
  const acts = survey.querySelector(".survey-acts");
  const send = acts.querySelector("[value=send]");
  const bar = survey.querySelector(".survey-bar");
  const at = survey.elements.at;
  const asks = [...survey.querySelectorAll("[data-ask]")];
  const words = survey.dataset;
  const button = (text, kind) => {
    const b = document.createElement("button");
    b.type = "button";
    b.className = `button ${kind}`;
    b.textContent = text;
    return b;
  };
  const back = button(words.back, "quiet");
  const next = button(words.next, "primary");
  acts.prepend(back);
  acts.insertBefore(next, send);
  send.classList.remove("primary");

  const chosen = (code) => survey.querySelector(`[data-ask="${code}"] input:checked`)?.value ?? "";
  const wanted = (ask) => {
    const { when, is, most, least } = ask.dataset;
    if (!when) return true;
    const before = asks.find((a) => a.dataset.ask === when);
    const said = before && wanted(before) ? chosen(when) : "";
    if (!said) return false;
    if (is.trim()) return is.trim().split(" ").includes(said);
    return (+most === 0 || +said <= +most) && (+least === 0 || +said >= +least);
  };
  const path = () => asks.filter(wanted);
  const open = (ask) => ask.hasAttribute("data-must") && !ask.querySelector("input:checked");

  let now = asks.find((a) => a.dataset.ask === at.value) ?? asks[0];
  const show = (focus) => {
    const all = path();
    if (!all.includes(now)) now = all[0];
    const n = all.indexOf(now);
    for (const ask of asks) ask.classList.toggle("now", ask === now);
    for (const where of now.querySelectorAll(".ask-where")) {
      where.textContent = words.where.replace("{0}", n + 1).replace("{1}", all.length);
    }
    at.value = now.dataset.ask;
    bar.hidden = false;
    bar.firstElementChild.max = all.length;
    bar.firstElementChild.value = n;
    const last = n === all.length - 1;
    back.hidden = n === 0;
    next.hidden = last;
    send.hidden = !last && all.some(open);
    send.textContent = last ? words.send : words.finish;
    send.classList.toggle("primary", last);
    survey.classList.toggle("begun", n > 0);
    say.textContent = "";
    if (focus) (now.querySelector("input:checked, input, textarea") ?? now).focus();
  };
  const step = (by) => {
    if (by > 0 && open(now)) {
      say.textContent = words.choose;
      now.querySelector("input").focus();
      return;
    }
    const all = path();
    now = all[all.indexOf(now) + by] ?? now;
    show(true);
    window.scrollTo(0, 0);
  };
  next.addEventListener("click", () => step(1));
  back.addEventListener("click", () => step(-1));
  // A finger or a mouse that chooses goes on by itself; arrow keys only look.
  let pointed = 0;
  survey.addEventListener("pointerup", () => { pointed = Date.now(); });
  survey.addEventListener("change", (event) => {
    const ask = event.target.closest("fieldset[data-ask]");
    if (!ask) return;
    if (Date.now() - pointed < 500 && !next.hidden) step(1);
    else show(false);
  });
  survey.addEventListener("submit", (event) => {
    if (event.submitter?.value === "speak") return;
    if (event.submitter?.hasAttribute("data-enter") && !next.hidden) { // Enter goes on; only the last question sends
      event.preventDefault();
      step(1);
      return;
    }
    const missing = path().find(open);
    if (missing) {
      event.preventDefault();
      now = missing;
      show(true);
      say.textContent = words.choose;
      return;
    }
    say.textContent = words.sending;
  });
  survey.classList.add("stepping");
  show(at.value !== "");
}

// Posters are printed.
for (const print of document.querySelectorAll("button[data-print]")) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
