// Very many dots at once: stamped into a picture, pixel by pixel, where a path for each would be too slow.

const FINENESS_OF_SIZE = 4;

class Cloud {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.stamps = new Map();
    this.colours = new Map();
  }

  /** Begin an empty picture; sizes in pixels of the screen. */
  begin(width, height, ratio) {
    this.ratio = ratio;
    if (this.picture?.width !== width || this.picture.height !== height) {
      [this.canvas.width, this.canvas.height] = [width, height];
      this.picture = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.picture.data.buffer);
    } else this.pixels.fill(0);
  }

  /** Lay the picture over a canvas. */
  end(c) {
    this.context.putImageData(this.picture, 0, 0);
    c.save();
    c.resetTransform();
    c.drawImage(this.canvas, 0, 0);
    c.restore();
  }

  /** Stamp a dot: filled, or as a ring so thick. */
  dot(x, y, radius, colour, thick = 0) {
    const { side, covered } = this.stamp(Math.round(radius * this.ratio * FINENESS_OF_SIZE) / FINENESS_OF_SIZE, thick * this.ratio);
    const { pixels, picture: { width, height } } = this;
    const ink = this.ink(colour);
    const [left, top] = [Math.round(x * this.ratio - side / 2), Math.round(y * this.ratio - side / 2)];
    const whole = (0xff000000 | ink) >>> 0;
    const [first, end] = [Math.max(0, -left), Math.min(side, width - left)];
    for (let row = Math.max(0, -top); row < side && top + row < height; row++) {
      const line = (top + row) * width + left;
      for (let column = first; column < end; column++) {
        const cover = covered[row * side + column];
        if (cover && pixels[line + column] !== whole) pixels[line + column] = cover === 255 ? whole : over(ink, cover, pixels[line + column]);
      }
    }
  }

  /** Give how much of each pixel a dot or a ring covers, from 0 to 255. */
  stamp(radius, thick) {
    const key = radius * 1000 + thick;
    if (!this.stamps.has(key)) {
      const side = 2 * Math.ceil(radius + thick / 2 + 0.5);
      const share = (distance) => (thick ? thick / 2 + 0.5 - Math.abs(distance - radius) : radius + 0.5 - distance);
      const covered = Uint8Array.from({ length: side * side }, (_, at) => 255 * Math.max(0, Math.min(1, share(Math.hypot((at % side) - side / 2 + 0.5, Math.floor(at / side) - side / 2 + 0.5)))));
      this.stamps.set(key, { side, covered });
    }
    return this.stamps.get(key);
  }

  /** Read a colour of the style as the lower three bytes of a pixel. */
  ink(colour) {
    if (!this.colours.has(colour)) {
      this.context.fillStyle = "#000";
      this.context.fillStyle = colour;
      const [red, green, blue] = this.context.fillStyle.match(/^#(..)(..)(..)$/)?.slice(1).map((part) => parseInt(part, 16)) ?? [0, 0, 0];
      this.colours.set(colour, (blue << 16) | (green << 8) | red);
    }
    return this.colours.get(colour);
  }
}

/** Lay a colour that covers part of a pixel over what is there. */
function over(ink, cover, under) {
  if (under === 0) return ((cover << 24) | ink) >>> 0;
  const left = ((under >>> 24) * (255 - cover)) / 255;
  const alpha = cover + left;
  if ((under & 0xffffff) === ink) return ((Math.round(alpha) << 24) | ink) >>> 0;
  let mixed = Math.round(alpha) << 24;
  for (let shift = 0; shift < 24; shift += 8) mixed |= Math.round((((ink >>> shift) & 255) * cover + ((under >>> shift) & 255) * left) / alpha) << shift;
  return mixed >>> 0;
}
