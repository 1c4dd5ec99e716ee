// latest serves only the newest call: results of older calls are dropped. ask gets the argument and a signal.
export function latest(ask, done) {
  let newest = 0;
  let timer = 0;
  let control = new AbortController();
  const start = async (call, argument) => {
    let value = null;
    let error = null;
    try {
      value = await ask(argument, control.signal);
    } catch (e) {
      error = e;
    }
    if (call === newest) done(value, error);
  };
  const drop = () => {
    clearTimeout(timer);
    control.abort();
    control = new AbortController();
    newest++;
  };
  const call = (wait, argument) => {
    drop();
    timer = setTimeout(start, wait, newest, argument);
  };
  return { call, drop };
}
