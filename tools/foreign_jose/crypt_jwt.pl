# What tools/foreign_voter.py asks for, by Perl's Crypt::JWT: a question on standard input, the answer on standard output.
use strict;
use warnings;
use Crypt::JWT qw(encode_jwt decode_jwt);
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical;
# Its own writes a header's members in another order each time, and that of `ok` has one form.
{ no warnings "redefine"; *Crypt::JWT::encode_json = sub ($) { $json->encode($_[0]) }; }
my $asked = $json->decode(join "", <STDIN>);
my ($do, $key, %header) = ($asked->{do}, $asked->{key}, %{$asked->{header} // {}});
if ($do eq "open" or $do eq "verify") {
    my @how = $do eq "open" ? (accepted_alg => "RSA-OAEP-256", accepted_enc => "A256GCM") : (accepted_alg => "PS256");
    print decode_jwt(token => $asked->{token}, key => $key, decode_payload => 0, @how);
} else {
    my %how = (alg => delete $header{alg}, extra_headers => \%header);
    $how{enc} = delete $header{enc} if exists $header{enc};
    my $payload = $asked->{payload};
    utf8::encode($payload);
    print encode_jwt(payload => $payload, key => $key, %how);
}
