const pages = [
  { path: /^\/chat(?:\/([^/]+))?$/, place: 'chat', load: () => import('./chat.js') },
  { path: /^\/new$/, place: 'new', load: () => import('./newrun.js') },
  { path: /^\/runs$/, place: 'runs', load: () => import('./runs.js') },
  { path: /^\/runs\/([^/]+)$/, place: 'runs', load: () => import('./run.js') },
];

// routeOf is the page of a path, and what in the path is its parameter; or undefined.
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

// The shell runs this before all else, so that the page comes along with main.js and not after it, where a failure is told.
routeOf(location.pathname)?.load().catch(() => {});
