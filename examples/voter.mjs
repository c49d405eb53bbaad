// A voter's client for Veche on npm jose:  node voter.mjs CARD.json URL MARKS [MARKS ...]   (MARKS: one for each contest)
//
// The second example beside voter.py, and shorter: one ballot of an open election, recorded and its receipt checked. Names in
// brackets are files of docs/spec. No hello, no replacing, no file for a ballot without an answer: a client for people needs them.
// Exit codes: 0 recorded, 2 usage, 3 «Нет», 4 ballot refused, 6 a check failed, 7 no answer.
import { createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify, exportJWK, generateKeyPair, importJWK } from "jose";
import WebSocket from "ws";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SEED_AS_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const KEY_AS_SPKI = Buffer.from("302a300506032b6570032100", "hex");

function end(code, what) {
  console.error(what);
  process.exit(code);
}

function check(holds, what, code = 6) {
  if (!holds) end(code, code === 6 ? `check failed: ${what}` : what);
}

const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const b64 = (data) => Buffer.from(data).toString("base64url");
const compact = JSON.stringify; // [entry 2]: members in the order in which they were written
const publicPart = ({ kty, n, e }) => ({ kty, n, e }); // [envelope 2]: no `kid`
const thumbprint = ({ e, kty, n }) => sha(compact({ e, kty, n }));

function unb64(text) {
  const data = Buffer.from(text, "base64url");
  check(b64(data) === text, "not canonical base64url"); // [marks 2]
  return data;
}

// [marks 2]: every item behind its length
function frame(label, ...parts) {
  const item = (part) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    return Buffer.concat([length, part]);
  };
  return Buffer.concat([label, ...parts].map((part) => item(Buffer.from(part))));
}

