// Runs the audits of the GraphQL-over-HTTP specification against a running server.
// Usage: node conformance.mjs BASE_URL

import { serverAudits } from 'graphql-http';

/** As many as graphql-http 1.23.1 has; fewer would mean that the suite was not run in full. */
const EXPECTED_AUDITS = 61;

const [baseUrl] = process.argv.slice(2);
if (!baseUrl) {
  console.error('usage: node conformance.mjs BASE_URL');
  process.exit(2);
}

const url = `${baseUrl.replace(/\/$/, '')}/graphql`;
const counts = { ok: 0, warn: 0, error: 0, notice: 0 };
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn().catch((error) => ({ status: 'error', reason: String(error) }));
  counts[result.status] += 1;
  if (result.status !== 'ok') {
    console.log(`${result.status}: ${audit.id} ${audit.name}: ${result.reason}`);
  }
}

console.log(`${counts.ok} ok, ${counts.warn} warnings, ${counts.error} errors, ${counts.notice} notices`);
process.exitCode = counts.ok === EXPECTED_AUDITS ? 0 : 1;
