/** The candidate most like `name`, or undefined when none is near enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(name);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of [...candidates].sort()) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance <= Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3))) {
      if (best === undefined || distance < best.distance) best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** `ownerEmail`, `owner-email` and `owner_email` are the same slip of the pen. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(substitution, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
