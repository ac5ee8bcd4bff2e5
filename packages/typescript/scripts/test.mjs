// Packs the package, installs the packed file into a fresh folder, compiles the tests there and runs them.
//
// `node scripts/test.mjs [NAME…]` runs `test/NAME.test.ts`, or all of them; `node scripts/test.mjs bench` measures.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = join(import.meta.dirname, "..");
const repository = join(home, "..", "..");
const fresh = mkdtempSync(join(tmpdir(), "user-events-consumer-"));
const run = (command, parameters, cwd) => execFileSync(command, parameters, { cwd, stdio: "inherit" });
const json = (path) => JSON.parse(readFileSync(path, "utf8"));
const write = (name, value) => writeFileSync(join(fresh, name), JSON.stringify(value, undefined, 2));

/** The packages of this folder's lock file, with the packed file in place of the sources. */
function writePackages(packed) {
  const { dependencies, devDependencies, version } = json(join(home, "package.json"));
  const lock = json(join(home, "package-lock.json"));
  const root = {
    name: "fresh",
    private: true,
    type: "module",
    dependencies: { "user-events-consumer": `file:${packed}` },
    devDependencies,
  };
  const library = { version, resolved: `file:${packed}`, dependencies };
  lock.name = root.name;
  lock.packages = { ...lock.packages, "": root, "node_modules/user-events-consumer": library };
  write("package.json", root);
  write("package-lock.json", lock);
}

/** The examples of the README, which must compile. */
function writeExamples() {
  const blocks = readFileSync(join(home, "README.md"), "utf8").matchAll(/^```ts\n(.*?)^```$/gms);
  for (const [place, [, code]] of [...blocks].entries()) writeFileSync(join(fresh, "test", `readme-${place}.ts`), code);
}

try {
  run("npm", ["pack", "--silent", "--pack-destination", fresh], home);
  writePackages(readdirSync(fresh).find((name) => name.endsWith(".tgz")));
  run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel", "error"], fresh);
  cpSync(join(home, "test"), join(fresh, "test"), { recursive: true });
  writeExamples();
  mkdirSync(join(fresh, "shared"));
  for (const name of ["opening.json", "subject_keys.json"]) {
    cpSync(join(repository, "tests", "vectors", name), join(fresh, "shared", name));
  }
  cpSync(join(repository, "tests", "behaviour"), join(fresh, "shared", "behaviour"), { recursive: true });
  const { compilerOptions } = json(join(home, "tsconfig.json"));
  delete compilerOptions.paths;
  write("tsconfig.json", { compilerOptions: { ...compilerOptions, outDir: "dist" }, include: ["test"] });
  run("node", ["node_modules/typescript/bin/tsc"], fresh);
  const names = process.argv.slice(2);
  if (names[0] === "bench") {
    run("node", ["dist/test/bench.js"], fresh);
  } else {
    const all = readdirSync(join(fresh, "dist", "test")).filter((name) => name.endsWith(".test.js"));
    const chosen = names.length === 0 ? all : names.map((name) => `${name}.test.js`);
    run("node", ["--test", ...chosen.map((name) => join("dist", "test", name))], fresh);
  }
} catch (error) {
  // The output of the command that failed is above.
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
