//! What tools/foreign_voter.py asks for, by josekit: a question on standard input, the answer on standard output.

use std::{
    error::Error,
    io::{self, Write},
};

use josekit::{
    jwe::{self, Dir, JweHeader, RSA_OAEP_256},
    jwk::Jwk,
    jws::{self, JwsHeader, PS256},
};
use serde_json::{Map, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let asked: Value = serde_json::from_reader(io::stdin())?;
    io::stdout().write_all(&answer(&asked)?)?;
    Ok(())
}

fn answer(asked: &Value) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let object = |name: &str| -> Map<String, Value> { asked[name].as_object().cloned().unwrap_or_default() };
    let (payload, token, key) = (text("payload").as_bytes(), text("token"), Jwk::from_map(object("key"))?);
    Ok(match text("do") {
        "sign" => {
            let header = JwsHeader::from_map(object("header"))?;
            jws::serialize_compact(payload, &header, &PS256.signer_from_jwk(&key)?)?.into_bytes()
        }
        "seal" => {
            let header = JweHeader::from_map(object("header"))?;
            jwe::serialize_compact(payload, &header, &RSA_OAEP_256.encrypter_from_jwk(&key)?)?.into_bytes()
        }
        "bare" => {
            let header = JweHeader::from_map(object("header"))?;
            jwe::serialize_compact(payload, &header, &Dir.encrypter_from_jwk(&key)?)?.into_bytes()
        }
        "open" => jwe::deserialize_compact(token, &RSA_OAEP_256.decrypter_from_jwk(&key)?)?.0,
        _ => jws::deserialize_compact(token, &PS256.verifier_from_jwk(&key)?)?.0,
    })
}
