// The demo page: two connections to the same three topics, one by EventSource and one by WebSocket, and what comes in.
// Everything that arrives may be from strangers. It is checked before use and shown as text only.

// Where each topic begins on the first connection: enough history for the chart, without all of the chat.
const HISTORY = { 'demo:clock': 'last:1', 'demo:host': 'last:120', 'demo:chat': 'last:20' };
const CHAT = 'demo:chat';

const SILENCE = 20_000; // the server says something each 15 s, so after this the connection is dead
const QUIET = 4_000; // the clock ticks each second, so after this the page says that it doesn't
const LOST_AFTER = 8_000; // tries go on after this, but to call it reconnecting would be too kind
const BACKOFF = { first: 500, most: 5_000 };

const LANE_SPAN = 60_000;
const CHART_SPAN = 120_000;
const BREAK = 3_500; // a hole between two samples that the chart's line doesn't bridge
const LIST_LENGTH = 50;
const MEDIAN_OF = 15;

const byId = (id) => document.getElementById(id);
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
const finite = (value) => (Number.isFinite(value) ? value : null);

function parseJSON(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const endpoint = (path) => new URL(path, new URL('.', location.href));

function subscription(path, cursor, more) {
  const url = endpoint(path);
  for (const topic of Object.keys(HISTORY)) url.searchParams.append('topic', topic);
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  for (const from of cursor ? [cursor] : Object.values(HISTORY)) url.searchParams.append('cursor', from);
  return url;
}

// --- Connections ---

// What both techniques share: the state, the cursor, the counts and the way back after a break.
// A subclass opens and shuts the transport, and reports heard(), moved(), publication(), gap() and broke().
class Link {
  constructor(name, title, observer) {
    Object.assign(this, {
      name, title, observer, state: 'off', cursor: null, count: 0, opens: 0, gaps: 0, gapReason: '', failures: 0,
      latencies: [], marks: [], clock: null, reason: '',
      heardAt: 0, liveSince: 0, downSince: 0, tryingSince: 0, away: 0, retryAt: 0, timer: 0, early: [], gapHere: '', stopped: true,
    });
  }

  start() {
    this.failures = 0;
    this.reason = '';
    this.tryingSince = Date.now();
    this.stopped = false;
    this.become('connecting');
    this.attempt();
  }

  stop(state = 'off') {
    this.release();
    this.stopped = true;
    this.become(state);
  }

  attempt() {
    this.release();
    this.heardAt = Date.now();
    this.open();
  }

  release() {
    clearTimeout(this.timer);
    this.retryAt = 0;
    this.shut();
  }

  become(state) {
    if (this.state === 'live' && state !== 'live') this.downSince = Date.now();
    this.state = state;
    this.observer.changed();
  }

  // Live is only what has spoken: an accepted connection alone may still be an overloaded server's refusal.
  heard() {
    this.heardAt = Date.now();
    if (this.state === 'live') return;
    this.opens += 1;
    this.failures = 0;
    this.reason = '';
    this.liveSince = this.heardAt;
    this.away = this.downSince ? this.liveSince - this.downSince : 0;
    this.early = [];
    this.gapHere = '';
    this.become('live');
  }

  moved(cursor) {
    if (typeof cursor === 'string' && cursor) this.cursor = cursor;
    this.observer.changed();
  }

  publication(envelope) {
    if (!envelope || typeof envelope !== 'object' || typeof envelope.topic !== 'string') return;
    this.count += 1;
    this.observer.publication(this, envelope, performance.now());
  }

  gap(gap) {
    this.gaps += 1;
    this.gapReason = this.gapHere = typeof gap?.reason === 'string' ? gap.reason.slice(0, 20) : 'unknown';
    this.observer.gap(this, Array.isArray(gap?.topics) ? gap.topics : []);
  }

  // The connection is gone. `delay` is until the next try; without one the browser itself tries again.
  broke(reason, delay) {
    this.failures += 1;
    this.heardAt = Date.now();
    this.reason = reason;
    if (this.state === 'live') {
      this.tryingSince = Date.now();
      this.become('reconnecting');
    }
    if (delay === undefined) return;
    this.release();
    this.retryAt = Date.now() + delay;
    this.timer = setTimeout(() => this.attempt(), delay);
  }

  // Jitter spreads the return of many clients that lost the same server at the same moment.
  backoff() {
    return Math.min(BACKOFF.most, BACKOFF.first * 2 ** this.failures) * (0.5 + Math.random() / 2);
  }

  watch() {
    if (this.stopped) return;
    if (this.state !== 'live' && Date.now() - this.tryingSince > LOST_AFTER) this.become('lost');
    // A network that drops packets without a word never breaks a connection; silence has to.
    if (!this.retryAt && Date.now() - this.heardAt > SILENCE) this.broke('Nothing was heard for too long.', this.backoff());
  }
}

class SseLink extends Link {
  // A named event reaches only its own listener, so each name in use has to be known. A publication may also be named
  // like the connection's own events; it is the MessageEvent of the two.
  names = new Set(['message', 'chat', 'open', 'error']);

  open() {
    const source = new EventSource(subscription('sse', this.cursor, { format: 'envelope', hello: 1 }));
    this.source = source;
    for (const name of this.names) this.listen(source, name);
    for (const name of ['halley:hello', 'halley:cursor']) this.on(source, name, (data) => this.moved(data));
    this.on(source, 'halley:gap', (data) => this.gap(parseJSON(data)));
    source.addEventListener('error', (event) => {
      if (source === this.source && !(event instanceof MessageEvent)) this.failed(source);
    });
  }

  shut() {
    this.source?.close();
    this.source = null;
  }

  on(source, name, handle) {
    source.addEventListener(name, (event) => {
      if (source !== this.source || !(event instanceof MessageEvent)) return;
      this.heard();
      this.moved(event.lastEventId);
      handle(event.data);
    });
  }

  listen(source, name) {
    this.on(source, name, (data) => this.publication(parseJSON(data)));
  }

  // The WebSocket has seen an event name that this connection had no listener for.
  learn(name) {
    if (this.names.has(name) || this.names.size > 50) return;
    this.names.add(name);
    if (this.source) this.listen(this.source, name);
    if (this.state === 'live') this.observer.unheard(this, name);
  }

  failed(source) {
    if (source.readyState === EventSource.CLOSED) this.broke('The server refused the stream.', this.backoff());
    else this.broke('The browser tries again by itself, with Last-Event-ID.');
  }
}

class WsLink extends Link {
  static FINAL = new Set([1002, 1003, 1007, 1008, 1009]); // after these the contract says not to come back
  static REASONS = { 1001: 'The server is stopping.', 1013: 'The server is overloaded.' };

  open() {
    const url = subscription('ws', this.cursor, { hello: 1 });
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener('message', (event) => {
      if (socket === this.socket) this.message(event.data);
    });
    socket.addEventListener('close', (event) => {
      if (socket === this.socket) this.closed(event);
    });
  }

  shut() {
    const socket = this.socket;
    this.socket = null; // first, so that its close event is nobody's
    socket?.close();
  }

  message(text) {
    const value = typeof text === 'string' ? parseJSON(text) : null;
    if (!value) return;
    this.heard();
    this.moved(value.id ?? value.cursor ?? value.hello?.cursor);
    if (value.gap) this.gap(value.gap);
    else this.publication(value);
  }

  closed({ code, reason }) {
    if (WsLink.FINAL.has(code)) {
      this.reason = `The server closed the connection for good (${code}).`;
      this.stop('lost');
      return;
    }
    const asked = /^retry=(\d{1,6})$/.exec(reason);
    this.broke(WsLink.REASONS[code] ?? '', asked ? Number(asked[1]) : this.backoff());
  }
}

// --- The server's time ---

// How far this machine's clock is ahead of the server's: the least that any publication seemed to take. What comes out
// of the history took longer and does not count. It creeps up, so that a clock that was set meanwhile is noticed.
let skew = Infinity;

function observeTime(time) {
  skew = Math.min(Date.now() - time, skew + 1);
}

const localTime = (time) => time + skew;

// Whether a publication was made before the connection that delivered it was there.
const isLate = ({ time, since }) => localTime(time) < since - 30;

// --- What comes in ---

const samples = new Map(); // of the host, by id: both connections bring the same ones
let newest = null;
const ownPublications = new Map(); // by nonce: when, which links still await it, and the connections it began with
const arrived = { sse: [], ws: [] }; // chat that is not on the page yet, oldest first

const observer = {
  changed: () => scheduleRender(),

  publication(link, envelope, arrival) {
    const time = finite(envelope.time) ?? Date.now();
    observeTime(time);
    remember(link, envelope.topic, time);
    if (link === ws && typeof envelope.event === 'string') sse.learn(envelope.event);
    if (envelope.topic === 'demo:clock') link.clock = clockText(envelope.data) ?? link.clock;
    else if (envelope.topic === 'demo:host') takeSample(envelope, time);
    else takeChat(link, envelope, time, arrival);
    scheduleRender();
  },

  gap(link, topics) {
    if (topics.includes(CHAT)) arrived[link.name].push({ notice: `Gap (${link.gapReason}): what came here may be missing.` });
    scheduleRender();
  },

  unheard(link, name) {
    const text = `An event named “${shortened(name, 40)}” went by. An EventSource hears only names that it listens for; now it does.`;
    arrived[link.name].push({ notice: text });
  },
};

const sse = new SseLink('sse', 'Server-Sent Events', observer);
const ws = new WsLink('ws', 'WebSocket', observer);
const links = [sse, ws];

function remember(link, topic, time) {
  const mark = { topic, time, since: link.liveSince };
  link.marks.push(mark);
  if (link.marks.length > 1000) link.marks.splice(0, 500);
  if (Date.now() - link.liveSince < 5000 && link.early.length < 5000) link.early.push(mark);
}

function clockText(data) {
  const unix = finite(data?.unix);
  if (unix === null || Math.abs(unix) > 8e15) return null;
  return new Date(unix).toISOString().slice(-13, -5);
}

function takeSample({ id, data }, time) {
  if (!data || typeof data !== 'object' || samples.has(id)) return;
  const { cpu, load, cores, memory, network, connections, deliveries, deliveriesPerSecond } = data;
  const values = {
    cpu, cores, connections, deliveries, load: load?.[0], rate: deliveriesPerSecond,
    total: memory?.total, available: memory?.available, received: network?.received, sent: network?.sent,
  };
  const sample = { time };
  for (const [name, value] of Object.entries(values)) sample[name] = finite(value);
  samples.set(id, sample);
  if (!newest || time >= newest.time) newest = sample;
  if (samples.size > 400) samples.delete(samples.keys().next().value);
}

function takeChat(link, envelope, time, arrival) {
  const entry = { ...chatContent(envelope), time, own: false, latency: null };
  const own = ownPublications.get(envelope.data?.nonce);
  if (own?.awaited.delete(link)) {
    entry.own = true;
    // What was sent while this connection was down measures the break, not the delivery.
    if (own.opens.get(link) === link.opens) {
      entry.latency = arrival - own.sentAt;
      link.latencies.push(entry.latency);
      if (link.latencies.length > MEDIAN_OF) link.latencies.shift();
    }
  }
  const list = arrived[link.name];
  list.push(entry);
  if (list.length > LIST_LENGTH) list.shift();
}

// Anyone may publish anything: our own shape, plain text, any JSON, bytes.
function chatContent({ data, encoding, type }) {
  if (encoding === 'base64' && typeof data === 'string') {
    const length = Math.floor((data.replace(/=+$/, '').length * 3) / 4);
    return { text: `${shortened(String(type ?? 'binary'), 60)}, ${counted(length, 'byte')}: ${shortened(data, 48)}`, raw: true };
  }
  if (typeof data === 'string') return { text: shortened(data, 600) };
  if (typeof data?.text === 'string') {
    return { text: shortened(data.text, 600), from: typeof data.from === 'string' ? shortened(data.from, 40) : '' };
  }
  return { text: shortened(JSON.stringify(data) ?? '', 600), raw: true };
}

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);

