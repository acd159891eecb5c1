// Uses the GraphiQL page as a person would, in a browser that can reach nothing but 127.0.0.1.
// Usage: [CHROMIUM=/path/to/chromium] node graphiql.mjs BASE_URL [SCREENSHOT.png] [TOKEN]

import { chromium } from 'playwright-core';

const HOST = '127.0.0.1';
const WAIT_MS = 20_000;
const BROWSER_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE ${HOST}`,
];
const QUERY = `# What is cheapest, per pack,
# and per kilogram or litre?
query CheapestFirst($first: Int!) {
  products(
    first: $first
    sort: { field: PRICE }
  ) {
    nodes {
      name
      price { amount currency }
      unitPrice {
        price { amount }
        per { value unit }
      }
      producer { name kind city }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const VARIABLES = '{ "first": 4 }';

const [baseUrl, screenshot, token] = process.argv.slice(2);
if (!baseUrl || new URL(baseUrl).hostname !== HOST) {
  console.error(`usage: node graphiql.mjs http://${HOST}:PORT [SCREENSHOT.png] [TOKEN]`);
  process.exit(2);
}

/** Collects everything that must not happen while the page is used. */
async function watch(page) {
  const seen = { errors: [], violations: [], outside: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  await page.exposeFunction('reportViolation', (text) => seen.violations.push(text));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      globalThis.reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI}`);
    });
  });
  await page.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.hostname === HOST) return route.continue();
    seen.outside.push(url.href);
    return route.abort();
  });
  return seen;
}

/** Opens the page; with a token, the address must not keep it, and the schema must be asked for with it. */
async function open(page) {
  const address = `${baseUrl.replace(/\/$/, '')}/`;
  const [introspection, answer] = await Promise.all([
    page.waitForRequest((request) => request.url().endsWith('/graphql') && request.method() === 'POST'),
    page.goto(token ? `${address}#token=${encodeURIComponent(token)}` : address),
  ]);
  if (!answer.ok()) throw new Error(`the page answers ${answer.status()}`);
  const authorization = introspection.headers()['authorization'];
  const expected = token ? `Bearer ${token}` : undefined;
  if (authorization !== expected) throw new Error('the schema was asked for with a wrong Authorization header');
  if (page.url().includes('#')) throw new Error('the token stayed in the address bar');
}

async function type(page, pane, text) {
  await page.locator(`${pane} .CodeMirror:visible`).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

/** Types a query into a fresh tab, runs it, and waits until the names it found are in the result pane. */
async function runQuery(page) {
  await page.locator('.graphiql-tab-add').click();
  await type(page, '.graphiql-query-editor', QUERY);
  await type(page, '.graphiql-editor-tool', VARIABLES);
  // The tab takes the operation's name once the editor has understood the query; before that it would run the last one.
  await page.locator('.graphiql-tab-active').getByText('CheapestFirst').waitFor();

  const answered = page.waitForResponse(
    (response) => response.request().postData()?.includes('CheapestFirst') ?? false,
  );
  await page.locator('.graphiql-execute-button').click();
  const answer = await (await answered).json();
  const names = answer.data?.products?.nodes.map((node) => node.name) ?? [];
  if (names.length === 0) throw new Error(`no products: ${JSON.stringify(answer).slice(0, 300)}`);
  const pane = page.locator('.result-window');
  await pane.getByText(names[0]).first().waitFor();
  // The pane draws only the lines in sight; its editor knows them all.
  const text = await pane.locator('.CodeMirror').evaluate((element) => element.CodeMirror.getValue());
  const missing = names.filter((name) => !text.includes(name));
  if (missing.length > 0) throw new Error(`not in the result pane: ${missing}`);
}

/** The panes at the left must know the field `products`. */
async function readPanes(page) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.locator('.graphiql-doc-explorer');
  await docs.getByText('Query', { exact: true }).first().click();
  await docs.getByText('products', { exact: true }).first().waitFor();

  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  const explorer = page.locator('.graphiql-explorer-root');
  await explorer.getByText('products', { exact: true }).first().waitFor();
  await page.evaluate(() => document.activeElement?.blur());
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: BROWSER_ARGS,
});
let seen;
let failure;
try {
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 }, colorScheme: 'light' });
  page.setDefaultTimeout(WAIT_MS);
  seen = await watch(page);
  await open(page);
  await runQuery(page);
  await readPanes(page);
  if (screenshot) await page.screenshot({ path: screenshot, animations: 'disabled' });
} catch (error) {
  failure = error;
} finally {
  await browser.close();
}

const { errors, violations, outside } = seen ?? { errors: [], violations: [], outside: [] };
if (failure) console.log(`failed: ${failure.message}`);
for (const line of [...errors, ...violations, ...outside]) console.log(`unexpected: ${line}`);
const works = failure ? 'GraphiQL does not work' : 'GraphiQL works: query, docs, explorer';
console.log(`${works}; ${errors.length} errors, ${violations.length} policy violations, ${outside.length} outside requests`);
process.exitCode = failure || errors.length || violations.length || outside.length ? 1 : 0;
