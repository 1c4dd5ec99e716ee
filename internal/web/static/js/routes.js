const pages = [
  { path: /^\/tables$/, place: 'tables', load: () => import('./tables.js') },
  { path: /^\/chat(?:\/([^/]+))?$/, place: 'chat', load: () => import('./chat.js') },
  { path: /^\/new$/, place: 'new', load: () => import('./newrun.js') },
  { path: /^\/runs$/, place: 'runs', load: () => import('./runs.js') },
  { path: /^\/runs\/([^/]+)$/, place: 'runs', load: () => import('./run.js') },
  { path: /^\/runs\/([^/]+)\/report$/, place: 'runs', load: () => import('./run-report.js') },
];

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
routeOf(location.pathname)?.load().catch(() => {});
