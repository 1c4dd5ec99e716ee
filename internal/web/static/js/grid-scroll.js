const tallest = 8e6; // pixels; browsers limit the height of elements, and place them exactly only up to 2^23
const idle = 150;

// Scroll scrolls through more pixels than an element can be tall. Small steps move by their size, large ones by their share of the whole.
// height and room return the pixels of the content and of the part of it that is visible.
export class Scroll {
  constructor(box, space, height, room, onMove) {
    Object.assign(this, { box, space, height, room, onMove, top: 0, last: 0, whole: -1, timer: 0, moved: () => this.scrolled() });
    box.addEventListener('scroll', this.moved, { passive: true });
  }

  scale() {
    const real = Math.min(this.height(), tallest);
    return real > this.room() ? Math.max(1, (this.height() - this.room()) / (real - this.room())) : 1;
  }

  // shift returns the offset from a position in the whole to its position in the box.
  shift() {
    return this.last - this.top;
  }

  bounded(top) {
    return Math.max(0, Math.min(top, this.height() - this.room()));
  }

  scrolled() {
    const step = this.box.scrollTop - this.last;
    if (Math.abs(step) < 0.5) return this.onMove(false); // sideways
    const scale = this.scale();
    const far = Math.abs(step) > this.room() * 1.5;
    this.last += step;
    this.top = this.bounded(scale === 1 || far ? this.last * scale : this.top + step);
    clearTimeout(this.timer);
    const atEnd = this.last <= 0 || this.last >= Math.min(this.height(), tallest) - this.room() - 1;
    if (scale > 1 && atEnd) this.settle();
    else if (scale > 1) this.timer = setTimeout(() => this.settle(), idle);
    this.onMove(far);
  }

  // pending reports whether the box has been scrolled and no event has said so yet.
  pending() {
    return Math.abs(this.box.scrollTop - this.last) >= 0.5;
  }

  // settle corrects the position of the bar; the content does not move.
  settle() {
    if (this.pending()) return this.scrolled();
    this.box.scrollTop = this.top / this.scale();
    this.last = this.box.scrollTop;
    this.onMove(false);
  }

  to(top) {
    this.top = this.bounded(top);
    this.box.scrollTop = this.top / this.scale();
    this.last = this.box.scrollTop;
  }

  // fit makes the box as tall as its content.
  fit() {
    const whole = this.height();
    if (this.whole === whole && this.top === this.bounded(this.top)) return;
    if (this.pending()) this.scrolled();
    this.whole = whole;
    this.space.style.height = Math.min(whole, tallest) + 'px';
    this.to(this.top);
  }

  close() {
    clearTimeout(this.timer);
    this.box.removeEventListener('scroll', this.moved);
  }
}
