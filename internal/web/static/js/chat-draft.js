// Unsent text is kept until the tab is closed.
const key = (id) => 'chat-draft ' + (id ?? '');

function quietly(fn) {
  try {
    return fn();
  } catch {
    return null; // storage may be forbidden or full
  }
}

export const draft = (id) => quietly(() => sessionStorage.getItem(key(id))) ?? '';
export const keepDraft = (id, text) => quietly(() => (text ? sessionStorage.setItem(key(id), text) : sessionStorage.removeItem(key(id))));
export const unsent = (id) => JSON.parse(quietly(() => sessionStorage.getItem(key(id) + ' settings')) ?? 'null');
export const keepUnsent = (id, set) => quietly(() => sessionStorage.setItem(key(id) + ' settings', JSON.stringify(set)));
export const dropUnsent = (id) => quietly(() => sessionStorage.removeItem(key(id) + ' settings'));
export const lastModel = () => quietly(() => localStorage.getItem('chat-model')) ?? '';
export const keepModel = (name) => quietly(() => localStorage.setItem('chat-model', name));
