import './text/common.js';
import { t } from './i18n.js';

// jsonPlace returns the place of a syntax error in a text, or '' if the browser does not report it. The browser's own message is in English.
export function jsonPlace(text, error) {
  const [, line, column] = error.message.match(/line (\d+) column (\d+)/) ?? [];
  if (line) return t('common.jsonAt', { line, column });
  const [, at] = error.message.match(/position (\d+)/) ?? [];
  if (!at) return '';
  const before = text.slice(0, at).split('\n');
  return t('common.jsonAt', { line: before.length, column: before.at(-1).length + 1 });
}
