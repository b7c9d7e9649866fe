// Writes src/api/schema.ts from the server's own OpenAPI schema; with --check, fails when it is stale.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const frontend = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const root = resolve(frontend, "..");
const target = join(frontend, "src/api/schema.ts");
const check = process.argv.includes("--check");
const ownPython = join(root, ".venv/bin/python");
const python = process.env.SEGLOOP_PYTHON ?? (existsSync(ownPython) ? ownPython : "python3");

const scratch = mkdtempSync(join(tmpdir(), "segloop-schema-"));
try {
  const openapi = join(scratch, "openapi.json");
  const output = check ? join(scratch, "schema.ts") : target;
  execFileSync(
    python,
    ["manage.py", "spectacular", "--format", "openapi-json", "--file", openapi, "--fail-on-warn"],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, SEGLOOP_DATA: process.env.SEGLOOP_DATA ?? scratch },
    },
  );
  const generator = join(frontend, "node_modules/openapi-typescript/bin/cli.js");
  execFileSync(process.execPath, [generator, openapi, "-o", output, "--default-non-nullable", "false"], {
    cwd: frontend,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (check && readFileSync(output, "utf8") !== readFileSync(target, "utf8")) {
    console.error("src/api/schema.ts is stale: run `npm run generate-api` and commit the result.");
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