// --- Publishing ---

// Not crypto.randomUUID: that is missing where the page is served without TLS to another machine.
function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) => b.toString(16).padStart(2, '0')).join('');
}

async function publish(text, from) {
  const nonce = randomHex(8);
  const sentAt = performance.now();
  const live = links.filter((link) => link.state === 'live');
  ownPublications.set(nonce, { sentAt, awaited: new Set(links), opens: new Map(live.map((link) => [link, link.opens])) });
  if (ownPublications.size > 200) ownPublications.delete(ownPublications.keys().next().value);

  const response = await fetch(endpoint(`publish?topic=${CHAT}&event=chat`), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text, from, sent: Date.now(), nonce }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = parseJSON(await response.text());
  if (!response.ok) throw new Error(answer?.error?.message || `The server answered ${response.status}.`);
  return { id: String(answer?.id ?? ''), took: performance.now() - sentAt };
}

function setUpPublishing() {
  const form = byId('publish');
  const input = byId('publish-input');
  const name = byId('publish-name');
  const status = byId('publish-status');
  name.value = `guest-${randomHex(2)}`;

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    input.focus();
    const text = input.value;
    if (!text.trim()) return;
    input.value = '';
    let failure = '';
    try {
      const { id, took } = await publish(text, name.value.trim() || 'guest');
      status.textContent = `Accepted in ${milliseconds(took)} as ${shortCursor(id)}.`;
    } catch (error) {
      failure = error instanceof TypeError || error.name === 'TimeoutError' ? 'the server can’t be reached.' : error.message;
      status.textContent = `Not published: ${failure}`;
      input.value ||= text;
    }
    status.classList.toggle('warn', failure !== '');
  });
}

