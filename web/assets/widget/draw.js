// Elements are made one by one and never out of text, so that a page that lets
// nothing else pass (trusted types) lets this.
export function make(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (value === true) e.setAttribute(key, "");
    else if (value !== undefined && value !== false) e.setAttribute(key, value);
  }
  e.append(...children.filter((c) => c !== undefined && c !== ""));
  return e;
}

function vector(name, props, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(props)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

const mouths = ["M19 46c4-8 22-8 26 0", "M20 43h24", "M18 39c4 11 24 11 28 0"];
const colours = ["#b1261c", "#855600", "#1a6b3c"];

export function face(n) {
  const stroke = colours[n - 1];
  return vector("svg", { viewBox: "0 0 64 64", class: "f", "aria-hidden": "true" },
    vector("circle", { cx: 32, cy: 32, r: 29, fill: "#fff", stroke }),
    vector("circle", { cx: 22, cy: 26, r: 3.6, fill: stroke }),
    vector("circle", { cx: 42, cy: 26, r: 3.6, fill: stroke }),
    vector("path", { d: mouths[n - 1], stroke }));
}

export function cross() {
  return vector("svg", { viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" },
    vector("path", { d: "M4 4l12 12M16 4L4 16", stroke: "currentColor", "stroke-width": 2 }));
}
