// OpenAPI document on standard input -> TypeScript on standard output. `python3 build.py web --types` runs it.
import { stdin, stdout } from "node:process";
import { text } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

// Words are read in the API's reference; here they would be nine tenths of the file.
function withoutWords(value) {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) => !(["description", "summary", "title"].includes(key) && typeof inner === "string"),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutWords(inner)]));
}

// A default of the request is no promise that the answer has the field, and the other way round: keep both optional
// as the document says.
const document = withoutWords(JSON.parse(await text(stdin)));
for (const path of Object.keys(document.paths)) {
  if (path.startsWith("/api/v1/agents")) delete document.paths[path]; // the same as /api/v1/nodes
}
const tree = await openapiTS(document, { alphabetize: true, defaultNonNullable: false });
stdout.write(
  "// Made from the OpenAPI document of the control plane: build.py web --types. Do not edit.\n\n",
);
stdout.write(astToString(tree));