// --- Words and numbers ---

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const grouped = new Intl.NumberFormat('en');

function milliseconds(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

function seconds(value) {
  if (value < 90_000) return `${Math.max(1, Math.round(value / 1000))} s`;
  return `${Math.round(value / 60_000)} min`;
}

const counted = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function bytes(value, base, units) {
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

const memorySize = (value) => (value === null ? '–' : bytes(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']));
const networkRate = (value) => (value === null ? '–' : bytes(value, 1000, ['B/s', 'kB/s', 'MB/s', 'GB/s']));
const whole = (value) => (value === null ? '–' : grouped.format(Math.round(value)));
const percent = (value) => (value === null ? '–' : `${Math.round(value * 100)} %`);

const shortCursor = (cursor) => (cursor.length > 18 ? `${cursor.slice(0, 4)}…${cursor.slice(-10)}` : cursor);

const GAPS = {
  epoch: 'the server has restarted with an empty log. From here on nothing is missing.',
  evicted: 'the history no longer reached back to the cursor.',
  skipped: 'this client read too slowly and was spared some publications.',
};

function note(link) {
  if (link.state === 'off') return link.cursor ? 'Disconnected by you. It will resume where it stopped.' : 'Disconnected.';
  if (link.state !== 'live') {
    const next = link.retryAt ? `Next try in ${seconds(link.retryAt - Date.now())}.` : '';
    return [link.reason, next].filter(Boolean).join(' ') || 'Trying to reach the server.';
  }
  const quiet = Date.now() - link.heardAt;
  if (quiet > QUIET) return `Nothing heard for ${seconds(quiet)}.`;
  if (link.gapHere) return `Gap: ${GAPS[link.gapHere] ?? link.gapHere}`;
  const late = link.early.filter(isLate).length;
  if (link.opens === 1) return `Began with ${counted(late, 'publication')} out of the history.`;
  const missed = late === 0 ? 'nothing was missed' : `${counted(late, 'missed publication')} delivered`;
  return `Resumed after ${seconds(link.away)}: ${missed}.`;
}

function overall() {
  const states = links.map((link) => link.state);
  if (states[0] === states[1] && states[0] === 'live') return ['live', 'Both connections live'];
  if (states.includes('live')) return ['live', 'One of two live'];
  if (states.includes('lost')) return ['lost', 'Server not reached'];
  if (states.includes('reconnecting')) return ['reconnecting', 'Reconnecting'];
  return states.includes('connecting') ? ['connecting', 'Connecting'] : ['off', 'Disconnected'];
}

// --- Rendering ---

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function buildPanel(link) {
  const root = byId('panel').content.firstElementChild.cloneNode(true);
  const fields = { root };
  for (const field of root.querySelectorAll('[data-field]')) {
    fields[field.dataset.field] = field;
    field.dataset.testid = `${link.name}-${field.dataset.field}`;
  }
  root.classList.add(link.name);
  root.setAttribute('aria-label', link.title);
  root.querySelector('h3').textContent = link.title;
  root.querySelector('code').textContent = `GET /${link.name}`;
  fields.lane.setAttribute('aria-label', `What arrived by ${link.title} in the last minute, by topic`);
  byId('panels').append(root);
  return fields;
}

const panels = new Map(links.map((link) => [link, buildPanel(link)]));

function renderPanel(link) {
  const panel = panels.get(link);
  const verb = link.stopped ? 'Connect' : 'Disconnect';
  const texts = {
    state: link.state,
    toggle: verb,
    clock: link.clock ?? '--:--:--',
    count: String(link.count),
    latency: link.latencies.length ? milliseconds(link.latencies.at(-1)) : '–',
    reconnects: String(Math.max(0, link.opens - 1)),
    gaps: link.gaps ? `${link.gaps} · ${link.gapReason}` : '0',
    cursor: shortCursor(link.cursor ?? '–'),
    note: note(link),
  };
  for (const [field, text] of Object.entries(texts)) setText(panel[field], text);
  panel.root.dataset.state = link.state;
  panel.toggle.setAttribute('aria-label', `${verb} ${link.title}`);
  panel.gaps.classList.toggle('told', link.gaps > 0);
  panel.cursor.title = link.cursor ?? '';
  panel.note.classList.toggle('warn', link.state === 'lost' || (link.state === 'live' && link.gapHere !== ''));
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function chatItem(entry, isNew) {
  if (entry.notice) return make('li', 'notice', entry.notice);
  const item = make('li', isNew ? 'new' : '');
  const by = make('div', 'by');
  by.append(make('bdi', '', entry.from || 'someone'));
  if (entry.own) by.append('you');
  if (entry.latency !== null) by.append(make('span', 'chip', milliseconds(entry.latency)));
  if (Math.abs(entry.time) < 8e15) by.append(make('time', '', timeOfDay.format(entry.time)));
  const text = make('div', entry.raw ? 'text data' : 'text', entry.text);
  text.dir = 'auto';
  item.append(by, text);
  return item;
}

function renderChat(link) {
  const entries = arrived[link.name].splice(0);
  if (entries.length === 0) return;
  const list = byId(`${link.name}-messages`);
  list.prepend(...entries.map((entry) => chatItem(entry, entries.length < 4)).reverse());
  while (list.children.length > LIST_LENGTH) list.lastElementChild.remove();
  setText(byId(`${link.name}-median`), link.latencies.length ? milliseconds(median(link.latencies)) : '–');
}

function renderTiles() {
  if (!newest) return;
  const { total, available, received, sent, connections, rate, deliveries } = newest;
  const used = total > 0 && available !== null ? total - available : null;
  const texts = {
    memory: memorySize(used),
    'memory-total': total === null ? '' : `of ${memorySize(total)}`,
    received: networkRate(received),
    sent: networkRate(sent),
    connections: whole(connections),
    rate: rate === null ? '–' : `${whole(rate)} /s`,
    deliveries: deliveries === null ? '' : `${whole(deliveries)} in all`,
  };
  for (const [id, text] of Object.entries(texts)) setText(byId(id), text);
  document.querySelector('.tiles').classList.toggle('stale', Date.now() - localTime(newest.time) > QUIET);
  byId('memory-bar').style.width = `${used === null ? 0 : Math.min(100, (used / total) * 100)}%`;
}

function render() {
  scheduled = false;
  for (const link of links) {
    renderPanel(link);
    renderChat(link);
  }
  const [state, words] = overall();
  document.querySelector('.overall').dataset.state = state;
  setText(byId('overall'), words);
  renderTiles();
  drawChart();
}

// A burst out of the history is many publications but one look at the page.
let scheduled = false;

function scheduleRender() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(render);
}

// --- Drawing ---

let palette = {};

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['sse', 'ws', 'cpu', 'load', 'soft', 'line']) palette[name] = style.getPropertyValue(`--${name}`).trim();
  palette.font = getComputedStyle(document.body).fontFamily;
}

// A context in CSS pixels, over a bitmap in the screen's own.
function surface(canvas) {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

function drawLane(link) {
  const { context, width, height } = surface(panels.get(link).lane);
  const topics = Object.keys(HISTORY);
  const left = 48;
  const span = width - left - 12;
  const rowY = (row) => Math.round((height * (row + 0.75)) / (topics.length + 0.5)) + 0.5;
  context.font = `11px ${palette.font}`;
  context.textBaseline = 'middle';
  topics.forEach((topic, row) => {
    context.fillStyle = palette.soft;
    context.fillText(topic.slice('demo:'.length), 10, rowY(row));
    context.fillStyle = palette.line;
    context.fillRect(left, rowY(row) - 0.5, span, 1);
  });
  context.fillStyle = context.strokeStyle = palette[link.name];
  context.lineWidth = 1.25;
  for (const mark of link.marks) {
    const age = Math.max(0, Date.now() - localTime(mark.time));
    if (age > LANE_SPAN) continue;
    const x = left + span * (1 - age / LANE_SPAN);
    drawMark(context, x, rowY(Math.max(0, topics.indexOf(mark.topic))), mark.topic === CHAT ? 3.5 : 2.2, isLate(mark));
  }
}

function drawMark(context, x, y, radius, hollow) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (hollow) context.stroke();
  else context.fill();
}

let pointer = null; // the pointer's place over the chart, in CSS pixels

function drawChart() {
  const { context, width, height } = surface(byId('load-chart'));
  const from = Date.now() - CHART_SPAN - BREAK;
  const shown = [...samples.values()].filter(({ time }) => localTime(time) > from).sort((a, b) => a.time - b.time);
  const cores = shown.at(-1)?.cores ?? 1;
  const top = niceTop(Math.max(1, cores, ...shown.map(({ load }) => load ?? 0)));
  const plot = { left: 46, right: width - 40, top: 12, bottom: height - 26 };
  plot.x = (time) => plot.right - ((Date.now() - localTime(time)) / CHART_SPAN) * (plot.right - plot.left);
  plot.y = (share) => plot.bottom - Math.min(1, Math.max(0, share)) * (plot.bottom - plot.top);

  drawAxes(context, plot, top);
  context.save();
  context.beginPath();
  context.rect(plot.left, 0, plot.right - plot.left + 4, height);
  context.clip();
  drawSeries(context, plot, shown, ({ cpu }) => cpu, palette.cpu, true);
  drawSeries(context, plot, shown, ({ load }) => (load === null ? null : load / top), palette.load, false);
  const focus = pointer === null ? null : nearest(shown, plot);
  if (focus) drawFocus(context, plot, focus);
  context.restore();
  renderReadout(focus ?? shown.at(-1));
}

// A top that its quarters divide into round labels.
function niceTop(value) {
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((n) => n * step).find((candidate) => candidate >= value - 1e-9);
}

function drawAxes(context, plot, top) {
  context.font = `11px ${palette.font}`;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const y = Math.round(plot.y(share));
    context.fillStyle = palette.line;
    context.fillRect(plot.left, y, plot.right - plot.left, 1);
    context.textAlign = 'right';
    context.fillStyle = palette.cpu;
    context.fillText(`${share * 100} %`, plot.left - 8, y);
    context.textAlign = 'left';
    context.fillStyle = palette.load;
    context.fillText(String(Number((top * share).toFixed(2))), plot.right + 8, y);
  }
  context.fillStyle = palette.soft;
  context.textBaseline = 'alphabetic';
  const labels = ['2 min ago', '1 min', 'now'];
  labels.forEach((label, index) => {
    context.textAlign = ['left', 'center', 'right'][index];
    context.fillText(label, plot.left + (index / 2) * (plot.right - plot.left), plot.bottom + 19);
  });
}

// Only neighbours are joined: where samples are missing, the line has a hole too.
function drawSeries(context, plot, shown, share, colour, filled) {
  const line = new Path2D();
  const area = new Path2D();
  let before = null;
  for (const sample of shown) {
    const value = share(sample);
    const point = value === null ? null : { x: plot.x(sample.time), y: plot.y(value), time: sample.time };
    if (point && before && point.time - before.time < BREAK) {
      line.lineTo(point.x, point.y);
      area.moveTo(before.x, plot.bottom);
      for (const [x, y] of [[before.x, before.y], [point.x, point.y], [point.x, plot.bottom]]) area.lineTo(x, y);
    } else if (point) {
      line.moveTo(point.x, point.y);
    }
    before = point;
  }
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.stroke(line);
  context.globalAlpha = filled ? 0.12 : 0;
  context.fill(area);
  context.globalAlpha = 1;
}

function nearest(shown, plot) {
  const distance = ({ time }) => Math.abs(plot.x(time) - pointer);
  const best = shown.reduce((a, b) => (a && distance(a) < distance(b) ? a : b), null);
  return best && distance(best) < 20 ? best : null;
}

function drawFocus(context, plot, sample) {
  context.fillStyle = palette.soft;
  context.fillRect(Math.round(plot.x(sample.time)), plot.top, 1, plot.bottom - plot.top);
}

function renderReadout(sample) {
  const age = sample ? Date.now() - localTime(sample.time) : 0;
  setText(byId('cpu-now'), percent(sample?.cpu ?? null));
  setText(byId('load-now'), sample?.load?.toFixed(2) ?? '–');
  const cores = sample?.cores ? `${counted(sample.cores, 'core')} · ` : '';
  setText(byId('readout-when'), sample ? cores + (age > BREAK ? `${seconds(age)} ago` : 'now') : 'No data of the last two minutes');
}

function setUpChart() {
  for (const name of ['pointermove', 'pointerleave', 'pointercancel']) {
    byId('load-chart').addEventListener(name, (event) => {
      pointer = name === 'pointermove' ? event.offsetX : null;
      scheduleRender();
    });
  }
}

// --- Commands ---

function commands() {
  return [
    ['Watch the clock', `curl -N '${endpoint('sse?topic=demo:clock')}'`],
    ['Say hello on this page', `curl -d hello '${endpoint('publish?topic=demo:chat')}'`],
    ['The same with a name, as JSON', `curl --json '{"from":"me","text":"hello"}' '${endpoint('publish?topic=demo:chat&event=chat')}'`],
  ];
}

// The clipboard's own interface exists only with TLS or on localhost; a selection can be copied everywhere.
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand('copy');
  }
}

