// Reads an AsyncAPI document with the parser of the specification's maintainers, and prints the parser's findings as
// JSON.

import { readFile } from "node:fs/promises";

import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], "utf8"));
const found = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join("/"), severity }));
const messages = document?.allMessages().all() ?? [];
console.log(JSON.stringify({
  version: document?.version() ?? null,
  channels: document?.allChannels().all().map((channel) => channel.id()) ?? [],
  messages: messages.map((message) => message.name()),
  found,
}));
