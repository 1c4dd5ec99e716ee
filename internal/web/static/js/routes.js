const pages = [
  { path: /^\/chat(?:\/([^/]+))?$/, place: 'chat', load: () => import('./chat.js') },
  { path: /^\/tables$/, place: 'tables', load: () => import('./tables.js') },
  { path: /^\/tables\/([^/]+)$/, place: 'tables', load: () => import('./table.js') },
  { path: /^\/tables\/([^/]+)\/report$/, place: 'tables', load: () => import('./table-report.js') },
];

// moved returns the address to which an address of an earlier release leads, or the address itself.
export function moved(path) {
  if (path === '/' || path === '/new' || path === '/runs') return '/tables';
  return path.replace(/^\/runs\//, '/tables/');
}

// routeOf returns the page of a path with the parameter in it, or undefined.
export function routeOf(path) {
  for (const page of pages) {
    const found = path.match(page.path);
    if (found) return { ...page, id: found[1] && decoded(found[1]) };
  }
  return undefined;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// The shell runs this first, so that the page loads together with main.js, which reports a failure.
routeOf(moved(location.pathname))?.load().catch(() => {});
