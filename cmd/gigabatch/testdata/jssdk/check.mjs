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

// embeddings
const texts = ['one', 'раз, два, три'];
const embedded = await client.embeddings(texts);
assert.equal(embedded.object, 'list');
assert.equal(embedded.model, 'Embeddings');
assert.deepEqual(embedded.data.map((d) => [d.object, d.index, d.embedding.length]), [['embedding', 0, 8], ['embedding', 1, 8]]);
assert.ok(embedded.data.every((d) => d.usage.prompt_tokens > 0 && d.embedding.every(Number.isFinite)));
assert.notDeepEqual(embedded.data[0].embedding, embedded.data[1].embedding);
await assert.rejects(client.embeddings(['one'], model), refused(404));
await assert.rejects(client.embeddings(['long '.repeat(1000)]), refused(413));

// balance: of an account that pays as it goes, and of one with packages
await assert.rejects(client.balance(), refused(403));
const prepaid = { baseUrl: process.env.PREPAID_GIGACHAT_BASE_URL, authUrl: process.env.PREPAID_GIGACHAT_AUTH_URL };
const packages = new GigaChat({ ...prepaid, model, scope: 'GIGACHAT_API_PERS' });
assert.deepEqual((await packages.balance()).balance, [{ usage: 'GigaChat-2', value: 1000000 }, { usage: 'embeddings', value: 5000 }]);

// batches
const ended = async (batch) => {
  assert.equal(batch.status, 'created');
  const seen = new Set();
  for (;;) {
    const now = await client.getBatchStatus(batch.id);
    assert.equal(now.id, batch.id);
    assert.equal(now.created_at, batch.created_at);
    seen.add(now.status);
    if (now.status === 'completed') {
      assert.ok(seen.has('in_progress'), [...seen].join());
      return now;
    }
    assert.equal(now.output_file_id, undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const byId = (lines) => new Map(lines.map((line) => [line.id, line]));
assert.deepEqual((await client.getBatches()).data, []);
const chats = await client.chatsBatch([
  { id: 'a', request: { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: prompt }] } },
  { id: 'b', request: { model: 'GigaChat-2-Max', messages: [{ role: 'user', content: 'Second' }] } },
  { id: 'c', request: { model: 'GigaChat-None', messages: [{ role: 'user', content: 'Third' }] } },
]);
assert.equal(chats.method, 'chat_completions');
assert.equal(chats.request_counts.total, 3);
assert.ok(Math.abs(chats.created_at - Date.now() / 1000) < 60);
const done = await ended(chats);
assert.deepEqual(done.request_counts, { total: 3, completed: 2, failed: 1 });
const results = byId((await client.getBatch(done.output_file_id)).content);
assert.equal(results.size, 3);
assert.equal(results.get('a').result.choices[0].message.content, text);
assert.deepEqual(results.get('a').result.usage.completion_tokens, answer.usage.completion_tokens);
assert.match(results.get('b').result.model, /^GigaChat-2-Max:/);
assert.deepEqual(results.get('c'), { id: 'c', error: { status: 404, message: 'No such model' } });
const vectors = await client.embeddingsBatch([{ id: '1', request: { model: 'Embeddings', input: texts } }]);
assert.equal(vectors.method, 'embedder');
const embeddings = (await client.getBatch((await ended(vectors)).output_file_id)).content;
assert.deepEqual(embeddings[0].result.data, embedded.data);
assert.deepEqual((await client.getBatches()).data.map((b) => [b.id, b.status]), [[chats.id, 'completed'], [vectors.id, 'completed']]);
await assert.rejects(client.getBatchStatus('none'), refused(404));
await assert.rejects(client.chatsBatch([]), refused(422));
await assert.rejects(packages.getBatches(), refused(403)); // not for individuals
console.log('token, models, chat, stream, tokens, files, embeddings, balance, batches: as the SDK expects');
