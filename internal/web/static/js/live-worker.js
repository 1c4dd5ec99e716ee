// One for all tabs: a browser allows six connections to a host, and each tab would hold one.
import { Feed } from './feed.js';

const ports = new Set();
const feed = new Feed((event) => ports.forEach((port) => port.postMessage(event)));

onconnect = (e) => {
  const port = e.ports[0];
  ports.add(port);
  port.onmessage = () => ports.delete(port);
  for (const event of feed.events()) port.postMessage(event);
};
