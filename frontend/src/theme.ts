import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

// One accent. White text on shade 7 has contrast 5.7; shade 4 on the dark body 8.1.
const pond: MantineColorsTuple = [
  "#e8f6f4",
  "#d2ebe7",
  "#a5d7d0",
  "#75c3b8",
  "#4db1a4",
  "#2f9e91",
  "#178a7d",
  "#0b7269",
  "#075e57",
  "#044a45",
];
const neutral: MantineColorsTuple = [
  "#f7f8f8",
  "#eff1f1",
  "#e3e6e6",
  "#d0d5d5",
  "#aab2b2",
  "#838d8e",
  "#636d6e",
  "#4a5354",
  "#2c3334",
  "#191e1f",
];
// White text on shade 7 has contrast 5.1, where Mantine's own has 3.8.
const red: MantineColorsTuple = [
  "#fff5f5",
  "#ffe3e3",
  "#ffc9c9",
  "#ffa8a8",
  "#ff8787",
  "#ff6b6b",
  "#fa5252",
  "#d32b2b",
  "#c92a2a",
  "#b02525",
];
const ink: MantineColorsTuple = [
  "#e6e9e9",
  "#c0c6c7",
  "#9aa3a4",
  "#727c7e",
  "#4a5355",
  "#343b3d",
  "#262c2e",
  "#1b2021",
  "#151919",
  "#0f1212",
];

export const theme = createTheme({
  primaryColor: "pond",
  primaryShade: { light: 7, dark: 7 },
  colors: { pond, red, gray: neutral, dark: ink },
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.0625rem" } } },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false } },
    Modal: {
      defaultProps: {
        centered: true,
        closeButtonProps: { "aria-label": "Close" },
        // Its head is no banner of the page.
        attributes: { header: { role: "presentation" } },
      },
      styles: { title: { lineHeight: 1.35, overflowWrap: "anywhere" } },
    },
    Menu: { defaultProps: { shadow: "md" } },
    Table: { defaultProps: { verticalSpacing: "xs", highlightOnHover: false } },
  },
});

/** Dimmed and red text in both schemes keep AA contrast, which Mantine's own grey and red do not. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#586263",
    "--mantine-color-placeholder": neutral[6],
    "--mantine-color-error": "var(--mantine-color-red-9)",
    // Words on a light badge of their colour.
    "--mantine-color-teal-light-color": "#075f47",
    "--mantine-color-green-light-color": "#1e632b",
    "--mantine-color-yellow-light-color": "#7a4500",
    "--mantine-color-orange-light-color": "#8c3503",
    "--mantine-color-red-light-color": "#a11f1f",
    "--sl-surface": "#ffffff",
    "--sl-sunken": neutral[0],
    "--sl-line": neutral[2],
    "--sl-better": "#00734f",
    "--sl-worse": "#a84300",
    "--mantine-color-anchor": pond[7],
  },
  dark: {
    "--mantine-color-dimmed": "#a6aeaf",
    "--mantine-color-placeholder": ink[2],
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--sl-surface": ink[7],
    "--sl-sunken": ink[8],
    "--sl-line": ink[5],
    "--sl-better": "#4fc79f",
    "--sl-worse": "#f0824a",
    "--mantine-color-body": ink[8],
    "--mantine-color-anchor": pond[3],
  },
});
