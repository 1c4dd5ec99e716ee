import { get } from './api.js';

let asking = false;
let screen = null; // the screen that asks for a key, once it is needed

// needsKey calls send once the server can reach the service: without a key, it asks for one first.
export async function needsKey(send) {
  if (asking) return; // a second click
  asking = true;
  try {
    const { key } = await get('/api/hello').catch(() => ({}));
    if (key && !key.ready) {
      screen ??= await import('./keyscreen.js');
      if (!(await screen.askKey({ reason: key.from ? key.problem : undefined }))) return; // that there is none yet is no mistake
    }
  } finally {
    asking = false;
  }
  await send();
}