// [entry 4]
function credentialKey(text, draftId) {
  const symbols = text.toUpperCase().replaceAll(/[- ]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  check(symbols.length === 32 && [...symbols].every((s) => CROCKFORD.includes(s)), "the card's credential is none");
  const bits = [...symbols].reduce((sum, s) => sum * 32n + BigInt(CROCKFORD.indexOf(s)), 0n);
  const data = Buffer.from(bits.toString(16).padStart(40, "0"), "hex");
  const [secret, sum] = [data.subarray(0, 16), data.subarray(16)];
  check(sha(frame("veche-credential-checksum-1", secret)).subarray(0, 4).equals(sum), "the credential has a typing error");
  const seed = Buffer.from(hkdfSync("sha256", secret, draftId, "veche-credential-1", 32));
  return createPrivateKey({ key: Buffer.concat([SEED_AS_PKCS8, seed]), format: "der", type: "pkcs8" });
}

const rawPublic = (key) => createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
const fromRaw = (raw) => createPublicKey({ key: Buffer.concat([KEY_AS_SPKI, raw]), format: "der", type: "spki" });

// [log 6], RFC 9162 section 2.1.3.2
function provenRoot(leaf, index, proof, size) {
  check(Number.isInteger(index) && index >= 0 && index < size && proof.length <= 40, "the receipt's index or proof");
  let [value, node, last] = [leaf, index, size - 1];
  for (const sibling of proof.map(unb64)) {
    check(last > 0 && sibling.length === 32, "the inclusion proof is too long");
    if (node % 2 || node === last) {
      value = sha(Buffer.from([1]), sibling, value);
      while (node && node % 2 === 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      value = sha(Buffer.from([1]), value, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  check(last === 0, "the inclusion proof is too short");
  return value;
}

// [log 3], [log 6]
function checkReceipt(receipt, electionId, board) {
  const [body, signatures] = receipt.checkpoint.split("\n\n");
  const [origin, size, root] = body.split("\n");
  check(origin === `veche/${electionId}` && size === String(Number(size)), "the checkpoint's origin or size");
  const keyId = sha(origin, Buffer.from("\n\x01"), board).subarray(0, 4);
  const signed = signatures.trimEnd().split("\n").some((line) => {
    const [dash, name, text] = line.split(" ");
    const signature = Buffer.from(text, "base64");
    const ours = dash === "—" && name === origin && signature.subarray(0, 4).equals(keyId);
    return ours && verify(null, Buffer.from(`${body}\n`), fromRaw(board), signature.subarray(4));
  });
  check(signed, "no signature of the board's under the checkpoint");
  const leaf = sha(Buffer.from([0]), receipt.entry);
  const proven = provenRoot(leaf, receipt.index, receipt.proof, Number(size));
  check(proven.equals(Buffer.from(root, "base64")), "no checkpoint proves the entry");
}

/** What the server sends, one by one. */
function receiver(socket) {
  const [waiting, come] = [[], []];
  const give = (message) => (waiting.length ? waiting.shift()(message) : come.push(message));
  socket.on("message", (data) => give(data.toString()));
  socket.on("close", () => give(null));
  socket.on("error", (error) => end(7, `no answer: ${error.message}`));
  return () => new Promise((take) => (come.length ? take(come.shift()) : waiting.push(take)));
}

async function main(card, url, marks) {
  const manifestText = await (await fetch(`${url}/election.json`)).text();
  const electionId = b64(sha(frame("veche-election-2", manifestText)));
  check(electionId === card.election, "this is not the election on the card"); // before anything else
  const manifest = JSON.parse(manifestText);
  check(compact(manifest) === manifestText, "the manifest is not canonical");
  const { keys, session: sizes } = manifest;
  const board = unb64(keys.board);
  const signer = credentialKey(card.credential, sha(frame("veche-draft-2", compact(manifest.draft))));

  // [entry 5]
  const head = { v: "veche-entry-2", election: electionId, credential: b64(rawPublic(signer)), seq: 1, prev: "A".repeat(43) };
  const unsigned = compact({ ...head, ballot: { kind: "open", marks } }).slice(0, -1);
  const entry = `${unsigned},"sig":"${b64(sign(null, frame("veche-entry-2", unsigned), signer))}"}`;

  // [session 3, 5], [envelope 3, 4, 5]
  const socket = new WebSocket(`${url.replace("http", "ws")}/session`, ["veche.v2"], { perMessageDeflate: false });
  const receive = receiver(socket);
  await new Promise((opened) => socket.once("open", opened));
  socket.send(card.number);
  const folder = await receive();
  check(folder !== "Нет", "Нет", 3);
  check(/^[a-z2-7]{26}$/.test(folder ?? ""), "the folder's name");

  const [sig, reply] = [await generateKeyPair("PS256", { extractable: true }), await generateKeyPair("RSA-OAEP-256", { extractable: true })];
  const [sigJwk, replyJwk] = [publicPart(await exportJWK(sig.publicKey)), publicPart(await exportJWK(reply.publicKey))];
  const four = [keys.server_enc, keys.server_sig, sigJwk, replyJwk].map(thumbprint);
  const statement = frame("veche-auth-1", unb64(electionId), folder, card.number, ...four);
  const place = { v: "veche-msg-2", election: electionId, folder, number: card.number };
  let [n, re] = [0, null];
  const payload = (type, fields) => {
    n += 1;
    const message = { ...place, dir: "up", n, to: b64(thumbprint(keys.server_enc)), re, type, ...fields, pad: "" };
    const missing = sizes.up_bytes - Buffer.byteLength(compact(message));
    check(missing >= 0, "these marks are too long for any ballot", 4);
    return Buffer.from(compact({ ...message, pad: ".".repeat(missing) }));
  };

  const inner = await new CompactSign(payload("ballot", { reply: replyJwk, auth: b64(sign(null, statement, signer)), entry }))
    .setProtectedHeader({ alg: "PS256", jwk: sigJwk })
    .sign(sig.privateKey);
  const token = await new CompactEncrypt(Buffer.from(inner))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "JWT" })
    .encrypt(await importJWK(keys.server_enc, "RSA-OAEP-256"));
  socket.send(token);

  const answerToken = await receive();
  check(answerToken, "no answer", 7);
  const opened = await compactDecrypt(answerToken, reply.privateKey, {
    keyManagementAlgorithms: ["RSA-OAEP-256"], contentEncryptionAlgorithms: ["A256GCM"],
  });
  const verified = await compactVerify(opened.plaintext, await importJWK(keys.server_sig, "PS256"), { algorithms: ["PS256"] });
  check(compact(opened.protectedHeader) === '{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}', "the answer's headers");
  check(compact(verified.protectedHeader) === '{"alg":"PS256"}', "the answer's headers");
  check(verified.payload.length === sizes.down_bytes, "the answer's length");
  const said = Buffer.from(verified.payload).toString();
  const answer = JSON.parse(said);
  const expected = { ...place, dir: "down", n: 1, to: b64(thumbprint(replyJwk)), re: b64(sha(token)) };
  check(compact(answer) === said && said.startsWith(`${compact(expected).slice(0, -1)},"type":`), "the answer belongs elsewhere");
  check(answer.type === "да", `нет: ${answer.code}`, 4);
  check(answer.receipt.entry === entry, "the receipt is of another entry");
  checkReceipt(answer.receipt, electionId, board);
  const file = `receipt-${card.number.replaceAll("/", "+")}-1.json`;
  writeFileSync(file, `${compact({ v: "veche-receipt-file-1", receipt: answer.receipt, manifest: manifestText })}\n`, { mode: 0o600 });
  console.log(`Recorded\nreceipt      ${file}`);

  // [envelope 6]: it is recorded, whether `ok` arrives or not
  re = b64(sha(answerToken));
  const ok = await new CompactEncrypt(payload("ok", {})).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(unb64(answer.key));
  socket.send(ok);
  await receive(); // the server deletes the folder, then closes
  socket.close();
}

const [cardFile, url, ...marks] = process.argv.slice(2);
check(marks.length > 0, "node voter.mjs CARD.json URL MARKS [MARKS ...]", 2);
try {
  await main(JSON.parse(readFileSync(cardFile, "utf-8")), url.replace(/\/$/, ""), marks);
} catch (error) {
  end(6, `${error.name} ${error.message}`);
}
