const tidy = (name) => name.split(/\s+/).filter(Boolean).join(' ');

// placeholder refers to a column in a prompt. Spaces separate braces at the ends of a name from those of the placeholder.
export function placeholder(name) {
  const plain = tidy(name);
  return plain.startsWith('{') || plain.endsWith('}') ? `{{ ${plain} }}` : `{{${plain}}}`;
}

// renamed returns the prompt with one column replaced by another; "{{{{" is text.
export function renamed(prompt, from, to) {
  return prompt.replace(/\{\{\{\{|\{\{([^]*?)\}\}/g, (all, name) => (name !== undefined && tidy(name) === tidy(from) ? placeholder(to) : all));
}

const plain = (name) => name.toLowerCase().replaceAll('ё', 'е').replace(/[\s_\-.]+/g, '');

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

// nearest returns the column that an unknown name probably means, or "".
export function nearest(name, columns) {
  const wanted = plain(name).slice(0, 80);
  let best = '';
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const column of columns) {
    const far = distance(wanted, plain(column).slice(0, 80));
    if (column && far < least) [best, least] = [column, far];
  }
  return best;
}
