// Checks that the example tabs of the GraphiQL page are valid, and with BASE_URL that the queries among them run.
// Usage: node examples.mjs SCHEMA.graphql [BASE_URL TOKEN]

import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { buildSchema, OperationTypeNode, parse, validate } from 'graphql';

const [schemaFile, baseUrl, token] = process.argv.slice(2);
if (!schemaFile) {
  console.error('usage: node examples.mjs SCHEMA.graphql [BASE_URL TOKEN]');
  process.exit(2);
}

function readExamples() {
  const file = new URL('../../src/http/graphiql/examples.js', import.meta.url);
  const context = vm.createContext({});
  vm.runInContext(readFileSync(file, 'utf8'), context);
  return context.farmlokalExamples;
}

async function run({ query, variables }) {
  const response = await fetch(`${baseUrl.replace(/\/$/, '')}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: variables && JSON.parse(variables) }),
  });
  return (await response.json()).errors ?? [];
}

const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
const examples = readExamples();
let problems = 0;
for (const example of examples) {
  const document = parse(example.query);
  const [operation] = document.definitions;
  const errors = validate(schema, document);
  if (example.variables) JSON.parse(example.variables);
  if (errors.length === 0 && baseUrl && operation.operation === OperationTypeNode.QUERY) {
    errors.push(...(await run(example)));
  }
  for (const error of errors) console.log(`${operation.name.value}: ${error.message}`);
  problems += errors.length;
}

console.log(`${examples.length} examples, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
