// Says what AsyncAPI's own parser, which is behind `asyncapi validate`, finds wrong with a document.
import { readFileSync } from "node:fs";
import parser from "@asyncapi/parser";

// Version 3.1 of AsyncAPI is what few tools read yet.
const SWITCHED_OFF = ["asyncapi-latest-version"];

const { document, diagnostics } = await new parser.Parser().parse(readFileSync(process.argv[2], "utf8"));
const found = diagnostics.filter(({ code }) => !SWITCHED_OFF.includes(code));
for (const { code, message, path } of found) {
  console.log(`asyncapi.json, ${path.join(".")}: ${message} (${code})`);
}
process.exit(document === undefined || found.length > 0 ? 1 : 0);
