import { choice } from './dom.js';

// Light or dark as the system has it, unless the reader chooses; paper is light.

const listeners = [];

/** Called whenever colours have changed, for what does not take them from the style sheet. */
export function onTheme(listener) {
  listeners.push(listener);
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function startTheme() {
  const root = document.documentElement;
  const set = (theme) => {
    if (theme === 'auto') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', theme);
    for (const listener of listeners) listener();
  };
  let chosen = 'auto';
  const options = [
    ['auto', 'System'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ];
  const control = choice('Theme', options, (theme) => {
    chosen = theme;
    set(theme);
  });
  document.getElementById('theme').append(control);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => set(chosen));
  addEventListener('beforeprint', () => set('light'));
  addEventListener('afterprint', () => set(chosen));
}
