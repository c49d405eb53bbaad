// One WebSocket to the server, as a queue of frames.

const SUBPROTOCOL = 'veche.v1';
const CONNECT_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 10_000;
/** RFC 6455's registry: the server has too much to do. */
const TRY_AGAIN_LATER = 1013;

export class Wire {
  /** @type {string[]} */ #frames = [];
  /** @type {() => void} */ #wake = () => {};
  /** @type {number | undefined} */ #closed;
  #socket;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.onmessage = (message) => {
      // The server speaks text only; anything else is answered as what it is, a frame that says nothing.
      this.#frames.push(typeof message.data === 'string' ? message.data : '');
      this.#wake();
    };
    socket.onclose = (close) => {
      this.#closed = close.code;
      this.#wake();
    };
  }

  /** @param {URL} url @returns {Promise<Wire | null>} null if nobody opens */
  static open(url) {
    const socket = new WebSocket(url, SUBPROTOCOL);
    const wire = new Wire(socket);
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
    const until = Date.now() + ANSWER_TIMEOUT_MS;
    while (!this.#frames.length && !this.isClosed && Date.now() < until) {
      await new Promise((/** @type {(value?: any) => void} */ done) => {
        const timer = setTimeout(done, Math.max(0, until - Date.now()));
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
