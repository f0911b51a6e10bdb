// From questions to what is drawn: pure functions.

/** Equal spans of time from the first question to the last, at most `most`; null when all are asked at one instant. */
export function binsOf(questions, most) {
  const instants = questions.map(({ atMs }) => atMs);
  const first = instants.reduce((a, b) => Math.min(a, b), Infinity);
  const last = instants.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(last > first)) return null;
  const count = Math.max(2, Math.min(most, Math.round(questions.length / 4)));
  const widthMs = (last - first) / count;
  const bins = Array.from({ length: count }, (_, at) => ({ middleMs: first + (at + 0.5) * widthMs, questions: [] }));
  for (const question of questions) {
    bins[Math.min(count - 1, Math.floor((question.atMs - first) / widthMs))].questions.push(question);
  }
  return { widthMs, bins: bins.filter((bin) => bin.questions.length > 0) };
}

/** Over the questions that have a value; null where none has. */
export function meanOf(questions, valued) {
  const values = questions.map(valued).filter((value) => value !== null && value !== undefined);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The share of the questions with at least one finding of a kind. */
export function findingShare(questions, kind) {
  return (
    questions.filter(({ findings }) => findings.some((finding) => finding.kind === kind)).length / questions.length
  );
}

export function findingKindsOf(questions) {
  return [...new Set(questions.flatMap(({ findings }) => findings.map(({ kind }) => kind)))].sort();
}

/** The share of the values at or below each of `edges`. */
export function sharesBelow(values, edges) {
  const sorted = [...values].sort((a, b) => a - b);
  let at = 0;
  return edges.map((edge) => {
    while (at < sorted.length && sorted[at] <= edge) at += 1;
    return sorted.length === 0 ? null : at / sorted.length;
  });
}

/** Edges at equal ratios, for a logarithmic axis; `least` is above 0. */
export function ratioEdges(least, most, count) {
  const step = Math.log(most / least) / (count - 1);
  return Array.from({ length: count }, (_, at) => (at === count - 1 ? most : least * Math.exp(at * step)));
}

/** How many values fall into each of `count` equal spans of `[low, high]`. */
export function histogram(values, { low, high, count }) {
  const counts = Array.from({ length: count }, () => 0);
  for (const value of values) {
    const at = high > low ? Math.floor(((value - low) / (high - low)) * count) : 0;
    counts[Math.max(0, Math.min(count - 1, at))] += 1;
  }
  return counts;
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
