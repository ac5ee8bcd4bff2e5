// The files that the readers of all languages share.

import { readFileSync } from "node:fs";

/** The text of a shared file, such as `opening.json`. */
export function shared(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../shared/${name}`, import.meta.url), "utf8"));
}
