//! TLS with a certificate made on the spot: votes over it, and what it refuses.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{NamedGroup, ProtocolVersion, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use veche_client::Trust;
use veche_server::tls::TlsFiles;

use crate::{
    arena::Arena,
    commands::{Folder, Serving},
};

/// Writes `ca.pem`, and `certificate.pem` with `key.pem` for 127.0.0.1 that it has signed.
pub fn make_certificates(dir: &Path) {
    make_certificates_until(dir, (4096, 1, 1));
}

/// Valid until this day.
fn make_certificates_until(dir: &Path, (year, month, day): (i32, u8, u8)) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    std::fs::write(dir.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let authority = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(year, month, day);
    std::fs::write(dir.join("certificate.pem"), params.signed_by(&key, &authority).unwrap().pem()).unwrap();
    std::fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
}

/// As `make_certificates`, with an authority in between, which is to stand behind the certificate in its file; gives its certificate.
fn make_chain(dir: &Path) -> String {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params, KeyPair::generate().unwrap())
    };
    let (params, key) = authority("root");
    std::fs::write(dir.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let root = Issuer::new(params, key);
    let (params, key) = authority("between");
    let between = params.signed_by(&key, &root).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(dir.join("certificate.pem"), params.signed_by(&key, &issuer).unwrap().pem()).unwrap();
    std::fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
    between
}

/// An open election `e` of three voters at an https address.
fn served() -> (Folder, Serving, String) {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B,C", "--voters", "3", "--rule", "sum", "--secrecy", "open"]);
    make_certificates(&folder.path("e"));
    std::fs::rename(folder.path("e/ca.pem"), folder.path("ca.pem")).unwrap();
    let text = std::fs::read_to_string(folder.path("e/election.toml")).unwrap();
    let (before, commented) = text.split_once("# [tls]").unwrap();
    std::fs::write(folder.path("e/election.toml"), format!("{before}[tls]{}", commented.replace("# ", ""))).unwrap();
    let (serving, port) = folder.serve(&["serve", "e", "--any-port"]);
    // Through the running server, at an address that its certificate need not name.
    folder.exits(0, &["open", "e"]);
    (folder, serving, format!("https://127.0.0.1:{port}"))
}

