// What the environment says.

/** A variable of the environment. Throws where it is not set. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment lacks ${name}`);
  return value;
}