function setUpCommands() {
  for (const [title, line] of commands()) {
    const item = make('li');
    const code = make('code', '', line);
    const button = make('button', '', 'Copy');
    button.type = 'button';
    button.title = `Copy: ${title}`;
    button.addEventListener('click', async () => {
      button.textContent = byId('said').textContent = (await copy(code)) ? 'Copied' : 'Selected';
      setTimeout(() => {
        button.textContent = 'Copy';
        byId('said').textContent = '';
      }, 1800);
    });
    item.append(make('p', '', title), code, button);
    byId('commands').append(item);
  }
}

// --- The page ---

function drawLanes() {
  if (!document.hidden) links.forEach(drawLane);
  setTimeout(drawLanes, reducedMotion.matches ? 1000 : 100);
}

function everySecond() {
  for (const link of links) link.watch();
  scheduleRender();
}

function hurry() {
  for (const link of links) if (link.retryAt && !document.hidden) link.attempt();
}

readPalette();
setUpPublishing();
setUpChart();
setUpCommands();
for (const link of links) {
  panels.get(link).toggle.addEventListener('click', () => {
    if (link.stopped) link.start();
    else link.stop();
    render();
  });
  link.start();
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  readPalette();
  scheduleRender();
});
addEventListener('resize', scheduleRender);
addEventListener('online', hurry);
document.addEventListener('visibilitychange', hurry);
setInterval(everySecond, 1000);
drawLanes();
