// Generates typed documents from a schema, as frontend teams do, and compiles a small client that uses them.
// Usage: node typed-client.mjs SCHEMA.graphql

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescript from '@graphql-codegen/typescript';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SCALARS = {
  BigInt: 'string',
  CurrencyCode: 'string',
  Cursor: 'string',
  DateTime: 'string',
  Decimal: 'string',
  JSON: 'unknown',
};
const COMPILER_OPTIONS = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];

const [schemaFile] = process.argv.slice(2);
if (!schemaFile) {
  console.error('usage: node typed-client.mjs SCHEMA.graphql');
  process.exit(2);
}

function readOperations() {
  const folder = join(HERE, 'operations');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => ({ location: name, document: parse(readFileSync(join(folder, name), 'utf8')) }));
}

/**
 * Two modules: `schema.ts` with every type of the schema, `documents.ts` with the operations, their own types and typed
 * documents. (Since its version 6 the operations plugin writes the input types and enums it needs itself.)
 */
async function generate(schema, documents, folder) {
  const config = { scalars: SCALARS, strictScalars: true, useTypeImports: true, enumsAsTypes: true };
  const modules = {
    'schema.ts': { typescript },
    'documents.ts': { typescriptOperations, typedDocumentNode },
  };
  for (const [filename, pluginMap] of Object.entries(modules)) {
    const plugins = Object.keys(pluginMap).map((name) => ({ [name]: {} }));
    const text = await codegen({ filename, schema, documents, config, pluginMap, plugins });
    writeFileSync(join(folder, filename), text);
  }
}

function compile(folder) {
  const compiler = join(HERE, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, ...COMPILER_OPTIONS, 'client.ts'], { cwd: folder, stdio: 'pipe' });
}

const folder = mkdtempSync(join(tmpdir(), 'farmlokal-client-'));
try {
  const documents = readOperations();
  await generate(parse(readFileSync(schemaFile, 'utf8')), documents, folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  copyFileSync(join(HERE, 'client.ts'), join(folder, 'client.ts'));
  symlinkSync(join(HERE, 'node_modules'), join(folder, 'node_modules'));
  compile(folder);
  console.log(`typed client compiles: ${documents.length} operations`);
} catch (error) {
  console.log(String(error.stdout ?? '') || String(error));
  console.log('typed client does not compile');
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
