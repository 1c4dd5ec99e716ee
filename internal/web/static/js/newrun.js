import './text/newrun.js';
import { h, replace } from './dom.js';
import { get } from './api.js';
import { visible } from './format.js';
import { t } from './i18n.js';
import { subscribe } from './live.js';
import { toast } from './dialog.js';
import { chooser } from './newrun-file.js';
import { keepInput, lastInput } from './newrun-draft.js';
import { formStep } from './newrun-form.js';
import { lookStep } from './newrun-look.js';
import { Model } from './newrun-model.js';
import { planStep } from './newrun-plan.js';
import { promptStep } from './newrun-prompt.js';
import { tryStep } from './newrun-try.js';
import { button, step } from './newrun-ui.js';

let kept = null; // the model of the table last worked on

function modelOf(input) {
  if (kept?.input !== input) kept = new Model(input);
  return kept;
}

async function hello() {
  try {
    return await get('/api/hello');
  } catch {
    return {}; // the parts that need the server report the error
  }
}

// way mounts the steps after the choice of a table.
function way(model, facts, nav, remount) {
  const look = lookStep(model, nav, remount);
  const prompt = promptStep(model, facts);
  const attempt = tryStep(model);
  const parts = [look, prompt, formStep(model), attempt, planStep(model, nav)];
  const later = parts.slice(2);
  const update = () => {
    const some = model.look?.rows.length > 0;
    prompt.node.hidden = !some;
    for (const part of later) part.node.hidden = !some || !model.reached;
    for (const part of parts) part.update();
  };
  const tried = (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      model.try();
      if (model.tryingSince) attempt.node.scrollIntoView({ block: 'start' });
    }
  };
  prompt.node.addEventListener('keydown', tried);
  const unwatch = model.watch(update);
  update();
  const leave = () => {
    unwatch();
    attempt.leave();
  };
  return { nodes: parts.map((p) => p.node), heading: look.heading, leave };
}

function render(root, params, nav) {
  const table = step(1, 'newrun.table');
  const rest = h('div', { class: 'nr-rest' });
  const chosen = h('p', { class: 'nr-chosen-name' });
  const other = button(t('newrun.other'), 'small', () => leaveTable());
  const steps = h('div', { class: 'nr-way' }, table.node, rest);
  let files = null;
  let facts = {};
  let mounted = null;
  let gone = false;

  function mount(input) {
    mounted?.leave();
    const model = modelOf(input);
    mounted = way(model, facts, nav, () => mount(input));
    replace(rest, mounted.nodes);
    model.refresh();
  }

  function choose(input, byHand) {
    keepInput(input);
    history.replaceState(history.state, '', '/new?input=' + encodeURIComponent(input));
    chosen.textContent = visible(input);
    files.node.hidden = true;
    replace(table.aside, chosen, other);
    table.node.classList.add('nr-done');
    mount(input);
    if (byHand) mounted.heading.focus({ preventScroll: true });
  }

  function leaveTable() {
    mounted?.leave();
    kept?.leave();
    mounted = null;
    kept = kept?.tryingSince ? kept : null;
    keepInput('');
    history.replaceState(history.state, '', '/new');
    replace(rest);
    replace(table.aside);
    table.node.classList.remove('nr-done');
    files.node.hidden = false;
    files.load();
    files.focus();
  }

  async function begin() {
    facts = await hello();
    if (gone) return;
    files = chooser(facts, (name) => choose(name, true));
    table.node.append(files.node);
    const input = params.input || lastInput();
    if (input) choose(input, false);
    else files.load();
  }

  const stopFiles = takeFiles(async (list, folder) => {
    if (!files) return;
    files.node.hidden = false;
    const error = await files.take(list, folder);
    if (!error || !mounted || gone) return;
    files.node.hidden = true; // the chosen table stays
    toast([error.message, error.hint].filter(Boolean).join(' — '), 'bad');
  }, (is) => files?.over(is));
  const stopLive = subscribe((event) => {
    if (event.type === 'online' && mounted && (kept.lookError || kept.promptsError || kept.planError)) kept.refresh();
  });
  replace(root, h('div', { class: 'nr' }, h('header', { class: 'nr-intro' }, h('h1', null, t('newrun.title')), h('p', { class: 'muted' }, t('newrun.intro'))), steps));
  begin();
  return () => {
    gone = true;
    mounted?.leave();
    kept?.leave();
    stopFiles();
    stopLive();
  };
}

// takeFiles passes on files that are dropped or pasted anywhere on the page.
function takeFiles(onFiles, onOver) {
  const holds = (e) => e.dataTransfer?.types.includes('Files');
  const over = (e) => {
    if (!holds(e)) return;
    e.preventDefault();
    onOver(true);
  };
  const out = (e) => {
    if (!e.relatedTarget) onOver(false);
  };
  const drop = (e) => {
    if (!holds(e)) return;
    e.preventDefault();
    onOver(false);
    const folder = e.dataTransfer.items[0]?.webkitGetAsEntry?.()?.isDirectory ?? false;
    onFiles([...e.dataTransfer.files], folder);
  };
  const paste = (e) => {
    // Spreadsheets copy cells as text and as a picture: the picture is not a file.
    const list = [...(e.clipboardData?.files ?? [])].filter((f) => !f.type.startsWith('image/'));
    if (!list.length || e.defaultPrevented) return;
    e.preventDefault();
    onFiles(list, false);
  };
  const all = [['dragover', over], ['dragleave', out], ['drop', drop], ['paste', paste]];
  for (const [name, fn] of all) document.addEventListener(name, fn);
  return () => all.forEach(([name, fn]) => document.removeEventListener(name, fn));
}

export default { title: 'newrun.title', render };
