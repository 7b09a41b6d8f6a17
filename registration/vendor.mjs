// Copies what the browser loads of each npm package to static/vendor/, and nothing else.
// Run by `npm run vendor` after `npm ci`; the folder is not committed.
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "..", "node_modules");
const vendor = join(here, "static", "vendor");

/** From node_modules/ to static/vendor/. */
const files = {
  "zxing-wasm/dist/es/reader/index.js": "zxing-wasm/reader/index.js",
  "zxing-wasm/dist/es/share.js": "zxing-wasm/share.js",
  "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing-wasm/reader/zxing_reader.wasm",
  "zxing-wasm/LICENSE": "zxing-wasm/LICENSE",
  "@noble/ed25519/index.js": "noble-ed25519/index.js",
  "@noble/ed25519/LICENSE": "noble-ed25519/LICENSE",
};

await rm(vendor, { recursive: true, force: true });
for (const [from, to] of Object.entries(files)) {
  const target = join(vendor, to);
  await mkdir(dirname(target), { recursive: true });
  await cp(join(packages, from), target);
}
