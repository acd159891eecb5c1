// A client as a frontend team writes it, compiled by typed-client.mjs beside the generated `documents.ts` and `schema.ts`.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import {
  AdjustStockDocument,
  CataloguePageDocument,
  NodeByIdDocument,
  ProducerWithProductsDocument,
  ProductBySlugDocument,
} from './documents.js';
import type { Money, Scalars } from './schema.js';

/** Money is text, never a float. */
export function label(price: Money): string {
  const amount: Scalars['Decimal']['output'] = price.amount;
  return `${amount.padStart(8)} ${price.currency}`;
}

async function request<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const answer = (await response.json()) as { data: Data };
  return answer.data;
}

/** Amounts are decimal strings and distances may be absent: both must be visible in the types. */
export async function cheapMilk(after: string | null): Promise<string[]> {
  const { products } = await request(CataloguePageDocument, {
    first: 20,
    after,
    filter: { category: ['milk'], price: { max: '100' } },
    sort: { field: 'PRICE', direction: 'ASC' },
  });
  return (products?.edges ?? []).map(({ node, distanceMeters }) => {
    const amount: string = node.price.amount;
    const metres: number | null | undefined = distanceMeters;
    return `${node.name} ${amount} ${metres ?? ''} ${node.producer.kind}`;
  });
}

export async function describe(slug: string): Promise<string | undefined> {
  const { product } = await request(ProductBySlugDocument, { slug });
  const version: string | undefined = product?.version;
  return product ? `${product.category.name}: ${product.description} (${version})` : undefined;
}

export async function packsOf(id: string): Promise<string[]> {
  const { producer } = await request(ProducerWithProductsDocument, { id });
  return (producer?.products?.nodes ?? []).map(({ name, pack }) => `${name} ${pack.value} ${pack.unit}`);
}

/** The type name tells the kinds of node apart. */
export async function titleOf(id: string): Promise<string | undefined> {
  const { node } = await request(NodeByIdDocument, { id });
  switch (node?.__typename) {
    case 'Product':
      return node.name;
    case 'Producer':
      return node.city;
    default:
      return undefined;
  }
}

export async function restock(productId: string): Promise<number | null | undefined> {
  const { adjustStock } = await request(AdjustStockDocument, {
    input: { productId, delta: 10, idempotencyKey: 'morning-delivery-1' },
  });
  const conflict = adjustStock?.userErrors.some(({ code }) => code === 'CONFLICT');
  return conflict ? null : adjustStock?.product?.stockQuantity;
}

export async function mistake(): Promise<void> {
  // @ts-expect-error a variable of the wrong type must not compile
  await request(ProductBySlugDocument, { slug: 42 });
}
