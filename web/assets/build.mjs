// Bundles the style sheet, the script, the fonts and the icon into web/static/dist under names that change with their
// content, beside a compressed copy of each file that gains from it, and writes manifest.json, which the program reads.
//
// Every css/*.css and js/*.js is taken: base first, then components, then one file per room, print last.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const dist = resolve(here, "../static/dist");

const latin = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2190-2193,U+2212";
const latinExt = "U+0100-0130,U+0132-0151,U+0154-02BA,U+1E00-1E9F,U+20A0-20AB,U+20AD-20C0,U+2113";
const arabic = "U+0600-06FF,U+0750-077F,U+08A0-08FF,U+FB50-FDFF,U+FE70-FEFC";

// fontFaces declares the two families, three weights each, split so that a page fetches only the scripts it shows.
function fontFaces() {
  const face = (family, file, range, weight) => `@font-face{font-family:"${family}";font-style:normal;font-display:swap;` +
    `font-weight:${weight};src:url("${join(root, "node_modules/@fontsource", file)}-${weight}-normal.woff2") format("woff2");` +
    `unicode-range:${range}}`;
  return [400, 500, 600].flatMap((weight) => [
    face("IBM Plex Sans", "ibm-plex-sans/files/ibm-plex-sans-latin", latin, weight),
    face("IBM Plex Sans", "ibm-plex-sans/files/ibm-plex-sans-latin-ext", latinExt, weight),
    face("IBM Plex Sans Arabic", "ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-arabic", arabic, weight),
  ]).join("\n");
}

// sources lists the files of a folder in the order they are bundled.
function sources(folder, extension) {
  const first = ["base", "components"];
  const last = ["print"];
  const rank = (name) => (first.includes(name) ? first.indexOf(name) - 10 : last.includes(name) ? 10 : 0);
  return readdirSync(join(here, folder))
    .filter((file) => extname(file) === extension)
    .map((file) => basename(file, extension))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => `./${folder}/${name}${extension}`);
}

async function bundle(name, loader, contents) {
  const result = await build({
    stdin: { contents, loader, resolveDir: here, sourcefile: name },
    outfile: join(dist, name),
    bundle: true,
    minify: true,
    write: false,
    loader: { ".woff2": "file" },
    assetNames: "[name]-[hash]",
    target: ["chrome100", "firefox100", "safari15"],
    logLevel: "warning",
  });
  return result.outputFiles.map((file) => ({ name: basename(file.path), bytes: Buffer.from(file.contents) }));
}

function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  return `${basename(name, extname(name))}-${hash}${extname(name)}`;
}

const styles = sources("css", ".css").map((file) => `@import "${file}";`).join("\n");
const script = sources("js", ".js").map((file) => `import "${file}";`).join("\n");
const built = [
  ...(await bundle("fonts.css", "css", fontFaces())),
  ...(await bundle("app.css", "css", styles)),
  ...(await bundle("app.js", "js", script)),
  // The widget runs in pages of other sites: by itself, without fonts or a sheet.
  ...(await bundle("widget.js", "js", `import "./widget/widget.js";`)),
  { name: "icon.svg", bytes: readFileSync(join(here, "icon.svg")) },
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
writeFileSync(join(dist, ".gitkeep"), "");
const faces = built.find((file) => file.name === "fonts.css");
const sheet = built.find((file) => file.name === "app.css");
sheet.bytes = Buffer.concat([faces.bytes, sheet.bytes]);

const manifest = {};
for (const { name, bytes } of built.filter((file) => file !== faces)) {
  const font = extname(name) === ".woff2";
  const file = font ? name : hashed(name, bytes);
  manifest[font ? name.replace(/-[A-Z0-9]{8}\.woff2$/, ".woff2") : name] = file;
  writeFileSync(join(dist, file), bytes);
  if (!font) writeFileSync(join(dist, `${file}.gz`), gzipSync(bytes, { level: 9 }));
}
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");

const total = readdirSync(dist).length;
console.log(`assets: ${total} files, style sheet ${sheet.bytes.length} bytes (${gzipSync(sheet.bytes).length} compressed)`);