#[test]
fn a_whole_vote_over_tls_to_the_checked_record() {
    let (folder, _serving, url) = served();
    let vote = ["vote", "2", "--card", "e/cards/2.json", "--url", &url, "--ballot", "123", "--ca", "ca.pem"];
    let said = folder.exits(0, &vote);
    assert!(said.contains("Recorded"), "{said}");
    folder.exits(0, &["verify-receipt", "receipt-2-1.json", "--record", &url, "--ca", "ca.pem"]);
    assert!(folder.exits(0, &["status", "e"]).contains("1 of 3"));
    folder.exits(0, &["close", "e"]);
    let out = folder.command(&["verify", &url]).env("VECHE_CA", "ca.pem").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_server_that_the_authority_has_not_signed_for_is_refused_before_anything_is_sent() {
    let (folder, _serving, url) = served();
    let vote = |more: &[&str], url: &str| {
        let args = ["vote", "2", "--card", "e/cards/2.json", "--url", url, "--ballot", "123"];
        folder.exits(7, &[&args, more].concat())
    };
    let said = vote(&[], &url);
    assert!(said.contains("UnknownIssuer"), "browsers do not know our authority: {said}");
    make_certificates(&folder.path(""));
    let said = vote(&["--ca", "ca.pem"], &url);
    assert!(said.contains("invalid peer certificate"), "another authority of the same name: {said}");
    assert!(folder.exits(0, &["status", "e"]).contains("0 of 3"));
    let said = folder.exits(1, &["status", &url, "--ca", "nowhere.pem"]);
    assert!(said.contains("nowhere.pem"), "{said}");
}

#[test]
fn a_name_that_the_certificate_does_not_hold_is_refused() {
    let (folder, _serving, url) = served();
    let said = folder.exits(7, &["status", &url.replace("127.0.0.1", "localhost"), "--ca", "ca.pem"]);
    assert!(said.contains("NotValidForName") || said.contains("not valid for name"), "{said}");
}

#[test]
fn plain_http_to_a_tls_address_is_told_so() {
    let (folder, _serving, url) = served();
    let said = folder.exits(1, &["status", &url.replace("https", "http")]);
    assert!(said.contains("this address speaks TLS"), "{said}");
    let mut stream = std::net::TcpStream::connect(url.strip_prefix("https://").unwrap()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\r\nCache-Control: no-store\r\n"), "row 62: {answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{answer}");
}

#[test]
fn a_server_does_not_start_with_the_key_of_another_certificate() {
    let (folder, serving, _) = served();
    assert_eq!(serving.terminate(), 0);
    std::fs::write(folder.path("e/key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let said = folder.exits(1, &["serve", "e", "--any-port"]);
    assert!(said.contains("certificate.pem"), "{said}");
}

/// `veche witness serve` at an https address, with the certificate in `tls/`; its address.
fn serve_witness(folder: &Folder, name: &str, tls: &str) -> (Serving, String) {
    let key = format!("{name}.witness");
    let (certificate, certificate_key) = (format!("{tls}/certificate.pem"), format!("{tls}/key.pem"));
    let files = ["--certificate", &certificate, "--certificate-key", &certificate_key];
    let serve = ["witness", "serve", "--key", &key, "--election", "e/election.json", "0"];
    let mut child = folder.command(&[&serve[..], &files].concat()).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let serving = Serving(child);
    let line = said.map(Result::unwrap).find(|line| line.contains("https://")).expect("it says where it is");
    (serving, line.split_whitespace().find(|word| word.starts_with("https://")).unwrap().trim_matches('.').to_owned())
}

/// `docs/spec/log.md` section 8 over TLS: two witnesses, of whom the server knows one's authority.
#[test]
fn the_server_gathers_cosignatures_over_tls_and_only_from_witnesses_whose_certificate_it_trusts() {
    let folder = Folder::new();
    let mut file = "title = \"e\"\nsecrecy = \"open\"\nrule = \"sum\"\n".to_owned();
    for name in ["anna", "boris"] {
        std::fs::create_dir(folder.path(name)).unwrap();
        make_certificates(&folder.path(name));
        let init = ["witness", "init", "--name", name, "--key", &format!("{name}.witness")];
        let lines = String::from_utf8(folder.run(&init).stdout).unwrap();
        file += &format!("\n{}", lines.replace("http://127.0.0.1:8090", &format!("https://{name}.invalid")));
    }
    file += "\n[[contest]]\ntitle = \"c\"\ncandidates = [\"A\", \"B\"]\n";
    std::fs::write(folder.path("e.toml"), file).unwrap();
    folder.exits(0, &["new", "e", "--from", "e.toml", "--voters", "3"]);
    let (_anna, at_anna) = serve_witness(&folder, "anna", "anna");
    let (_boris, at_boris) = serve_witness(&folder, "boris", "boris");
    let config = std::fs::read_to_string(folder.path("e/election.toml")).unwrap();
    let config = config.replace("https://anna.invalid", &at_anna).replace("https://boris.invalid", &at_boris);
    std::fs::write(folder.path("e/election.toml"), config).unwrap();

    let (_serving, port) = folder.serve(&["serve", "e", "--any-port", "--ca", "anna/ca.pem"]);
    folder.exits(0, &["open", "e"]);
    let said = folder.exits(0, &["vote", "1", "2", &port, "--card", "e/cards/1.json", "--ballot", "12"]);
    assert!(said.contains("Recorded"), "no voter waits for a witness: {said}");
    let checkpoint = || std::fs::read_to_string(folder.path("e/checkpoint")).unwrap();
    let begun = Instant::now();
    let status: serde_json::Value = serde_json::from_str(&folder.exits(0, &["status", "e", "--json"])).unwrap();
    let size = format!("\n{}\n", status["entries"]);
    while !(checkpoint().contains(&size) && checkpoint().contains("— anna ")) {
        assert!(begun.elapsed() < Duration::from_secs(30), "no cosignature of the log's last state: {}", checkpoint());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!checkpoint().contains("— boris "), "{}", checkpoint());
    let log = std::fs::read_to_string(folder.path("server.log")).unwrap();
    let refused = log.lines().find(|line| line.contains("\"witness\":\"boris\"")).expect(&log);
    assert!(refused.contains("a witness did not sign") && refused.contains("certificate"), "{refused}");
    let state = |name: &str| {
        let files = std::fs::read_dir(folder.path(&format!("{name}.witness.state"))).unwrap();
        files.filter(|file| file.as_ref().unwrap().file_name() != "lock").count()
    };
    assert_eq!((state("anna"), state("boris")), (1, 0), "nothing was sent to a stranger");
}

#[test]
fn a_witness_with_half_of_an_identity_or_a_wrong_one_does_not_start() {
    let (folder, _serving, _) = served();
    folder.exits(0, &["witness", "init", "--name", "anna", "--key", "anna.witness"]);
    let serve = ["witness", "serve", "--key", "anna.witness", "--election", "e/election.json", "0"];
    let starts = |code, more: &[&str]| folder.exits(code, &[&serve[..], more].concat());
    starts(2, &["--certificate", "e/certificate.pem"]);
    starts(2, &["--certificate-key", "e/key.pem"]);
    let said = starts(1, &["--certificate", "e/certificate.pem", "--certificate-key", "anna.witness"]);
    assert!(said.contains("anna.witness"), "{said}");
}

async fn arena(dir: &Path) -> Arena {
    make_certificates(dir);
    let files = TlsFiles { certificate: dir.join("certificate.pem"), key: dir.join("key.pem") };
    let limits = |limits: &mut veche_server::limits::Limits| {
        (limits.header_timeout_s, limits.connections_per_address) = (1, 3);
    };
    Arena::with(|file| file.tls = Some(files), limits).await
}

async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("https://").unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_exchange_is_x25519mlkem768_over_tls_1_3() {
    let dir = tempfile::tempdir().unwrap();
    let arena = arena(dir.path()).await;
    let connector = Trust::only(&dir.path().join("ca.pem")).unwrap().connector().unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut stream = connector.connect(name, connect(&arena.url).await).await.unwrap();
    let (_, tls) = stream.get_ref();
    assert_eq!(tls.negotiated_key_exchange_group().unwrap().name(), NamedGroup::X25519MLKEM768);
    assert_eq!(tls.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    stream.write_all(b"GET /checkpoint HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Row 35 with TLS: a page that came without it is not the server's own, whatever host it names.
#[tokio::test(flavor = "multi_thread")]
async fn row_35_with_tls_of_its_own_a_server_takes_no_page_that_came_without() {
    let dir = tempfile::tempdir().unwrap();
    let arena = arena(dir.path()).await;
    let connector = Trust::only(&dir.path().join("ca.pem")).unwrap().connector().unwrap();
    for (origin, expected) in [("https", "101"), ("http", "403"), ("HTTPS", "403"), ("wss", "403")] {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut stream = connector.connect(name, connect(&arena.url).await).await.unwrap();
        let request = format!(
            "GET /session HTTP/1.1\r\nHost: vote.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             Sec-WebSocket-Protocol: veche.v2\r\nOrigin: {origin}://vote.example\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(std::str::from_utf8(&answer[9..]).unwrap(), expected, "{origin}");
    }
}

/// Row 34 with TLS: who says nothing, or begins and stops, holds a place no longer than a slow head would.
#[tokio::test(flavor = "multi_thread")]
async fn row_34_a_handshake_that_does_not_come_is_closed_in_time_and_counts_until_then() {
    let dir = tempfile::tempdir().unwrap();
    let arena = arena(dir.path()).await;
    let begun = Instant::now();
    let mut silent = Vec::new();
    for said in [&b""[..], &[0x16], &[0x16, 3, 1, 2, 0, 1]] {
        let mut stream = connect(&arena.url).await;
        stream.write_all(said).await.unwrap();
        silent.push(stream);
    }
    let mut buffer = [0; 64];
    let mut fourth = connect(&arena.url).await;
    fourth.write_all(&[0x16]).await.unwrap();
    let mut longest_silent = silent.remove(0);
    let made_room = tokio::time::timeout(Duration::from_millis(700), longest_silent.read(&mut buffer)).await;
    assert!(matches!(made_room, Ok(Ok(0) | Err(_))), "three places of an address, all taken: {made_room:?}");
    silent.push(fourth);
    for mut stream in silent {
        let closed = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await;
        assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
    }
    assert!(begun.elapsed() >= Duration::from_millis(900), "they had their second");
    let connector = Trust::only(&dir.path().join("ca.pem")).unwrap().connector().unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    connector.connect(name, connect(&arena.url).await).await.expect("the places are free again");
}

/// What `openssl req -x509` makes is an authority's certificate, which no server may show: the recipe is told.
#[test]
fn a_certificate_of_an_authority_as_the_servers_own_is_explained() {
    let folder = Folder::new();
    folder.exits(0, &["new", "e", "--candidates", "A,B,C", "--voters", "3", "--rule", "sum", "--secrecy", "open"]);
    let serve = |is_ca: IsCa| {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        std::fs::write(folder.path("e/certificate.pem"), &certificate).unwrap();
        std::fs::write(folder.path("ca.pem"), certificate).unwrap();
        std::fs::write(folder.path("e/key.pem"), key.serialize_pem()).unwrap();
        let path = folder.path("e/election.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        if let Some((before, commented)) = text.split_once("# [tls]") {
            std::fs::write(path, format!("{before}[tls]{}", commented.replace("# ", ""))).unwrap();
        }
        let (serving, port) = folder.serve(&["serve", "e", "--any-port"]);
        (serving, format!("https://127.0.0.1:{port}"))
    };
    let (serving, url) = serve(IsCa::Ca(BasicConstraints::Unconstrained));
    let said = folder.exits(7, &["status", &url, "--ca", "ca.pem"]);
    assert!(said.contains("CaUsedAsEndEntity") && said.contains("basicConstraints=critical,CA:FALSE"), "{said}");
    let vote = ["vote", "2", "--card", "e/cards/2.json", "--url", &url, "--ballot", "123", "--ca", "ca.pem"];
    assert!(folder.exits(7, &vote).contains("CA:FALSE"));
    assert_eq!(serving.terminate(), 0);
    // As the recipe makes it.
    let (serving, url) = serve(IsCa::ExplicitNoCa);
    folder.exits(0, &["status", &url, "--ca", "ca.pem"]);
    assert_eq!(serving.terminate(), 0);
}

/// A certificate is renewed while the server runs; one that cannot be used changes nothing.
#[test]
fn a_new_certificate_is_shown_without_a_restart_and_a_broken_one_never() {
    let (folder, _serving, url) = served();
    let trusts = |ca: &str| folder.run(&["status", &url, "--ca", ca]).status.success();
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < Duration::from_secs(30), "{what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    assert!(trusts("ca.pem"));
    std::fs::create_dir(folder.path("new")).unwrap();
    make_certificates(&folder.path("new"));
    assert!(!trusts("new/ca.pem"), "another authority");
    let log = || std::fs::read_to_string(folder.path("server.log")).unwrap();
    // One file after the other: between the two they do not fit together.
    std::fs::copy(folder.path("new/certificate.pem"), folder.path("e/certificate.pem")).unwrap();
    until("the files were looked at", &|| {
        assert!(trusts("ca.pem"), "the certificate before is still shown");
        log().contains("cannot be used")
    });
    std::fs::rename(folder.path("new/key.pem"), folder.path("e/key.pem")).unwrap();
    until("the new certificate is shown", &|| trusts("new/ca.pem"));
    assert!(!trusts("ca.pem") && log().contains("the certificate has changed"), "{}", log());
    std::fs::remove_file(folder.path("e/key.pem")).unwrap();
    until("the missing file was noticed", &|| {
        assert!(trusts("new/ca.pem"), "the server goes on");
        log().matches("cannot be used").count() == 2
    });
}

/// `veche check` says before the first voter comes what is wrong with the certificate.
#[test]
fn a_certificate_that_no_voter_would_take_is_found_by_check() {
    let folder = Folder::new();
    let new = ["new", "e", "--candidates", "A,B", "--voters", "3", "--rule", "sum", "--secrecy", "open"];
    folder.exits(0, &[&new[..], &["--url", "https://127.0.0.1:8443", "--closes", "2030-01-01T00:00:00Z"]].concat());
    let text = std::fs::read_to_string(folder.path("e/election.toml")).unwrap();
    let (before, commented) = text.split_once("# [tls]").unwrap();
    let text = format!("{before}[tls]{}", commented.replace("# ", ""));
    std::fs::write(folder.path("e/election.toml"), &text).unwrap();
    let says = |code: i32, more: &[&str], what: &str| {
        let said = folder.exits(code, &[&["check", "e"], more].concat());
        assert!(said.contains(what), "{what:?} is missing in {said}");
    };
    let private = || {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.path("e/key.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    make_certificates(&folder.path("e"));
    says(6, &["--ca", "e/ca.pem"], "✗ others may read");
    private();
    says(0, &["--ca", "e/ca.pem"], "✓ the certificate is good for 127.0.0.1");
    says(6, &[], "✗ nobody that voters' programs believe has signed the certificate");
    // The same authority, and what it signed by way of another: that one must stand in the file too.
    let between = make_chain(&folder.path("e"));
    private();
    says(6, &["--ca", "e/ca.pem"], "is one missing behind it in its file");
    let file = folder.path("e/certificate.pem");
    let alone = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, alone + &between).unwrap();
    says(0, &["--ca", "e/ca.pem"], "✓ the certificate is good for 127.0.0.1");
    make_certificates_until(&folder.path("e"), (2029, 1, 1));
    private();
    says(0, &["--ca", "e/ca.pem"], "? the certificate expires before the closing");
    make_certificates_until(&folder.path("e"), (2020, 1, 1));
    private();
    says(6, &["--ca", "e/ca.pem"], "✗ the certificate has expired");
    make_certificates(&folder.path("e"));
    private();
    std::fs::write(folder.path("e/election.toml"), text.replace("https://127.0.0.1:8443", "https://vote.example.org"))
        .unwrap();
    says(6, &["--ca", "e/ca.pem"], "✗ the certificate is not for vote.example.org");
    std::fs::write(folder.path("e/key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    private();
    says(6, &["--ca", "e/ca.pem"], "✗ e/certificate.pem");
}
