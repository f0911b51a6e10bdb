// Figures and instants as the page writes them everywhere; the same rules as in `metric-text.ts`.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function figure(value) {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  if (size >= 100) return grouped.format(value);
  return value.toFixed(size >= 10 ? 1 : 3);
}

export function signedFigure(value) {
  if (value === null || value === undefined) return '–';
  const text = figure(Math.abs(value));
  if (Number(text.replaceAll(',', '')) === 0) return `±${text}`;
  return `${value < 0 ? '−' : '+'}${text}`;
}

export function counted(count, one, many = `${one}s`) {
  return `${grouped.format(count)} ${count === 1 ? one : many}`;
}

export function minute(ms) {
  return new Date(ms).toISOString().slice(5, 16).replace('T', ' ');
}

/** `2026-03-01 12:00:00 UTC`. */
export function instant(ms) {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function day(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

export function lasting(ms) {
  if (ms < 1000) return `${ms < 0.1 ? ms.toFixed(2) : ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

export function span(ms) {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ];
  const [size, name] = units.find(([least]) => ms >= least) ?? [1, 'millisecond'];
  return counted(Math.max(1, Math.round(ms / size)), name);
}

export function shortened(text, charsMax) {
  const characters = [...text];
  return characters.length <= charsMax ? text : `${characters.slice(0, charsMax - 1).join('')}…`;
}

const words = {
  future_record: 'from the future',
  stale_hit: 'stale value',
  wrong_policy_version: 'wrong policy version',
  entitlement_leak: 'entitlement leak',
  cross_tenant_leak: 'cross-tenant leak',
  fact_missing: 'fact missing',
  fact_forbidden: 'forbidden fact',
  catch_up: 'catch up',
};

/** Of a kind of finding, or of a stage. */
export function wordsOf(name) {
  return words[name] ?? name.replaceAll('_', ' ');
}
