package web_test

import (
	"github.com/chromedp/chromedp"
)

// shift is a key together with the one for capitals.
func shift(key string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierShift))
}

// conversation is what a server says of a conversation, with changes.
const conversation = `window.talk = (changes) => async () => ({ id: 'made', title: 'A late parcel', model: 'GigaChat-2', system: '', params: {}, busy: false, earlier: [], updated: ago(60), created: ago(90), ...changes })`

// talks looks at the chat.
func (o *tour) talks() {
	o.t.Helper()
	o.js(conversation)
	o.js(`fake['/api/models'] = fails(503, 'The service does not answer.')`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-empty')`)
	o.js(`delete fake['/api/models']`)
	o.look("chat empty")
	o.hit(".chat-toggle")
	o.look("chat settings")
	o.fill("#chat-system", "Answer briefly.")
	o.fill("#chat-temperature", "x")
	o.fill("#chat-max_tokens", "0.5")
	o.look("chat wrong numbers")
	o.fill("#chat-temperature", "1")
	o.fill("#chat-top_p", "1")
	o.fill("#chat-max_tokens", "")
	o.look("chat both numbers")
	o.fill("#chat-temperature", "")
	o.fill("#chat-top_p", "")
	o.hit(".chat-toggle")

	// A real conversation: asked, answered, asked again, edited.
	o.fill(".chat-area", "Where is my parcel?")
	o.hit(".chat-send .primary")
	o.until(`document.querySelector('.msg-retry') && !document.querySelector('.chat-busy')`)
	o.look("chat answered")
	o.js(`Object.defineProperty(navigator, 'clipboard', { value: { writeText: async () => {} }, configurable: true })`)
	o.hit(".msg-model .copy")
	o.hit(".msg-edit")
	o.look("chat editing")
	o.js(`document.querySelector('.msg-user textarea').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))`)
	o.hit(".msg-retry")
	o.until(`document.querySelector('.chat-earlier')`)
	o.until(`document.querySelector('.msg-retry') && !document.querySelector('.chat-busy')`)
	o.js(`document.querySelectorAll('.chat-earlier details').forEach((d) => { d.open = true; })`)
	o.look("chat earlier")
	o.hit(".chat-head .menu > button")
	o.look("chat menu")
	o.js(`document.querySelector('.chat-head .menu-list button').click()`)
	o.until(`document.querySelector('dialog input')`)
	o.look("dialog rename")
	o.answer(0)
	o.until(shut)
	o.js(`document.querySelector('.chat-head .menu-list').lastElementChild.click()`)
	o.until(`document.querySelector('dialog .danger')`)
	o.look("dialog delete")
	o.answer(0)
	o.until(shut)

	// What a service rarely answers.
	o.js(`fake['/api/chats/made'] = talk({ messages: [
		{ role: 'user', content: 'Where is it?', at: ago(50) }, { role: 'assistant', content: 'It is:\n\n` + "```" + `go\nx := 1\n` + "```" + `\n\n| a | b |\n|---|---|\n| 1 | 2 |', model: 'GigaChat-2', finish_reason: 'length', usage: { prompt_tokens: 12000, completion_tokens: 2, cached_tokens: 11000 }, at: ago(49), sandbox: true },
		{ role: 'user', content: 'And who is to blame?', at: ago(40) }, { role: 'assistant', content: 'I cannot say.', model: 'GigaChat-2', finish_reason: 'blacklist', at: ago(39) },
		{ role: 'user', content: 'Go on.', at: ago(30) }, { role: 'assistant', content: 'Well,', model: 'GigaChat-2', stopped: true, at: ago(29) },
		{ role: 'user', content: 'Go on.', at: ago(20) }, { role: 'assistant', content: '', model: 'GigaChat-2', error: { error: 'The key is wrong.', hint: 'Enter another one.', cure: 'key' }, at: ago(19) },
		{ role: 'user', content: 'Go on.', at: ago(10) }, { role: 'assistant', content: '', model: 'GigaChat-2', error: { error: 'The service does not answer.', hint: 'Try it later.' }, at: ago(9) },
		{ role: 'user', content: 'Hello?', at: ago(5) },
	], problem: { error: 'The conversation cannot be saved.', hint: 'The disk is full.' } })`)
	o.goTo("/chat/made")
	o.until(`document.querySelectorAll('.msg-model .error-box').length === 2`)
	o.look("chat troubles")
	o.js(`document.querySelector('.chat-scroll').scrollTop = 0`)
	o.until(`document.querySelector('.chat-down').checkVisibility()`)
	o.look("chat troubles above")

	// An answer that is on its way, and how it ends.
	busy := `messages: [{ role: 'user', content: 'Where is it?', at: ago(5) }], busy: true`
	o.js(`(fake['/api/chats/made'] = talk({ ` + busy + ` }), fake['/api/chats'] = async () => ({ chats: [{ id: 'made', title: 'A late parcel', updated: ago(5), messages: 1, busy: true }, { id: 'old', title: '', updated: '2020-02-02T10:00:00Z', messages: 2, busy: false }] }))`)
	o.js(`fake['/api/chats/made/stream'] = () => new Promise((answer) => { window.streamEnds = (changes) => answer({ message: { role: 'assistant', content: '', model: 'GigaChat-2', at: ago(0), ...changes } }); })`)
	answering := func() {
		o.t.Helper()
		o.goTo("/chat")
		o.until(`document.querySelector('.chat-empty')`)
		o.js(`delete window.streamEnds`)
		o.goTo("/chat/made")
		o.until(`document.querySelector('.msg-waiting')?.checkVisibility() && window.streamEnds`)
	}
	answering()
	o.js(`streamEnds({ content: 'At home.', finish_reason: 'stop' })`)
	o.until(`document.querySelector('.msg-retry')`)
	answering()
	o.look("chat answering")
	o.js(`(fake['/api/chats/made/stop'] = fails(500, 'It cannot be stopped.'), document.querySelector('.chat-send .button:not(.primary)').click())`)
	o.until(`document.querySelector('.toast[data-kind=bad]')`)
	o.js(`streamEnds({ error: { error: 'The service does not answer.', hint: '' } })`)
	o.until(`document.querySelector('.msg-model .error-box')`)
	o.look("chat failed")
	o.js(`(window.fake = {})`)

	o.js(`fake['/api/chats/made'] = fails(500, 'The conversation cannot be read.')`)
	o.goTo("/chat")
	o.until(`document.querySelector('.chat-empty')`)
	o.goTo("/chat/made")
	o.until(`document.querySelector('.chat-turns .error-box')`)
	o.look("chat unreadable")
	o.js(`(window.fake = {})`)
	o.goTo("/chat/none")
	o.until(`document.querySelector('.chat-turns .empty a')`)
	o.look("chat gone")
}

// ends looks at the ends of a session, from which the page comes back.
func (o *tour) ends() {
	o.t.Helper()
	o.js(`(document.documentElement.dataset.sandbox = 'true', document.querySelector('#tools button[aria-pressed=false]').click(), document.querySelector('#tools button[aria-pressed=false]').click())`)
	o.hit(".sandbox-mark")
	o.until(`document.querySelector('dialog')`)
	o.look("dialog sandbox")
	o.answer(0)
	o.until(shut)
	for _, code := range []string{"session", "login"} {
		o.js(`(fake['/api/hello'] = fails(401, 'Sign in.', '` + code + `'), tell({ type: '` + code + `' }))`)
		o.until(`document.querySelector('.page-state .button')`)
		o.look("ended " + code)
		o.js(`(window.fake = {}, tell({ type: 'online' }))`)
		o.until(`!document.querySelector('.page-state h1 + p + .button')`)
	}
}

// withoutKey looks at a tab that has no key of the session.
func (o *tour) withoutKey(s *served) (seen []string) {
	o.t.Helper()
	for _, code := range []string{"session", "login"} {
		seen = append(seen, o.seen()...)
		o.js(`(sessionStorage.clear(), sessionStorage.setItem('refused', '` + code + `'))`)
		o.open(s.base() + "/tables")
		o.until(`document.querySelector('.page-state .button')`)
		o.look("no key " + code)
	}
	return append(seen, o.seen()...)
}

// gone looks at a page whose server ends, and at one with a part that cannot be loaded then.
func (o *tour) gone(s *served) []string {
	o.t.Helper()
	o.goTo("/tables")
	o.until(names + `.includes('reviews.csv')`)
	seen := o.seen()
	o.open(s.base() + "/tables")
	o.until(names + `.includes('reviews.csv')`)
	s.stop()
	o.js(`document.querySelector('.tables-opener:not([hidden])').click()`)
	o.until(`document.querySelector('.tables .error-box')`)
	o.look("server gone")
	o.goTo("/chat")
	o.until(`document.querySelector('.page-state .error-box')`)
	o.look("page broken")
	return append(seen, o.seen()...)
}
