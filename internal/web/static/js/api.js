import './text/common.js';
import { lang, t } from './i18n.js';
import { keyHeader, refused } from './key.js';

// ApiError has a message, a hint, and a code for the program. body is the answer of the server.
class ApiError extends Error {
  constructor(status, message, hint = '', code = '', body = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.hint = hint;
    this.code = code;
    this.body = body;
  }
}

const offline = () => new ApiError(0, t('common.offlineError'), t('common.offlineHint'), 'offline');

// failed makes an error of an answer. The end of a session is reported to the whole page.
function failed(status, body) {
  const code = body?.code || (status === 401 ? 'session' : '');
  const error = new ApiError(status, body?.error || `HTTP ${status}`, body?.hint, code, body);
  if (status === 401) {
    refused();
    dispatchEvent(new CustomEvent('session', { detail: error }));
  }
  return error;
}

async function ask(path, options) {
  let response;
  try {
    const headers = { 'Accept-Language': lang(), ...(await keyHeader()), ...options?.headers };
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options, headers });
  } catch (error) {
    throw error.name === 'AbortError' ? error : offline();
  }
  if (!response.ok) throw failed(response.status, await response.json().catch(() => null));
  return response;
}

async function json(path, options) {
  const response = await ask(path, options);
  try {
    return await response.json();
  } catch (error) {
    throw error.name === 'AbortError' ? error : offline(); // the answer is incomplete
  }
}

export const get = (path, signal) => json(path, { signal });

export const post = (path, body = {}, signal) =>
  json(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal });

// ticket returns the address for something that the browser itself requests, without the key of the session. It is valid once.
export async function ticket(path) {
  return (await post('/api/tickets', { path: `${path}&lang=${lang()}` })).url;
}

// download makes the browser save a file.
export async function download(path) {
  Object.assign(document.createElement('a'), { href: await ticket(path), download: '' }).click();
}

// upload sends a file. fetch does not report the progress of an upload.
export async function upload(path, file, onProgress = () => {}, signal) {
  const key = await keyHeader();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.responseType = 'json';
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    for (const [name, value] of Object.entries({ 'Accept-Language': lang(), ...key })) request.setRequestHeader(name, value);
    request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    request.onload = () => (request.status < 400 ? resolve(request.response) : reject(failed(request.status, request.response)));
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

// lines passes on each object of an NDJSON answer as it arrives.
export async function lines(path, onObject, signal) {
  const response = await ask(path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw error.name === 'AbortError' ? error : offline();
    });
    if (done) break;
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    for (const part of parts) if (part.trim()) onObject(JSON.parse(part));
  }
  if (rest.trim()) onObject(JSON.parse(rest));
}
