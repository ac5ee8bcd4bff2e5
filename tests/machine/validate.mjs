// Prints the faults that asl-validator finds in a definition: validate.mjs <file>
import { readFileSync } from "node:fs";
import validator from "asl-validator";

const definition = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { errors } = validator(definition, { checkPaths: true, checkArn: true });
process.stdout.write(JSON.stringify(errors.map((error) => error["Error code"] + ": " + (error.Message ?? error.message))));
