// One worker serves all tabs of a language: a browser allows six connections to a host, and each tab would need one.
import { Feed } from './feed.js';
import { keep } from './key.js';

const language = new URLSearchParams(location.search).get('lang');
const ports = new Set();
let feed = null; // while there are tabs

onconnect = (e) => {
  const port = e.ports[0];
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.key) return keep(data.key);
    ports.delete(port);
    if (ports.size) return;
    feed.close();
    feed = null;
  };
  feed ??= new Feed(language, (event) => ports.forEach((to) => to.postMessage(event)));
  for (const event of feed.events()) port.postMessage(event);
};
