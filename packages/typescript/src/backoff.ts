// Pauses after failures.

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;

/**
 * The pause after so many failures in a row, in milliseconds: it doubles from 1 second up to 5 minutes, and is a random
 * part of that from half to all, so that many processes that failed together do not return together.
 */
export function pauseAfter(failures: number, random: () => number): number {
  const most = Math.min(FIRST_MS * 2 ** (Math.max(failures, 1) - 1), LONGEST_MS);
  return most / 2 + (random() * most) / 2;
}
