// How Mantine's components look here: calm, dense, with text that can be read in both themes.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const blue: MantineColorsTuple = [
  "#eef4fc",
  "#dbe7f7",
  "#b4cdee",
  "#8ab2e6",
  "#6b9fe3",
  "#4a85d2",
  "#2f6fc0",
  "#1f5fae",
  "#184e92",
  "#113d75",
];

export const theme = createTheme({
  primaryColor: "brand",
  colors: { brand: blue },
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: "sm",
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "1.25rem" }, h2: { fontSize: "1rem" } } },
  cursorType: "pointer",
  respectReducedMotion: true,
});

/** What Mantine leaves too pale to read. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#55606c",
    "--mantine-color-placeholder": "#69737f",
    "--mantine-color-error": "#b3261e",
  },
  dark: {
    "--mantine-color-body": "#14171b",
    "--mantine-color-text": "#d5dae0",
    "--mantine-color-dimmed": "#9aa5b1",
    "--mantine-color-placeholder": "#8b96a2",
    "--mantine-color-error": "#ff8a80",
  },
});
