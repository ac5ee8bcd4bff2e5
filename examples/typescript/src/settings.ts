// Settings from the environment.

/** A variable of the environment. Throws when it is not set. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment variable ${name} is not set`);
  return value;
}
