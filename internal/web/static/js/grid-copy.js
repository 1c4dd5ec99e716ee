export const mostCopied = 10000; // rows
const step = 200; // rows of a request

// quoted returns a text as a spreadsheet writes it into a table with tabs.
const quoted = (text) => (/[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// tsv returns rows of texts as a spreadsheet copies them.
export const tsv = (rows) => rows.map((texts) => texts.map(quoted).join('\t')).join('\r\n');

// selectedRows resolves to the selected rows, at most mostCopied. A source has fetch, and whole if fetch shortens texts.
export async function selectedRows(ranges, source, signal) {
  const rows = [];
  const ask = source.whole ?? source.fetch;
  for (const [first, last] of ranges) {
    for (let from = first; from <= last && rows.length < mostCopied; from += step) {
      const n = Math.min(step, last - from + 1, mostCopied - rows.length);
      const found = (await ask.call(source, from, n, signal)).rows;
      rows.push(...found);
      if (found.length < n) break; // the table has become shorter
    }
  }
  return rows;
}
