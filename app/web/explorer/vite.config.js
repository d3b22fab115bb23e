// Builds the two pages: their files stand beside `graphiql.html` and `explore.html` under names that change with them.
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

/** Beside each file that is worth it stands its compressed form, so that serving costs no time. */
const packed = {
  name: "packed",
  generateBundle(_options, bundle) {
    for (const [fileName, made] of Object.entries(bundle)) {
      const content = made.type === "chunk" ? made.code : made.source;
      if (/\.(js|css|svg)$/.test(fileName)) {
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(content, { level: 9 }) });
      }
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
    rolldownOptions: { input: ["graphiql.html", "explore.html"] },
  },
});
