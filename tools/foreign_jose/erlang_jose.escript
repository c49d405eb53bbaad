#!/usr/bin/env escript
%% What tools/foreign_voter.py asks for, by erlang-jose: a question on standard input, the answer on standard output.
-mode(compile).

main(_) ->
    {ok, _} = application:ensure_all_started(jose),
    %% Without this its PS256 takes the longest salt that fits, 222 bytes; RFC 7518 wants as many as the hash has.
    Salted = {public_key, [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, 32}]},
    true = ets:insert(jose_jwa, {{rsa_sign, rsa_pkcs1_pss_padding}, Salted}),
    ok = io:setopts(standard_io, [binary, {encoding, latin1}]),
    #{<<"do">> := Do, <<"key">> := Key} = Asked = jose:decode(question(<<>>)),
    ok = file:write(standard_io, answer(Do, jose_jwk:from_map(Key), Asked)).

question(Text) ->
    case file:read(standard_io, 65536) of
        {ok, More} -> question(<<Text/binary, More/binary>>);
        eof -> Text
    end.

answer(<<"sign">>, Key, #{<<"payload">> := Payload, <<"header">> := Header}) ->
    {_, Token} = jose_jws:compact(jose_jws:sign(Key, Payload, Header)),
    Token;
answer(<<"open">>, Key, #{<<"token">> := Token}) ->
    {Payload, _} = jose_jwe:block_decrypt(Key, Token),
    true = is_binary(Payload),
    Payload;
answer(<<"verify">>, Key, #{<<"token">> := Token}) ->
    {true, Payload, _} = jose_jws:verify_strict(Key, [<<"PS256">>], Token),
    Payload;
answer(_, Key, #{<<"payload">> := Payload, <<"header">> := Header}) -> % seal, bare
    {_, Token} = jose_jwe:compact(jose_jwe:block_encrypt(Key, Payload, Header)),
    Token.
