// Draws the match: balls that fly between two paddles, sparks where they hit.
// It is told of serves and replies and never asks back; while nothing moves it draws nothing.
// A reply may come sooner than the eye can follow, so it takes off when the serve has arrived.

const FLIGHT = 420;
const STAGGER = 70;
const SPARKS = { ping: 6, pong: 8, fireball: 26, "bang!": 18 };
const FIRE = ["#ffd98a", "#ffb347", "#ff7a2f", "#f0442e"];
const CALM = ["#ffffff", "#ffe9c2"];

export class Arena {
  #canvas;
  #context;
  #flights = [];
  #sparks = [];
  #words = [];
  #paddles = { left: 0.5, right: 0.5 };
  #readyAt = 0;
  #frame = 0;
  #last = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  /** A ball leaves the player: `ping` or `fireball`. */
  serve(kind) {
    const now = performance.now();
    this.#readyAt = Math.max(this.#readyAt, now + FLIGHT);
    this.#launch({ kind, from: 0, to: 1, start: now });
  }

  /** A ball comes back, with its sound. */
  reply(sound) {
    const start = Math.max(performance.now(), this.#readyAt);
    this.#readyAt = sound === "pong" ? start : start + STAGGER;
    this.#launch({ kind: sound, from: 1, to: 0, start });
  }

  #launch(flight) {
    if (this.#still.matches) return;
    const spread = flight.kind === "bang!" ? 0.8 : 0.4;
    const aim = () => 0.5 + (Math.random() - 0.5) * spread;
    this.#flights.push({ ...flight, low: aim(), high: aim(), arc: 0.1 + Math.random() * 0.25 });
    this.#run();
  }

  #run() {
    if (this.#frame) return;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#step(now));
  }

  #step(now) {
    this.#frame = 0;
    const elapsed = Math.min((now - this.#last) / 1000, 0.05);
    this.#last = now;
    this.#land(now);
    this.#movePaddles(now, elapsed);
    this.#age(elapsed);
    this.#draw(now);
    if (this.#flights.length || this.#sparks.length || this.#words.length) {
      this.#frame = requestAnimationFrame((time) => this.#step(time));
    }
  }

  #land(now) {
    this.#flights = this.#flights.filter((flight) => {
      if (now < flight.start + FLIGHT) return true;
      const x = flight.to === 1 ? 0.95 : 0.05;
      this.#burst(x, flight.high, flight.kind);
      this.#words.push({ text: flight.kind, x, y: flight.high, life: 1 });
      return false;
    });
  }

  #burst(x, y, kind) {
    const colours = isFire(kind) ? FIRE : CALM;
    const inward = x > 0.5 ? -1 : 1;
    for (let index = 0; index < (SPARKS[kind] || 0); index++) {
      const angle = (Math.random() - 0.5) * Math.PI;
      const speed = (isFire(kind) ? 0.35 : 0.2) * (0.3 + Math.random());
      this.#sparks.push({
        x,
        y,
        dx: Math.cos(angle) * speed * inward,
        dy: Math.sin(angle) * speed * 1.6,
        life: 0.6 + Math.random() * 0.4,
        colour: colours[index % colours.length],
      });
    }
  }

  /** Each paddle glides to where the next ball meets it. */
  #movePaddles(now, elapsed) {
    for (const [side, end] of [["left", 0], ["right", 1]]) {
      const coming = this.#flights.find(({ to, start }) => to === end && start <= now);
      const goal = coming ? coming.high : 0.5;
      this.#paddles[side] += (goal - this.#paddles[side]) * Math.min(elapsed * 14, 1);
    }
  }

  #age(elapsed) {
    for (const spark of this.#sparks) {
      spark.x += spark.dx * elapsed;
      spark.y += spark.dy * elapsed;
      spark.dy += 0.9 * elapsed;
      spark.life -= elapsed * 1.6;
    }
    for (const word of this.#words) word.life -= elapsed * 1.2;
    this.#sparks = this.#sparks.filter(({ life }) => life > 0);
    this.#words = this.#words.filter(({ life }) => life > 0);
  }

  #resize() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#draw(performance.now());
  }

  #draw(now) {
    const { width, height } = this.#canvas.getBoundingClientRect();
    const context = this.#context;
    context.clearRect(0, 0, width, height);
    drawTable(context, width, height);
    drawPaddle(context, 0.035 * width, this.#paddles.left * height, height);
    drawPaddle(context, 0.965 * width, this.#paddles.right * height, height);
    for (const flight of this.#flights) drawBall(context, flight, now, width, height);
    for (const spark of this.#sparks) drawSpark(context, spark, width, height);
    for (const word of this.#words) drawWord(context, word, width, height);
  }
}

function isFire(kind) {
  return kind === "fireball" || kind === "bang!";
}

function drawTable(context, width, height) {
  context.strokeStyle = "#ffffff66";
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(0, height / 2);
  context.lineTo(width, height / 2);
  context.stroke();
  context.setLineDash([6, 8]);
  context.beginPath();
  context.moveTo(width / 2, 0);
  context.lineTo(width / 2, height);
  context.stroke();
  context.setLineDash([]);
}

function drawPaddle(context, x, y, height) {
  const size = Math.max(height * 0.2, 44);
  context.fillStyle = "#f6efe6";
  context.beginPath();
  context.roundRect(x - 5, y - size / 2, 10, size, 5);
  context.fill();
}

/** Where a flight is at a moment, in units of the table; null before it takes off. */
function position({ from, to, start, low, high, arc }, now) {
  const progress = (now - start) / FLIGHT;
  if (progress < 0 || progress > 1) return null;
  const x = 0.05 + 0.9 * (from + (to - from) * progress);
  const y = low + (high - low) * progress - Math.sin(progress * Math.PI) * arc;
  return { x, y };
}

function drawBall(context, flight, now, width, height) {
  const fire = isFire(flight.kind);
  const colours = fire ? FIRE : CALM;
  const size = fire ? 11 : 8;
  const tail = fire ? 12 : 7;
  for (let step = tail; step >= 0; step--) {
    const place = position(flight, now - step * 9);
    if (!place) continue;
    const age = step / (tail + 1);
    context.globalAlpha = step === 0 ? 1 : 0.55 * (1 - age);
    context.shadowColor = fire ? "#ff6a1a" : "transparent";
    context.shadowBlur = step === 0 && fire ? 24 : 0;
    context.fillStyle = colours[Math.floor(age * colours.length)];
    drawDisc(context, place.x * width, place.y * height, size * (1 - age * 0.6));
  }
  context.shadowColor = "transparent";
  context.globalAlpha = 1;
}

function drawSpark(context, { x, y, life, colour }, width, height) {
  context.globalAlpha = Math.max(Math.min(life, 1), 0);
  context.fillStyle = colour;
  drawDisc(context, x * width, y * height, 3 * life);
  context.globalAlpha = 1;
}

function drawDisc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}

function drawWord(context, { text, x, y, life }, width, height) {
  const left = x < 0.5;
  context.globalAlpha = Math.max(life, 0);
  context.fillStyle = isFire(text) ? "#ffd166" : "#ffffff";
  context.font = "700 18px system-ui, sans-serif";
  context.textAlign = left ? "left" : "right";
  context.fillText(text, x * width + (left ? 18 : -18), y * height - (1 - life) * 40);
  context.globalAlpha = 1;
}
