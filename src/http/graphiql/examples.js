'use strict';

// The tabs a first visit starts with; each teaches one thing. Operation names become the titles of the tabs.
// Lines stay under 62 characters: the editor does not wrap them.
globalThis.farmlokalExamples = [
  {
    query: `# Milk for less than 100 rupees, cheapest first.
# Press the green button, or Ctrl-Enter.
#
# Hover a field for its meaning. Ctrl-Space offers what
# fits where the cursor stands.
#
# Prices are exact: \`amount\` is a decimal string.
# \`unitPrice\` is per litre or kilogram, so that packs of
# different sizes compare.
query CheapMilk {
  products(
    first: 10
    filter: {
      category: ["milk"]
      price: { max: "100" }
      inStock: true
    }
    sort: { field: PRICE }
  ) {
    nodes {
      name
      price { amount currency }
      unitPrice { price { amount } per { value unit } }
      producer { name city }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# What is sold within 5 km of the middle of Pune,
# nearest first. Put your own place into the variables.
#
# \`near\` keeps only what lies within \`radiusMeters\`, and
# tells for each edge how far away it is. Places are
# rounded to about 100 m: a farm is often somebody's home.
query NearMe($near: NearInput!) {
  products(
    first: 10
    near: $near
    sort: { field: DISTANCE }
  ) {
    edges {
      distanceMeters
      node {
        name
        price { amount currency }
        stockStatus
        producer { name kind }
      }
    }
  }
}
`,
    variables: `{
  "near": {
    "latitude": 18.5204,
    "longitude": 73.8567,
    "radiusMeters": 5000
  }
}
`,
  },
  {
    query: `# Type as people do: दूध, doodh or dudh, gir co, tomatoo.
#
# Every word must match; the last one may be begun only. The
# best match comes first, and \`sort\` takes any other order.
# \`facets\` count what is found, each ignoring its own
# filter.
query Search($words: String!) {
  products(search: $words, first: 10) {
    nodes {
      name
      price { amount currency }
      category { name }
    }
    totalCount
    facets(fields: [CATEGORY, PRICE, STOCK_STATUS]) {
      field
      values { label count }
    }
  }
}
`,
    variables: `{
  "words": "doodh"
}
`,
  },
  {
    query: `# Page by page: run it, copy \`endCursor\` into the variable
# \`after\`, and run it again. \`last\` with \`before\` walks
# backwards.
#
# A cursor points at a row, not at a number: what is added
# in between makes nothing skipped and nothing repeated. It
# belongs to its filter and sort: change them, start over.
query NextPage($after: Cursor) {
  products(
    first: 5
    after: $after
    sort: { field: NAME }
  ) {
    edges {
      cursor
      node { name slug }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    # Counted only because it is asked for.
    totalCount
  }
}
`,
    variables: `{
  "after": null
}
`,
  },
  {
    query: `# The nearest producer that delivers to the middle of
# Pune, with its five cheapest products.
#
# Nested pages take the same arguments as those at the root.
# When you know its slug:
#   producer(by: { slug: "..." }) { name }
query Producer {
  producers(
    first: 1
    near: {
      latitude: 18.5204
      longitude: 73.8567
      radiusMeters: 50000
    }
    filter: {
      deliversTo: { latitude: 18.5204, longitude: 73.8567 }
    }
  ) {
    edges {
      distanceMeters
      node {
        slug
        name
        kind
        city
        products(first: 5, sort: { field: PRICE }) {
          nodes {
            id
            name
            category { name }
            pack { value unit }
            price { amount currency }
            stockQuantity
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Writing needs a token. In development the server shows a
# link when it starts, http://.../#token=..., and opening it
# is enough: the top of this page then says "Token in use".
# Elsewhere put this into the headers below:
#   { "Authorization": "Bearer ..." }
#
# The slug is the natural key: run it twice, and there is
# still one category.
mutation AddCategory {
  upsertCategories(
    input: {
      categories: [
        { slug: "seasonal", name: "Seasonal", position: 90 }
      ]
    }
  ) {
    categories { id slug name }
    # What you can put right yourself comes back here, with
    # the path of the input at fault.
    userErrors { code message path }
  }
}
`,
  },
  {
    query: `# Ten more packs in stock. Needs the token, as the tab
# before explains, and the \`id\` of a product: the tab
# "Producer" shows some.
#
# The same idempotency key never counts twice: send it again
# after a broken connection, and you get the first result
# once more.
mutation AdjustStock($input: AdjustStockInput!) {
  adjustStock(input: $input) {
    product { name stockStatus stockQuantity version }
    userErrors { code message path }
  }
}
`,
    variables: `{
  "input": {
    "productId": "the id of a product",
    "delta": 10,
    "idempotencyKey": "morning-delivery-1"
  }
}
`,
  },
  {
    query: `# Orders come from the partner, as webhooks or when they are
# asked for; nobody writes them here. They need the token.
#
# None yet? \`farmlokal simulate\` plays the partner.
#
# \`asOf\` tells how fresh an order is, \`history\` which
# webhooks made it what it is.
query Orders {
  orders(first: 10) {
    nodes {
      externalId
      status
      total { amount currency }
      lines { quantity name }
      placedAt
      asOf
      history(first: 3) { type state receivedAt }
    }
    totalCount
  }
}
`,
  },
];
