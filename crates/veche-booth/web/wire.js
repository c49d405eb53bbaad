// One WebSocket to the server, as a queue of frames.

const SUBPROTOCOL = 'veche.v2';
const CONNECT_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 10_000;
/** The server speaks when it is spoken to: no more of its frames than these ever wait. */
const FRAMES_MAX = 8;
/** RFC 6455's registry: the server has too much to do. */
const TRY_AGAIN_LATER = 1013;

export class Wire {
  /** @type {string[]} */ #frames = [];
  /** @type {() => void} */ #wake = () => {};
  /** @type {number | undefined} */ #closed;
  #socket;

  /** @param {WebSocket} socket @param {number} most Symbols of a frame. */
  constructor(socket, most) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.#frames.length === FRAMES_MAX) return socket.close();
      // The server speaks text only, and no longer than its messages are; anything else is taken as what it is, a frame that says nothing.
      this.#frames.push(typeof data === 'string' && data.length <= most ? data : '');
      this.#wake();
    };
    socket.onclose = (close) => {
      this.#closed = close.code;
      this.#wake();
    };
  }

  /** @param {URL} url @param {number} most Symbols of a frame. @returns {Promise<Wire | null>} null if nobody opens */
  static open(url, most) {
    const socket = new WebSocket(url, SUBPROTOCOL);
    const wire = new Wire(socket, most);
    return new Promise((done) => {
      const timer = setTimeout(() => socket.close(), CONNECT_TIMEOUT_MS);
      socket.onopen = () => {
        clearTimeout(timer);
        done(wire);
      };
      wire.#wake = () => {
        clearTimeout(timer);
        done(null);
      };
    });
  }

  get isClosed() {
    return this.#closed !== undefined;
  }

  /** What the end of this connection means for the vote. */
  get loss() {
    return this.#closed === TRY_AGAIN_LATER ? 'busy' : 'broken';
  }

  /** @param {string} frame */
  send(frame) {
    if (!this.isClosed) this.#socket.send(frame);
  }

  /** The next frame; null if none comes any more. @returns {Promise<string | null>} */
  async receive() {
    // By a clock that nobody sets.
    const until = performance.now() + ANSWER_TIMEOUT_MS;
    while (!this.#frames.length && !this.isClosed && performance.now() < until) {
      await new Promise((/** @type {(value?: any) => void} */ done) => {
        const timer = setTimeout(done, Math.max(0, until - performance.now()));
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
    return this.#frames.shift() ?? null;
  }

  /** The server closes when it has done with a session; who waits for that ends it in order. */
  leave() {
    setTimeout(() => this.#socket.close(), CLOSE_TIMEOUT_MS);
  }

  close() {
    this.#socket.close();
  }
}
