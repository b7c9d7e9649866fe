/** Prints the address patterns of every page, one a line, as src/router.tsx has them: for tests that visit them all. */
import { readFileSync } from "node:fs";
import ts from "typescript";

const file = new URL("../src/router.tsx", import.meta.url);
const source = ts.createSourceFile(
  "router.tsx",
  readFileSync(file, "utf8"),
  ts.ScriptTarget.Latest,
  true,
  ts.ScriptKind.TSX,
);
const found = new Set();

/** The text of a property that is a plain string, or undefined. */
function textOf(node, name) {
  const property = node.properties.find(
    (each) => ts.isPropertyAssignment(each) && each.name.getText() === name,
  );
  return property && ts.isStringLiteral(property.initializer) ? property.initializer.text : undefined;
}

function visit(node, base) {
  let here = base;
  if (ts.isObjectLiteralExpression(node)) {
    const path = textOf(node, "path");
    const names = node.properties.map((each) => each.name?.getText());
    if (path !== undefined) here = path.startsWith("/") ? path : `${base.replace(/\/$/, "")}/${path}`;
    const isPage = path !== undefined || names.includes("index");
    if (isPage && !names.includes("children")) found.add(here === "" ? "/" : here);
  }
  ts.forEachChild(node, (child) => visit(child, here));
}

visit(source, "");
if (found.size === 0) throw new Error("No route was found in src/router.tsx.");
console.log([...found].sort().join("\n"));
