import { t } from './i18n.js';

const soon = 1000; // a shorter break is not reported
const long = 15000;

// connection is the bar that reports that the server does not respond. It covers the page, so that nothing moves.
export function connection() {
  const bar = document.getElementById('connection');
  let text = '';
  let timers = [];
  const draw = () => {
    bar.textContent = text && t(text);
    bar.classList.toggle('shown', Boolean(text));
  };
  const say = (key) => {
    text = key;
    draw();
  };
  const take = (state, onBack) => {
    if (state === 'runs' || state === 'run') return;
    if (state === 'offline') {
      if (!timers.length) timers = [setTimeout(say, soon, 'common.reconnecting'), setTimeout(say, long, 'common.offline')];
      return;
    }
    timers.forEach(clearTimeout);
    timers = [];
    if (text && state === 'online') onBack();
    say('');
  };
  return { take, draw };
}
