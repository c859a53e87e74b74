// Suggestions while somebody types, as an ARIA combobox. Without script the box is an ordinary search form.
const pause = 180; // ms of quiet before the server is asked
const shortest = 2;

for (const [n, input] of document.querySelectorAll("input[data-suggest]").entries()) {
  const box = document.createElement("div");
  box.className = "suggesting";
  input.replaceWith(box);
  const list = Object.assign(document.createElement("ul"), { id: `suggestions-${n}`, className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent ?? "");
  const status = Object.assign(document.createElement("span"), { className: "hidden" });
  status.setAttribute("role", "status");
  box.append(input, list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off",
  })) input.setAttribute(name, value);

  let items = [];
  let at = -1;
  let timer;
  let asked;

  const close = () => {
    asked?.abort();
    clearTimeout(timer);
    items = [];
    at = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (to) => {
    at = to;
    for (const [i, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(i === at));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };

  const option = (item, i) => {
    const li = Object.assign(document.createElement("li"), { id: `${list.id}-${i}`, className: "suggestion" });
    li.setAttribute("role", "option");
    li.setAttribute("aria-selected", "false");
    const text = Object.assign(document.createElement("bdi"), { className: "suggestion-text", textContent: item.text });
    if (item.lang) text.lang = item.lang;
    const kind = Object.assign(document.createElement("span"), { className: "suggestion-kind", textContent: item.label });
    li.append(text, kind);
    // Before the box loses the focus, which would close the list.
    li.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(item.href); });
    return li;
  };

  const show = (answer) => {
    close();
    items = answer.items;
    status.textContent = answer.said;
    if (items.length === 0) return;
    list.replaceChildren(...items.map(option));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };

  const ask = async () => {
    const typed = input.value.trim();
    if (typed.length < shortest || document.activeElement !== input) return close();
    asked?.abort();
    asked = new AbortController();
    const query = new URLSearchParams({ q: typed.slice(0, 100), lang: document.documentElement.lang });
    try {
      const answer = await fetch(`${input.dataset.suggest}?${query}`, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (answer.ok) show(await answer.json());
    } catch {
      // Another letter was typed, or the network is away: the form works all the same.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && items.length > 0) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(at + step < -1 ? items.length - 1 : at + step >= items.length ? -1 : at + step);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      location.assign(items[at].href);
    }
  });
}
