import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

/** Names are given by people, and text that becomes HTML would run what stands in a name. */
const NO_HTML = [
  ["JSXAttribute[name.name='dangerouslySetInnerHTML']", "Let React write the text."],
  ["AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", "Set textContent."],
  ["CallExpression[callee.property.name='insertAdjacentHTML']", "Append elements with textContent."],
  ["CallExpression[callee.property.name='setOption']", "Use components/chart: its tooltips are plain text."],
  ["Property[key.name='renderMode']", "Tooltips are plain text: see components/chart/plainTooltips.ts."],
].map(([selector, message]) => ({ selector, message }));

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked, jsxA11y.flatConfigs.recommended],
    plugins: { "react-hooks": reactHooks },
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": ["error", { allow: ["error"] }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-syntax": ["error", ...NO_HTML],
      "no-restricted-imports": [
        "error",
        {
          paths: [
            { name: "echarts", message: "Use components/chart." },
            { name: "echarts/core", importNames: ["init"], message: "Use components/chart." },
          ],
        },
      ],
      // A number reads the same in a text as in the code.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `onClick={() => close()}` and `if (!editor) return close();` lose nothing that somebody could want.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "max-lines-per-function": ["error", { max: 150, skipBlankLines: true, skipComments: true }],
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["src/components/chart/{Chart.tsx,engine.ts}", "**/*.test.{ts,tsx}"],
    rules: { "no-restricted-syntax": "off", "no-restricted-imports": "off" },
  },
  {
    files: ["**/*.test.{ts,tsx}", "**/testing.{ts,tsx}"],
    // What stands for a server or a disk answers by a promise, as they do.
    rules: { "@typescript-eslint/require-await": "off" },
  },
  { files: ["**/*.{js,mjs,cjs}"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
);
