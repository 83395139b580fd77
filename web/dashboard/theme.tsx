import { useState } from 'preact/hooks';

type Theme = 'system' | 'light' | 'dark';
const KEPT_AS = 'avopay-theme';
const DARK = 'screen and (prefers-color-scheme: dark)';
/** TABLE: what is chosen -> for which screens the dark colours of tokens.css hold. Paper is light. */
const DARK_FOR: { readonly [Chosen in Theme]: string } = { system: DARK, light: 'not all', dark: 'screen' };

const isTheme = (text: string | null): text is Theme => text !== null && text in DARK_FOR;

export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return isTheme(kept) ? kept : 'system';
  } catch {
    return 'system'; // a browser that keeps nothing
  }
}

/** Turns the dark colours on or off where they stand: the style sheet holds them once. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (rule instanceof CSSMediaRule && isDark(rule)) rule.media.mediaText = DARK_FOR[theme];
    }
  }
}

const darkRules = new WeakSet<CSSMediaRule>();
function isDark(rule: CSSMediaRule): boolean {
  if (rule.media.mediaText.includes('prefers-color-scheme: dark')) darkRules.add(rule);
  return darkRules.has(rule);
}

export function ThemeChoice() {
  const [theme, setTheme] = useState(keptTheme);
  const choose = (text: string) => {
    if (!isTheme(text)) return;
    setTheme(text);
    showTheme(text);
    try {
      localStorage.setItem(KEPT_AS, text);
    } catch {
      // it holds until the page is left
    }
  };
  return (
    <select class="theme" aria-label="Colours" value={theme} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="system">As the device</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
