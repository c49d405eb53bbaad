// What tools/foreign_voter.py asks for, by go-jose: a question on standard input, the answer on standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"gopkg.in/square/go-jose.v2"
)

type question struct {
	Do      string          `json:"do"`
	Key     jose.JSONWebKey `json:"key"`
	Payload string          `json:"payload"`
	Token   string          `json:"token"`
}

func must[T any](made T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return made
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		must(0, err)
	}
	fmt.Print(answer(asked))
}

func answer(asked question) string {
	payload := []byte(asked.Payload)
	seal := func(algorithm jose.KeyAlgorithm, options *jose.EncrypterOptions) string {
		to := jose.Recipient{Algorithm: algorithm, Key: asked.Key.Key}
		made := must(jose.NewEncrypter(jose.A256GCM, to, options))
		return must(must(made.Encrypt(payload)).CompactSerialize())
	}
	switch asked.Do {
	case "sign":
		key := jose.SigningKey{Algorithm: jose.PS256, Key: asked.Key.Key}
		signer := must(jose.NewSigner(key, &jose.SignerOptions{EmbedJWK: true}))
		return must(must(signer.Sign(payload)).CompactSerialize())
	case "seal":
		return seal(jose.RSA_OAEP_256, (&jose.EncrypterOptions{}).WithContentType("JWT"))
	case "bare":
		return seal(jose.DIRECT, nil)
	case "open":
		return string(must(must(jose.ParseEncrypted(asked.Token)).Decrypt(asked.Key.Key)))
	default:
		return string(must(must(jose.ParseSigned(asked.Token)).Verify(asked.Key.Key)))
	}
}
