import { env } from "node:process";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { documentation } from "./scripts/documentation.mjs";

const controlPlane = env.NIMBUS_API ?? "https://127.0.0.1:8443";

export default defineConfig({
  plugins: [documentation(), react()],
  build: {
    target: "es2022",
    assetsDir: "assets",
    // Every asset is a file of its own: the content security policy takes no data: script or style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
    // What every page needs is one file: many small ones compress worse, and each is a request.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "shell", tags: ["$initial"] }] } } },
  },
  server: {
    proxy: { "/api": { target: controlPlane, secure: false, ws: true } },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], testTimeout: 30_000 },
});
