// The official SDK against a sandbox. The environment has the addresses and the key, as gigabatch sandbox prints them.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { createHash } from 'node:crypto';
import { GigaChat } from 'gigachat';

console.info = console.warn = () => {}; // the SDK says when it has a new token
const model = 'GigaChat-2-Pro';
const client = new GigaChat({ model, timeout: 20 });

// token
await client.updateToken();
assert.match(client._accessToken.access_token, /^eyJ.{1000,}/);
const life = client._accessToken.expires_at - Date.now();
assert.ok(life > 29 * 60e3 && life < 31 * 60e3, `the token lives ${life} ms`);
const refused = (status) => (error) => error.response?.status === status;
await assert.rejects(new GigaChat({ credentials: btoa('no:body') }).updateToken(), refused(401));
const stale = new GigaChat({ model, accessToken: 'expired' }); // a 401 makes the SDK get a token of its own
assert.equal((await stale.getModel(model)).id, model);
const byPassword = new GigaChat({ user: 'sandbox', password: 'not-a-secret', credentials: undefined });
assert.equal((await byPassword.getModel(model)).id, model);

// models
const models = await client.getModels();
assert.equal(models.object, 'list');
assert.ok(models.data.some((m) => m.id === model && m.object === 'model' && m.owned_by === 'salutedevices'));
await assert.rejects(client.getModel('GigaChat'), refused(404));

// chat
const prompt = 'What is a journal? Ответь «коротко».';
const answer = await client.chat({ messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: prompt }] });
const digest = createHash('sha256').update(prompt).digest('hex').slice(0, 16);
assert.ok(answer.choices[0].message.content.includes(prompt) && answer.choices[0].message.content.includes(digest));
assert.equal(answer.choices[0].message.role, 'assistant');
assert.equal(answer.choices[0].finish_reason, 'stop');
assert.equal(answer.object, 'chat.completion');
assert.match(answer.model, /^GigaChat-2-Pro:/);
assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
assert.ok(Math.abs(answer.created - Date.now() / 1000) < 60);
assert.match(answer.xHeaders.xRequestID, /^[0-9a-f-]{36}$/);
const called = await client.chat({
  messages: [{ role: 'user', content: 'Weather in Omsk' }],
  functions: [{ name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }],
  function_call: { name: 'weather' },
});
assert.equal(called.choices[0].finish_reason, 'function_call');
assert.equal(called.choices[0].message.function_call.name, 'weather');
assert.equal(typeof called.choices[0].message.function_call.arguments.city, 'string');
await assert.rejects(client.chat({ messages: [] }), refused(422));
await assert.rejects(new GigaChat().chat('The default model of the SDK is gone.'), refused(404));

// stream
let text = '';
let last;
for await (const chunk of client.stream({ messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: prompt }] })) {
  text += chunk.choices[0].delta.content ?? '';
  last = chunk;
}
assert.equal(text, answer.choices[0].message.content);
assert.equal(last.choices[0].finish_reason, 'stop');
assert.equal(last.usage.completion_tokens, answer.usage.completion_tokens);

// tokens
const { tokens } = await client.tokensCount(['one', 'раз, два, три']);
assert.deepEqual(tokens.map((t) => [t.object, t.characters]), [['tokens', 3], ['tokens', 13]]);
assert.ok(tokens.every((t) => t.tokens > 0));

// files
const file = await client.uploadFile(new File(['a text to keep'], 'заметка.txt', { type: 'text/plain' }));
assert.equal(file.bytes, 14);
assert.equal(file.filename, 'заметка.txt');
assert.equal(file.purpose, 'general');
assert.ok((await client.getFiles()).data.some((f) => f.id === file.id));
assert.equal((await client.getFile(file.id)).bytes, 14);
assert.equal((await client.getImage(file.id)).content, 'a text to keep');
const about = await client.chat({ messages: [{ role: 'user', content: 'What does it say?', attachments: [file.id] }] });
assert.equal(about.choices[0].finish_reason, 'stop');
assert.deepEqual((({ id, deleted }) => ({ id, deleted }))(await client.deleteFile(file.id)), { id: file.id, deleted: true });
await assert.rejects(client.getFile(file.id), refused(404));
console.log('token, models, chat, stream, tokens, files: as the SDK expects');
