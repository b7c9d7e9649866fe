import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SEGLOOP_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  // Django serves index.html for every page address and the hashed assets under /static/app/.
  base: command === "build" ? "/static/app/" : "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ["/api", "/admin", "/static/admin"].map((path) => [path, { target: server, changeOrigin: false }]),
    ),
  },
  build: { outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 700 },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    // A busy machine is no failure.
    testTimeout: 30_000,
  },
}));
