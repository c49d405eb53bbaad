// What tools/foreign_voter.py asks for, by node-jose: a question on standard input, the answer on standard output.
const { JWE, JWK, JWS } = require("node-jose");

async function answer({ do: what, key, header, payload, token }) {
  const made = await JWK.asKey(key);
  // Without this it names the key by a `kid` of its own; and without the second it takes the low byte of each character.
  const recipient = { key: made, reference: false };
  switch (what) {
    case "sign":
      return JWS.createSign({ format: "compact", fields: header }, recipient).update(payload, "utf8").final();
    case "seal": case "bare": {
      const { enc, ...fields } = header;
      return JWE.createEncrypt({ format: "compact", contentAlg: enc, fields }, recipient).update(payload, "utf8").final();
    }
    case "open":
      return (await JWE.createDecrypt(made, { algorithms: ["RSA-OAEP-256", "A256GCM"] }).decrypt(token)).payload;
    default:
      return (await JWS.createVerify(made, { algorithms: ["PS256"] }).verify(token)).payload;
  }
}

let text = "";
process.stdin.on("data", (data) => { text += data; });
process.stdin.on("end", async () => process.stdout.write(await answer(JSON.parse(text))));
