import './text/chat.js';
import { download, get, lines, post } from './api.js';
import { announce, confirm, problem, prompt, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { askKey } from './keyscreen.js';
import { subscribe } from './live.js';
import { menu } from './menu.js';
import { composer } from './chat-composer.js';
import { earlier } from './chat-earlier.js';
import { list } from './chat-list.js';
import { log } from './chat-log.js';
import { answer, missing, question } from './chat-message.js';
import { settings } from './chat-settings.js';

const path = (id, what = '') => `/api/chats/${encodeURIComponent(id)}${what}`;
const fine = matchMedia('(pointer: fine)');
const examples = ['chat.example1', 'chat.example2', 'chat.example3'];

// Page is the list of conversations and the open conversation.
class Page {
  constructor(nav) {
    this.nav = nav;
    this.id = undefined;
    this.chat = null;
    this.views = []; // { key, view } of each message
    this.stream = null; // ends the reading of an answer
    this.lost = false; // the server did not respond
    this.list = list();
    this.settings = settings();
    this.log = log();
    this.composer = composer(this.settings, (text) => this.ask(text), () => this.stop());
    this.title = h('h1', { class: 'chat-title', tabindex: '-1' });
    this.total = h('span', { class: 'chat-total num muted' });
    this.actions = h('div', { class: 'row' });
    this.past = h('div');
    this.messages = h('div', { class: 'chat-turns' });
    this.log.inner.append(this.messages);
    this.log.inner.before(this.past);
    const head = h('div', { class: 'chat-head' }, this.list.toggle, this.title, this.total, this.actions);
    this.node = h('div', { class: 'chat' }, this.list.node, this.list.shade,
      h('section', { class: 'chat-main', 'aria-label': t('chat.title') }, head, this.log.node, this.composer.node));
  }

  async begin(id) {
    this.list.load();
    this.models = () => get('/api/hello').then((facts) => this.settings.load(facts), () => {});
    addEventListener('servicekey', this.models);
    this.models();
    await this.show(id);
  }

  leave() {
    removeEventListener('servicekey', this.models);
    this.stream?.abort();
    this.log.leave();
  }

  async show(id) {
    this.stream?.abort();
    this.id = id;
    this.chat = null;
    this.forget();
    this.list.choose(id);
    this.composer.show(id);
    replace(this.composer.trouble);
    this.composer.node.hidden = false;
    this.composer.busy(false);
    this.node.classList.remove('chat-busy');
    if (!id) return this.empty();
    this.head();
    this.title.textContent = '\u00a0';
    await this.load();
    this.log.end();
  }

  forget() {
    this.views = [];
    replace(this.messages);
    replace(this.past);
  }

  empty() {
    this.settings.show(null);
    this.head();
    replace(this.messages, h('div', { class: 'empty chat-empty' }, h('h2', null, t('chat.hello')), h('p', null, t('chat.helloText')),
      h('div', { class: 'chat-examples' }, examples.map((key) => h('button', { class: 'chip', type: 'button', on: { click: () => this.composer.fill(t(key)) } }, t(key))))));
  }

  async load() {
    const { id } = this;
    try {
      const chat = await get(path(id));
      if (id !== this.id) return;
      this.lost = false;
      if (!this.chat) this.settings.show(chat);
      this.draw(chat);
      if (chat.busy) this.follow();
    } catch (error) {
      if (id !== this.id) return;
      this.lost = error.code === 'offline';
      if (error.status === 404) return this.gone();
      if (this.chat) return;
      this.title.textContent = t('chat.title');
      replace(this.messages, h('div', { class: 'stack page-state' }, problem(error), h('div', { class: 'row' }, h('button', { class: 'button', type: 'button', on: { click: () => this.load() } }, t('common.again')))));
    }
  }

  // gone is shown if the conversation was deleted in another window or by another program.
  gone() {
    this.chat = null;
    this.forget();
    this.composer.node.hidden = true;
    this.title.textContent = t('chat.title');
    replace(this.actions);
    replace(this.messages, h('div', { class: 'empty' }, h('h2', null, t('chat.gone')), h('a', { class: 'button', href: '/chat' }, t('chat.untitled'))));
  }

  head() {
    const { chat } = this;
    this.title.textContent = chat ? chat.title || t('chat.untitled') : t('chat.untitled');
    document.title = `${this.title.textContent} · gigabatch`;
    const used = chat?.messages.reduce((sum, m) => sum + (m.usage ? m.usage.prompt_tokens + m.usage.completion_tokens : 0), 0);
    this.total.textContent = used ? n('chat.total', used) : '';
    if (!chat) return replace(this.actions);
    if (this.actions.firstChild) return;
    const save = (format, text) => button(text, () => download(path(this.id, '/export?format=' + format)).catch((error) => toast(error.message, 'bad')));
    const button = (text, click) => h('button', { type: 'button', on: { click } }, t(text));
    replace(this.actions, menu(t('chat.actions'), button('chat.rename', () => this.rename()), save('md', 'chat.exportMd'), save('jsonl', 'chat.exportJsonl'), button('chat.delete', () => this.remove())));
  }

  // draw redraws only the messages that have changed, and those after them.
  draw(chat) {
    this.chat = chat;
    this.head();
    this.composer.busy(chat.busy);
    this.node.classList.toggle('chat-busy', chat.busy);
    if (this.past.dataset.count !== String(chat.earlier?.length)) replace(this.past, earlier(chat.earlier));
    this.past.dataset.count = String(chat.earlier?.length);
    if (chat.problem) replace(this.composer.trouble, problem(chat.problem));
    const keys = chat.messages.map((m) => JSON.stringify(m));
    let same = 0;
    while (same < keys.length && this.views[same]?.key === keys[same]) same++;
    if (!this.views.length) replace(this.messages);
    for (const { view } of this.views.splice(same)) view.node.remove();
    keys.slice(same).forEach((key, i) => this.put(key, this.view(chat.messages[same + i], same + i)));
    if (!chat.busy && chat.messages.at(-1)?.role === 'user') this.put('', missing(() => this.retry()));
  }

  put(key, view) {
    this.views.push({ key, view });
    this.messages.append(view.node);
  }

  // view has all actions of a message; CSS hides those that are not possible during an answer, or on earlier messages.
  view(message, at) {
    if (message.role === 'user') return question(message, (text) => this.again(text, at));
    const view = answer();
    view.finish(message, () => this.retry());
    return view;
  }

  // ask sends a prompt: at the end, or in place of the message at from. It is true if the prompt was sent.
  async ask(text, from) {
    const set = this.settings.read();
    if (!set || this.chat?.busy) return false;
    replace(this.composer.trouble);
    try {
      if (!this.id) await this.create();
      const chat = await post(path(this.id, '/ask'), { text, ...(from === undefined ? {} : { from }), ...set });
      if (chat.id !== this.id) return true;
      this.settings.sent(this.id);
      this.draw(chat);
      this.log.end();
      this.follow();
      this.list.load();
      return true;
    } catch (error) {
      if (error.code === 'key' && (await askKey({ reason: error }))) return this.ask(text, from);
      replace(this.composer.trouble, problem(error));
      if (error.code === 'busy') this.load();
      return false;
    }
  }

  async create() {
    const chat = await post('/api/chats');
    this.id = chat.id;
    this.chat = chat;
    this.list.choose(chat.id);
    this.composer.moved(chat.id);
    this.nav('/chat/' + encodeURIComponent(chat.id), { replace: true });
  }

  async again(text, at) {
    const sent = await this.ask(text, at);
    if (sent) this.composer.focus();
    return sent;
  }

  retry() {
    const at = this.chat.messages.findLastIndex((m) => m.role === 'user');
    return at >= 0 && this.again(this.chat.messages[at].content, at);
  }

  // follow shows the answer as it arrives. If the connection breaks, load resumes it.
  async follow() {
    this.stream?.abort();
    const mine = new AbortController();
    this.stream = mine;
    const view = answer(this.chat.model);
    this.put('growing', view);
    view.grow('');
    let text = '';
    let frame = 0;
    let end = null;
    const paint = () => {
      frame = 0;
      if (!mine.signal.aborted) view.grow(text);
    };
    const take = (event) => {
      if (event.message || event.idle) end = event;
      else text = event.text ?? text + event.delta;
      frame ||= requestAnimationFrame(paint);
    };
    try {
      await lines(path(this.id, '/stream'), take, mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      this.lost = error.code === 'offline';
    }
    cancelAnimationFrame(frame);
    if (mine.signal.aborted) return;
    if (end?.message) this.ended(view, end.message);
    else if (!this.lost) setTimeout(() => !mine.signal.aborted && this.load(), 500);
  }

  // ended keeps the element of the answer, so that nothing flickers and a selection is kept.
  ended(view, message) {
    view.finish(message, () => this.retry());
    this.views.at(-1).key = JSON.stringify(message);
    this.draw({ ...this.chat, busy: false, messages: [...this.chat.messages, message] });
    announce(t(message.error ? 'chat.failed' : 'chat.answered') + ' ' + view.node.querySelector('.md').textContent.slice(0, 600));
    this.list.load();
  }

  async stop() {
    try {
      await post(path(this.id, '/stop'));
    } catch (error) {
      toast(error.message, 'bad');
    }
  }

  async rename() {
    const title = await prompt({ title: t('chat.rename'), label: t('chat.name'), value: this.chat.title });
    if (title) this.change('/rename', { title }, (chat) => {
      this.chat.title = chat.title;
      this.head();
    });
  }

  async remove() {
    const sure = await confirm({ title: t('chat.deleteAsk'), text: t('chat.deleteText', { title: this.chat.title || t('chat.untitled') }), ok: t('common.delete'), danger: true });
    if (sure) this.change('/delete', {}, () => this.nav('/chat', { replace: true }));
  }

  async change(what, body, then) {
    try {
      then(await post(path(this.id, what), body));
      this.list.load();
    } catch (error) {
      toast(error.message, 'bad');
    }
  }

  back() {
    this.list.load();
    if (this.id && (this.lost || (this.chat && !this.chat.busy))) this.load();
  }
}

function render(root, params, nav) {
  const page = new Page(nav);
  replace(root, page.node);
  page.begin(params.id).then(() => fine.matches && root.isConnected && document.activeElement === document.body && page.composer.focus());
  const unsubscribe = subscribe((e) => e.type === 'online' && page.back());
  const seen = () => document.visibilityState === 'visible' && page.back();
  document.addEventListener('visibilitychange', seen);
  const leave = () => {
    unsubscribe();
    document.removeEventListener('visibilitychange', seen);
    page.leave();
  };
  leave.update = (to) => {
    if (to.id === page.id) return page.head();
    page.show(to.id);
    if (fine.matches) page.composer.focus();
    else page.title.focus({ preventScroll: true });
  };
  return leave;
}

export default { title: 'chat.title', render };
