const letters = 0x530; // Latin, Greek and Cyrillic: each has a width of its own, whatever stands beside it
const most = 400; // characters that are added up

let widths = null;
let measured = '';

// widthOf returns at least the pixels that a text takes on one line, without a layout of the browser; Infinity if that is not easily known.
export function widthOf(text, font) {
  if (text.length > most) return Infinity;
  if (font !== measured) [widths, measured] = [new Float32Array(letters), font];
  let all = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= letters) return Infinity;
    all += widths[code] || (widths[code] = measure(code, font));
  }
  return all;
}

let pen = null;

// measure returns the width of a letter. All digits are as wide as the widest one: the figures of the grid are.
function measure(code, font) {
  pen ??= document.createElement('canvas').getContext('2d');
  pen.font = font;
  const same = code >= 48 && code <= 57 ? [...'0123456789'] : [code < 32 ? ' ' : String.fromCharCode(code)];
  return Math.max(0.01, ...same.map((letter) => pen.measureText(letter).width));
}
