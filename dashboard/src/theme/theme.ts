import { createTheme, type Theme } from "@mui/material/styles";
import type { Mode } from "./mode";
import { DARK, LIGHT } from "./tokens";

const SANS = '"CloudFlow Inter", Inter, system-ui, sans-serif';

function makeTheme(mode: Mode): Theme {
  const t = mode === "dark" ? DARK : LIGHT;
  const focus = { outline: "2px solid var(--cf-accent)", outlineOffset: 2 };
  return createTheme({
    palette: {
      mode,
      primary: { main: t.fill, dark: t.fill, contrastText: "#FFFFFF" },
      error: { main: t.error },
      warning: { main: t.warn },
      success: { main: t.ok },
      info: { main: t.info },
      text: { primary: t.text, secondary: t.text2, disabled: t.text3 },
      background: { default: t.page, paper: t.card },
      divider: t.line,
      action: { hover: t.hover, selected: t.selected, hoverOpacity: 0.06 },
    },
    shape: { borderRadius: 6 },
    typography: { fontFamily: SANS, fontSize: 13, htmlFontSize: 16, button: { textTransform: "none", fontWeight: 500 } },
    zIndex: { modal: 1400, tooltip: 1600, snackbar: 1500, drawer: 1200 },
    components: {
      MuiButtonBase: { defaultProps: { disableRipple: true }, styleOverrides: { root: { "&.Mui-focusVisible": focus } } },
      MuiButton: {
        defaultProps: { disableElevation: true, variant: "outlined", color: "inherit" },
        styleOverrides: {
          root: {
            minWidth: 0,
            height: 32,
            padding: "0 12px",
            fontSize: 13,
            lineHeight: "20px",
            whiteSpace: "nowrap",
            flexShrink: 0,
            "@media (max-width: 899.95px)": { height: 40 },
          },
          sizeSmall: { height: 28, padding: "0 8px", "@media (max-width: 899.95px)": { height: 36 } },
          outlined: { borderColor: "color-mix(in srgb, var(--cf-edge) 55%, var(--cf-line))", color: t.text, backgroundColor: t.card, "&:hover": { backgroundColor: t.hover, borderColor: t.edge } },
          contained: { "&.MuiButton-colorPrimary:hover": { backgroundColor: "color-mix(in srgb, var(--cf-fill) 88%, #000)" } },
          text: { color: t.accent, "&:hover": { backgroundColor: t.hover }, "&.MuiButton-colorError": { color: t.error } },
        },
      },
      MuiIconButton: {
        styleOverrides: { root: { width: 32, height: 32, borderRadius: 6, padding: 0, color: t.text2, "&:hover": { backgroundColor: t.hover }, "@media (max-width: 899.95px)": { width: 40, height: 40 } }, sizeSmall: { width: 28, height: 28 } },
      },
      MuiPaper: { styleOverrides: { root: { backgroundImage: "none", fontFamily: SANS, color: t.text, outline: 0 } } },
      MuiDialog: { styleOverrides: { paper: { borderRadius: 12, width: 600, maxWidth: "calc(100vw - 32px)", margin: 16, border: `1px solid ${t.line}`, boxShadow: t.shadow } } },
      MuiMenu: { styleOverrides: { paper: { border: `1px solid ${t.line}`, boxShadow: t.shadow, borderRadius: 8, marginTop: 4 }, list: { padding: 4 } } },
      MuiMenuItem: { styleOverrides: { root: { fontSize: 13, minHeight: 32, borderRadius: 4, gap: 8, "@media (max-width: 899.95px)": { minHeight: 40 } } } },
      MuiPopover: { styleOverrides: { paper: { border: `1px solid ${t.line}`, boxShadow: t.shadow, borderRadius: 8 } } },
      MuiTooltip: {
        defaultProps: { enterDelay: 400, enterNextDelay: 200, placement: "top", arrow: true },
        styleOverrides: {
          tooltip: { backgroundColor: t.tip, color: t.tipText, fontSize: 12, lineHeight: "16px", fontWeight: 400, fontFamily: SANS, maxWidth: 280, padding: "8px 12px", borderRadius: 6 },
          arrow: { color: t.tip },
        },
      },
      MuiCheckbox: { defaultProps: { size: "small" }, styleOverrides: { root: { padding: 4, color: t.edge, "&.Mui-checked, &.MuiCheckbox-indeterminate": { color: t.progress }, "@media (max-width: 899.95px)": { padding: 10 } } } },
      MuiRadio: { defaultProps: { size: "small" }, styleOverrides: { root: { color: t.edge, "&.Mui-checked": { color: t.progress } } } },
      MuiSwitch: { styleOverrides: { root: { "& .Mui-checked + .MuiSwitch-track": { backgroundColor: `${t.fill} !important`, opacity: "1 !important" } } } },
      MuiOutlinedInput: {
        styleOverrides: {
          root: { fontSize: 13, backgroundColor: t.card, "&:hover .MuiOutlinedInput-notchedOutline": { borderColor: t.text3 } },
          notchedOutline: { borderColor: t.edge },
          input: { padding: "6px 12px", height: 20, "&::placeholder": { color: t.text3, opacity: 1 }, "@media (max-width: 899.95px)": { padding: "10px 12px" } },
        },
      },
      MuiSkeleton: { defaultProps: { animation: "pulse" }, styleOverrides: { root: { backgroundColor: t.track, transform: "none" } } },
    },
  });
}

/** Made once: a theme object that changes makes every component render again. */
const THEMES: Record<Mode, Theme> = { light: makeTheme("light"), dark: makeTheme("dark") };

export function themeFor(mode: Mode): Theme {
  return THEMES[mode];
}
