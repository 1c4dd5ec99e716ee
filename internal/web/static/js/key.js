// A browser sends a cookie to the servers on all ports of its host. A request therefore also needs the key of the session, which the sign-in
// gives to the page, and which no other origin can read. A tab keeps it in its session storage; a tab or a worker without it asks the others.
const patience = 1500;
const facts = globalThis.document?.documentElement.dataset;
const me = String(Math.random());
const channel = new BroadcastChannel('gigabatch-key'); // reaches this origin only
let key = facts?.key ?? stored();
let heard = () => {};
let ready = key ? Promise.resolve() : ask();

function stored() {
  try {
    return sessionStorage.getItem('key');
  } catch {
    return null; // a worker has no storage, and storage may be forbidden
  }
}

// keep takes over a key from the sign-in or from another tab.
export function keep(given) {
  key = given;
  try {
    sessionStorage.setItem('key', key);
  } catch {
    // the key then lasts as long as the page
  }
  heard();
}

// ask requests a key other than the present one from the other tabs. It is fulfilled when one answers, or after a while.
function ask() {
  return new Promise((resolve) => {
    heard = resolve;
    setTimeout(resolve, patience);
    channel.postMessage({ ask: me, not: key });
  });
}

channel.onmessage = ({ data }) => {
  if (data.entered || data.to === me) keep(data.entered ?? data.key);
  else if (data.ask && key && key !== data.not) channel.postMessage({ to: data.ask, key });
};

// sessionKey returns the key, or null if nobody has it.
export async function sessionKey() {
  await ready;
  return key;
}

export async function keyHeader() {
  return (await sessionKey()) ? { 'Gigabatch-Key': key } : {};
}

export const hasKey = () => Boolean(key);

// refused reports that the server does not accept the key: the session has ended, and another tab may have begun a new one.
export function refused() {
  ready = ask();
}

// forget removes the key at the end of the session.
export function forget() {
  key = null;
  try {
    sessionStorage.removeItem('key');
  } catch {
    // it was never stored
  }
}

// The page of the sign-in gives the key to this tab and to the others, and leads on.
if (facts?.next) {
  keep(facts.key);
  channel.postMessage({ entered: facts.key });
  location.replace(facts.next);
}
