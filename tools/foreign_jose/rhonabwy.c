/* What tools/foreign_voter.py asks for, by librhonabwy: a question on standard input, the answer on standard output. */
#include <jansson.h>
#include <rhonabwy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "librhonabwy: %s\n", what);
        exit(1);
    }
}

int main(void) {
    json_t *asked = json_loadf(stdin, 0, NULL);
    need(asked != NULL, "the question");
    const char *what = json_string_value(json_object_get(asked, "do"));
    const char *payload = json_string_value(json_object_get(asked, "payload"));
    const char *token = json_string_value(json_object_get(asked, "token"));
    json_t *header = json_object_get(asked, "header");
    jwk_t *key;
    need(r_global_init() == RHN_OK && r_jwk_init(&key) == RHN_OK, "it does not begin");
    need(r_jwk_import_from_json_t(key, json_object_get(asked, "key")) == RHN_OK, "the key");
    jws_t *jws;
    jwe_t *jwe;
    need(r_jws_init(&jws) == RHN_OK && r_jwe_init(&jwe) == RHN_OK, "memory");
    const unsigned char *out;
    size_t length;
    if (!strcmp(what, "sign")) {
        r_jws_set_alg(jws, R_JWA_ALG_PS256);
        r_jws_set_header_json_t_value(jws, "jwk", json_object_get(header, "jwk"));
        r_jws_set_payload(jws, (const unsigned char *)payload, strlen(payload));
        out = (const unsigned char *)r_jws_serialize(jws, key, 0);
        need(out != NULL, "sign");
        length = strlen((const char *)out);
    } else if (!strcmp(what, "seal") || !strcmp(what, "bare")) {
        r_jwe_set_alg(jwe, strcmp(what, "bare") ? R_JWA_ALG_RSA_OAEP_256 : R_JWA_ALG_DIR);
        r_jwe_set_enc(jwe, R_JWA_ENC_A256GCM);
        if (strcmp(what, "bare")) r_jwe_set_header_str_value(jwe, "cty", "JWT");
        r_jwe_set_payload(jwe, (const unsigned char *)payload, strlen(payload));
        out = (const unsigned char *)r_jwe_serialize(jwe, key, 0);
        need(out != NULL, "seal");
        length = strlen((const char *)out);
    } else if (!strcmp(what, "open")) {
        need(r_jwe_parse(jwe, token, 0) == RHN_OK && r_jwe_decrypt(jwe, key, 0) == RHN_OK, "open");
        out = r_jwe_get_payload(jwe, &length);
    } else {
        need(r_jws_parse(jws, token, 0) == RHN_OK && r_jws_verify_signature(jws, key, 0) == RHN_OK, "verify");
        out = r_jws_get_payload(jws, &length);
    }
    fwrite(out, 1, length, stdout);
    return 0;
}
