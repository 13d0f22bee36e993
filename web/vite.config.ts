import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// Compressed once here, so that the service only has to choose: "index.js.br" and "index.js.gz" beside "index.js".
function compressed(): Plugin {
  return {
    name: "compressed",
    closeBundle() {
      for (const folder of ["dist", "dist/assets"]) {
        for (const name of readdirSync(folder)) {
          if (!/\.(js|css|html|svg)$/.test(name)) continue;
          const file = join(folder, name);
          writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
          writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
        }
      }
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [compressed()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { "/v1": process.env.HAINA_URL ?? "http://127.0.0.1:8080" },
  },
});
