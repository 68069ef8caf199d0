import { createTheme } from '@mui/material/styles';

/** Quiet and dense: people look at it all day. Contrast of text is 4.5 to 1 at least, in both schemes. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#0b5c7d' },
        secondary: { main: '#5b5f77' },
        success: { main: '#1d6b3a' },
        warning: { main: '#8a4b00' },
        error: { main: '#b3261e' },
        info: { main: '#0b5c7d' },
        background: { default: '#f6f7f8', paper: '#ffffff' },
        text: { primary: '#1b1f23', secondary: '#535b63' },
        divider: '#dfe3e7',
      },
    },
    dark: {
      palette: {
        primary: { main: '#7cc4e3' },
        secondary: { main: '#b4b8d0' },
        success: { main: '#7bd198' },
        warning: { main: '#f2b56b' },
        error: { main: '#ffa39b' },
        info: { main: '#7cc4e3' },
        background: { default: '#14181b', paper: '#1b2024' },
        text: { primary: '#e7ebee', secondary: '#a6b0b9' },
        divider: '#30383f',
      },
    },
  },
  shape: { borderRadius: 6 },
  spacing: 8,
  typography: {
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    fontSize: 13,
    h1: { fontSize: '1.25rem', fontWeight: 600, lineHeight: 1.3 },
    h2: { fontSize: '0.95rem', fontWeight: 600, lineHeight: 1.4 },
    body1: { fontSize: '0.875rem' },
    body2: { fontSize: '0.8125rem' },
    button: { textTransform: 'none', fontWeight: 600 },
  },
  transitions: { duration: { enteringScreen: 120, leavingScreen: 90 } },
  components: {
    MuiButton: { defaultProps: { size: 'small', disableElevation: true } },
    MuiIconButton: { defaultProps: { size: 'small' } },
    MuiTextField: { defaultProps: { size: 'small' } },
    MuiSelect: { defaultProps: { size: 'small' } },
    MuiFormControl: { defaultProps: { size: 'small' } },
    MuiChip: { defaultProps: { size: 'small' } },
    MuiTab: { styleOverrides: { root: { minHeight: 40, paddingBlock: 6 } } },
    MuiTabs: { styleOverrides: { root: { minHeight: 40 } } },
    // Its own grey falls short of the contrast that text needs.
    MuiToggleButton: { styleOverrides: { root: { color: 'var(--mui-palette-text-secondary)' } } },
    MuiPaper: { defaultProps: { variant: 'outlined' } },
    MuiAppBar: { defaultProps: { variant: 'elevation', elevation: 0 } },
    MuiDialog: {
      defaultProps: { fullWidth: true, maxWidth: 'sm' },
      styleOverrides: { paper: { border: 0 } },
    },
    MuiTooltip: { defaultProps: { enterDelay: 300 } },
  },
});
