import { get } from './api.js';

let wanted = null; // what is called once it is known whether there is a key; null while nothing waits
let screen = null; // the screen that asks for a key, once it is needed

// needsKey calls send once the server can reach the service: without a key, it asks for one first. Of several that wait, the last one is
// called: a second click does nothing more, and another button is what the user wants now.
export async function needsKey(send) {
  const waits = wanted !== null;
  wanted = send;
  if (waits) return;
  try {
    const { key } = await get('/api/hello').catch(() => ({}));
    if (key && !key.ready) {
      screen ??= await import('./keyscreen.js');
      if (!(await screen.askKey({ reason: key.from ? key.problem : undefined }))) return; // that there is none yet is no mistake
    }
    send = wanted;
  } finally {
    wanted = null;
  }
  await send();
}
