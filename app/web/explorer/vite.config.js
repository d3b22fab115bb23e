// Builds the two pages: their files stand beside `graphiql.html` and `explore.html` under names that change with them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

/** Beside each file that is worth it stands its compressed form, so that serving costs no time. */
const packed = {
  name: "packed",
  // What other plugins change at the last moment is in the files.
  writeBundle({ dir }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name))) {
      const file = join(dir, name);
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
    }
  },
};

export default defineConfig({
  // Relative, so that the pages work wherever the exchange is mounted.
  base: "./",
  publicDir: false,
  plugins: [packed],
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsDir: "explorer/assets",
    // Small files stay files: the policy of the pages has no room for scripts or styles in data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Whoever gets the packages' code gets their licences, as these ask for.
    license: { fileName: "explorer/licences.md" },
    rolldownOptions: { input: ["graphiql.html", "explore.html"] },
  },
});
