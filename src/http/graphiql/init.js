'use strict';

(() => {
  const TOKEN_KEY = 'farmlokal:token';

  /** Takes `#token=…` out of the address bar and keeps it until the browser tab is closed. */
  function takeTokenFromAddress() {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (!token) return;
    sessionStorage.setItem(TOKEN_KEY, token);
    history.replaceState(null, '', location.pathname + location.search);
  }

  function showAccess() {
    const hasToken = sessionStorage.getItem(TOKEN_KEY) !== null;
    const access = document.getElementById('access');
    access.textContent = hasToken ? 'Token in use' : 'No token: read only';
    access.classList.toggle('with-token', hasToken);
    document.getElementById('forget-token').hidden = !hasToken;
  }

  /** Adds the kept token, unless the headers editor has set an `Authorization` of its own. */
  function authorizedFetch(input, init) {
    const headers = new Headers(init.headers);
    const token = sessionStorage.getItem(TOKEN_KEY);
    if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  }

  /** localStorage under a name of our own: other GraphiQL pages of this host and port keep their tabs, and we ours. */
  function ownStorage() {
    const prefix = `farmlokal:${location.pathname}:`;
    const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    return {
      getItem: (key) => localStorage.getItem(prefix + key),
      setItem: (key, value) => localStorage.setItem(prefix + key, value),
      removeItem: (key) => localStorage.removeItem(prefix + key),
      clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
      get length() {
        return ownKeys().length;
      },
    };
  }

  takeTokenFromAddress();
  showAccess();
  addEventListener('hashchange', () => {
    takeTokenFromAddress();
    showAccess();
  });
  document.getElementById('forget-token').addEventListener('click', () => {
    sessionStorage.removeItem(TOKEN_KEY);
    showAccess();
  });

  // Relative to the page, so that it also works behind a reverse proxy's path prefix.
  const endpoint = new URL('graphql', location.href);
  document.getElementById('endpoint').textContent = endpoint.pathname;

  const { createElement } = React;
  const page = createElement(
    GraphiQL,
    {
      fetcher: GraphiQL.createFetcher({ url: endpoint.href, fetch: authorizedFetch }),
      plugins: [GraphiQLPluginExplorer.explorerPlugin()],
      defaultTabs: globalThis.farmlokalExamples,
      defaultEditorToolsVisibility: 'variables',
      storage: ownStorage(),
    },
    createElement(GraphiQL.Logo, null, ''),
  );
  ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
})();
