import { defineConfig } from "vite";

// The editor's frame: a page of its own, because its content security policy is another one than the dashboard's. Its
// files lie beside those of the dashboard, so the folder is not emptied.
export default defineConfig({
  publicDir: false,
  build: {
    target: "es2022",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 5000,
    rolldownOptions: { input: "editor.html" },
  },
  worker: { format: "es" },
});
