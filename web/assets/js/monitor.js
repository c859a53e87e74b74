// A page that shows a state keeps it fresh: every so many seconds the part marked data-live is fetched again. Without
// script the page shows what was true when it was asked for, and says when that was.
for (const part of document.querySelectorAll("[data-live]")) {
  const wait = Number(part.dataset.live) * 1000;
  const refresh = async () => {
    // Nobody looks, or somebody is reading with the keyboard in it: leave it as it is.
    if (document.hidden || part.contains(document.activeElement) || !window.getSelection().isCollapsed) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (!fresh) return;
      const open = [...part.querySelectorAll("details")].map((d) => d.open);
      part.replaceChildren(...fresh.childNodes);
      part.querySelectorAll("details").forEach((d, n) => { d.open = open[n] ?? d.open; });
      document.title = page.title;
    } catch {
      // The next try may do better.
    }
  };
  setInterval(refresh, wait);
}
