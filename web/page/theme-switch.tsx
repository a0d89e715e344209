import { useState } from 'preact/hooks';

const key = 'kdmq-theme';
const themes = { auto: 'as the system', light: 'light', dark: 'dark' } as const;

type Theme = keyof typeof themes;

function storedTheme(): Theme {
  const stored = localStorage.getItem(key);
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

apply(storedTheme());

/** Dark, light, or what the system says. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: string): void => {
    localStorage.setItem(key, chosen);
    apply(chosen as Theme);
    setTheme(chosen as Theme);
  };
  return (
    <label class="inline">
      Colours{' '}
      <select value={theme} onChange={(event) => choose(event.currentTarget.value)}>
        {Object.entries(themes).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
