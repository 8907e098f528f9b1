//! What the server is told: what it takes, what it refuses and in which words, and what it keeps to itself.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use model::entry::NumberKind;
use tempfile::TempDir;

use super::*;
use crate::folder;

/// A file that is right. The table of wrong ones changes it, so its lines count.
const RIGHT: &str = r#"listen = "127.0.0.1:8080"

[[tenant]]
id = "acme"

  [[tenant.endpoint]]
  id = "acme-extension-events"
  events = "extension"
  auth = { method = "digest", username = "pbx", password = "s3cretword" }

  [[tenant.endpoint]]
  id = "acme-cdr-events-1"
  events = "cdr"
  auth = { method = "bearer", token = "s3crettoken" }

  [[tenant.queue]]
  number = "8001"
  target_seconds = 20
"#;

/// A folder with a configuration file, its own only, and secrets beside it.
struct Site {
    folder: TempDir,
    variables: HashMap<&'static str, String>,
    flags: Flags,
}

impl Site {
    fn new(text: &str) -> Self {
        let site = Self::empty();
        site.write("ringside.toml", text);
        site.write("word", "s3cretword\r\n");
        site.write("old", "s3cretolder\n");
        site.write("blank", "\n");
        let config = Some(site.path("ringside.toml"));
        Self { flags: Flags { config, ..site.flags.clone() }, ..site }
    }

    /// Without a configuration file.
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags = Flags { data: Some(folder.path().join("data")), ..Flags::default() };
        Self { folder, variables: HashMap::new(), flags }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.flags, |name| self.variables.get(name).cloned())
    }

    /// The error's words, with paths from the site's folder.
    fn refusal(&self) -> String {
        let error = self.load().map(|config| format!("{config:?}")).unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("s3cret"), "a secret is shown: {text}");
        }
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn the_least_file_gives_the_documented_defaults() {
    let site = Site::new(
        "[[tenant]]\nid = \"acme\"\n[[tenant.endpoint]]\nevents = \"cdr\"\nauth = { method = \"none\" }\n\
         [[tenant.endpoint]]\nevents = \"extension\"\nauth = { method = \"none\" }\n\
         [[tenant.endpoint]]\nevents = \"extension\"\nauth = { method = \"none\" }\n",
    );
    let config = site.load().unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((config.hooks_listen, config.operate_listen, config.external_url), (None, None, None));
    assert!(config.hosts_exempt.is_empty() && config.provisioned.is_none());
    assert_eq!(config.warnings, [""; 0]);
    let [tenant] = &config.tenants[..] else { panic!("{:?}", config.tenants) };
    assert_eq!((tenant.id.as_str(), &*tenant.name, &tenant.directory), ("acme", "acme", &None));
    assert_eq!((tenant.day_starts, &tenant.time_zone), (None, &None));
    assert_eq!(tenant.settings, Settings::default());
    let names = tenant.endpoints.iter().map(|endpoint| &*endpoint.name).collect::<Vec<_>>();
    assert_eq!(names, ["cdr-1", "extension-1", "extension-2"]);
    assert!(tenant.endpoints.iter().all(|endpoint| endpoint.enabled && endpoint.allow.is_empty()));
}

/// The full example of the documentation: every key parses, and each that isn't built yet says so.
#[test]
fn the_documentations_example_is_taken() {
    let site = Site::new(documented());
    site.write("pbx-password", "s3cretword\n");
    site.write("pbx-password-old", "s3cretolder\n");
    site.write("cdr-token", "s3crettoken\n");
    site.write("grafana-token", "s3crettokenofgrafana\n");
    site.write("pbx-rest-password", "s3cretofrest\n");
    site.write("pbx-ca.pem", CERTIFICATE);
    let config = site.load().unwrap();
    assert_eq!(config.hooks_listen.unwrap().to_string(), "0.0.0.0:8081");
    assert_eq!(config.operate_listen.unwrap().to_string(), "127.0.0.1:9464");
    assert_eq!(config.external_url.unwrap().to_string(), "https://ringside.example.com");
    let tenant = &config.tenants[0];
    assert_eq!(tenant.time_zone.as_ref().unwrap().iana_name(), Some("Europe/Berlin"));
    assert!(tenant.directory.as_ref().unwrap().ends_with("directory.csv"));
    assert!(tenant.directory.as_ref().unwrap().is_absolute());
    assert_eq!(tenant.settings.pbx_tenant.as_ref().unwrap().as_str(), "700000000000000099");
    assert_eq!(tenant.settings.queues[0].number.as_ref().unwrap().as_str(), "8001");
    assert_eq!(tenant.settings.queues[0].target_s, Some(20));
    assert_eq!(tenant.settings.queues[0].target_percent, Some(80));
    assert_eq!(tenant.settings.queues[0].service_level, Some(3));
    assert_eq!(tenant.settings.queues[0].short_abandon_s, Some(5));
    let Auth::Digest { credentials, algorithm: Algorithm::Md5, legacy: false } = &tenant.endpoints[0].auth
    else {
        panic!("{:?}", tenant.endpoints[0].auth)
    };
    let passwords = credentials.iter().map(|one| one.password.reveal()).collect::<Vec<_>>();
    assert_eq!(passwords, ["s3cretword", "s3cretolder"]);
    let Auth::Bearer(tokens) = &tenant.endpoints[1].auth else { panic!("{:?}", tenant.endpoints[1].auth) };
    assert_eq!(tokens[0].reveal(), "s3crettoken");
    assert_eq!(tenant.endpoints[1].allow[0].to_string(), "192.0.2.0/24");
    let pbx = tenant.pbx.as_ref().unwrap();
    assert_eq!(pbx.place.to_string(), "https://pbx.example.com:8887");
    assert_eq!(pbx.user_and_domain(), ("ringside", "acme.example"));
    assert_eq!((pbx.password.reveal(), pbx.authority.is_some()), ("s3cretofrest", true));
    let [token] = &config.api_tokens[..] else { panic!("{:?}", config.api_tokens) };
    assert_eq!((&*token.name, token.tenant.as_str(), token.role), ("grafana", "acme", Role::Viewer));
    assert_eq!((token.token.reveal(), &*token.scope), ("s3crettokenofgrafana", &["8001".to_owned()][..]));
    assert!(!config.access_open);
}

/// Made by `openssl req -x509`.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIUcERGCFYIUuT/kMdwgjamQ3LNOewwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDcGJ4MCAXDTI2MTEyNjEyMzE1MFoYDzIxMjYxMTAyMTIzMTUw
WjAOMQwwCgYDVQQDDANwYngwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARmixZA
uoLmX0AC7NVQPxTBLODbtlzSuzgzZeOItoJkPUjPHkBNBdouXG9i6zA8K3xYR0B9
B4SndS3kQd7mq+8Wo1MwUTAdBgNVHQ4EFgQU15DVvWdZU++JouDXCX/MsBYdjQ4w
HwYDVR0jBBgwFoAU15DVvWdZU++JouDXCX/MsBYdjQ4wDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNJADBGAiEAk3SxHf6tXp2ZZ53npD1MY93uh2DtiB+coK3z
cxLMuyoCIQCKMTM7c9S/PC9q4+4GN6dyy2J7Wf8DBwnRxs/m22Galw==
-----END CERTIFICATE-----";

/// What is wrong with the PBX is said at its line, and without the password.
#[test]
fn how_the_pbx_is_asked_is_checked() {
    let right = "[[tenant]]\nid = \"acme\"\n[tenant.pbx]\nurl = \"https://pbx\"\nusername = \"u\"\npassword = \"s3cretword\"\n";
    Site::new(right).load().unwrap();
    for (from, to, says) in [
        ("https://pbx", "https://pbx/web", "line 4: this is no address of a PBX"),
        ("https://", "http://", "line 4: by http the password would travel in the clear"),
        ("\"u\"", "\"@u\"", "line 5: this is no user name"),
        ("password = \"s3cretword\"", "", "`password` or `password_file` is missing"),
        ("s3cretword", "", "line 6: the secret is empty"),
        ("s3cretword\"", "s3cretword\"\nca_file = \"none\"", "can't be read"),
    ] {
        let refusal = Site::new(&right.replace(from, to)).refusal();
        assert!(refusal.contains(says) && !refusal.contains("s3cretword"), "{refusal}");
    }
}

fn documented() -> &'static str {
    let page = include_str!("../../../docs/configuration.md");
    page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap()
}

/// Every key that parses is explained.
#[test]
fn the_documentation_names_every_key() {
    let page = include_str!("../../../docs/configuration.md");
    let site = |text: &str| Site::new(text).refusal();
    let known = [
        site("wrong = 1"),
        site("[[tenant]]\nwrong = 1"),
        site("[[tenant]]\n[[tenant.endpoint]]\nwrong = 1"),
        site("[[tenant]]\n[[tenant.endpoint]]\nauth = { wrong = 1 }"),
        site("[[tenant]]\n[[tenant.queue]]\nwrong = 1"),
        site("[[tenant]]\n[tenant.pbx]\nwrong = 1"),
        site("[[tenant]]\n[tenant.retention]\nwrong = 1"),
        site("[[api_token]]\nwrong = 1"),
    ];
    let keys = known.iter().flat_map(|text| text.split_once("write one of ").unwrap().1.split(", "));
    for key in keys {
        let key = key.trim_matches('`');
        assert!(page.contains(&format!("`{key}`")) || page.contains(&format!("\n`{key}")), "{key}");
    }
}

/// The demo is started from the project's root, so its `data` is relative to that.
#[test]
fn the_demos_file_is_taken() {
    let script = include_str!("../../../scripts/demo.sh");
    let text = script.split("cat <<TOML\n").nth(1).unwrap().split("\nTOML\n").next().unwrap();
    let text = text
        .replace("$LISTEN", "127.0.0.1:8090")
        .replace("$PBX", "127.0.0.1:8887")
        .replace("$DATA", "target/demo")
        .replace("$(random)", "0123456789abcdef0123456789abcdef");
    let site = Site::new(&text);
    site.write("pbx-password", "0123456789abcdef");
    let config = Site { flags: Flags { data: None, ..site.flags.clone() }, ..site }.load().unwrap();
    assert_eq!(config.data, Path::new("target/demo/data"));
    let pbx = config.tenants[0].pbx.as_ref().unwrap();
    assert_eq!(pbx.place.to_string(), "http://127.0.0.1:8887");
    assert_eq!(config.tenants[0].endpoints.len(), 2);
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn the_end_to_end_tests_file_is_taken() {
    let script = include_str!("../../../end2end/ringside.js");
    let function = script.split("function configuration(").nth(1).unwrap();
    let text = function.split("return `\n").nth(1).unwrap().split("\n`;\n").next().unwrap();
    let text = text
        .replace("${directory ? `directory = \"${folder}/directory.csv\"` : \"\"}", "")
        .replace(
            "${path ? `external_url = \"${address}\"` : \"\"}",
            "external_url = \"http://127.0.0.1:8080/board\"",
        )
        .replace("${port}", "0")
        .replace("${folder}", "/tmp/ringside")
        .replace("${timeZone}", "UTC")
        .replace("${TOKEN}", "end2endtoken0123456789");
    let config = Site::new(&text).load().unwrap();
    assert_eq!(config.listen.port(), 0);
    assert_eq!(config.warnings, [""; 0]);
}

/// What is changed in [`RIGHT`], into what, and what the refusal says, from the line on.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "listen =",
        "lisen =",
        "line 1: there is no key `lisen` here; write one of `listen`, `access`, `hooks_listen`, `operate_listen`, \
         `trusted_proxies`, `hosts_exempt`, `external_url`, `data`, `tls`, `tenant`, `api_token`",
    ),
    (
        "target_seconds",
        "target_secs",
        "line 18: there is no key `target_secs` here; write one of `number`, `queue_id`, `service_level`, `target_seconds`, \
         `target_percent`, `short_abandon_seconds`",
    ),
    (
        "username = \"pbx\"",
        "user = \"pbx\"",
        "line 9: there is no key `user` here; write one of `method`, `username`, `password`, `password_file`, `token`, \
         `token_file`, `algorithm`, `legacy`, `also`",
    ),
    (
        "[[tenant]]",
        "[tenant]",
        "line 3: a table stands here; write a list of tables, with [[ ]] around its name",
    ),
    (
        "auth = { method = \"bearer\", token = \"s3crettoken\" }",
        "auth = \"s3crettoken\"",
        "line 14: a text stands here; write a table",
    ),
    ("listen =", "data = \"\"\nlisten =", "line 1: the value is empty; write one, or leave the key out"),
    ("id = \"acme\"\n", "\n", "line 3: `id` is missing; add it to this table"),
    ("  events = \"cdr\"\n", "", "line 11: `events` is missing; add it to this table"),
    ("method = \"bearer\", ", "", "line 14: `method` is missing; add it to this table"),
    ("\"cdr\"", "\"calls\"", "line 13: this word is not known here; write one of `cdr` or `extension`"),
    (
        "\"digest\"",
        "\"md5\"",
        "line 9: this word is not known here; write one of `none`, `basic`, `digest`, `bearer`",
    ),
    ("\"s3crettoken\"", "53", "line 14: a whole number stands here; write a text in quotes"),
    ("= 20", "= \"s3cret\"", "line 18: a text stands here; write a whole number, not negative"),
    ("= 20", "= -1", "line 18: a value out of range stands here; write a whole number, not negative"),
    (
        "\"s3crettoken\"",
        "s3crettoken",
        "line 14: this is not TOML: string values must be quoted, expected literal string; correct the line",
    ),
    (
        "127.0.0.1:8080",
        "localhost",
        "line 1: this is no address with a port; write it like 127.0.0.1:8080 or [::1]:8080",
    ),
    (
        "127.0.0.1:8080",
        "0.0.0.0:8080",
        "line 1: on 0.0.0.0:8080 passwords would travel in the clear; add `tls` with a certificate, or name the proxy before it in `trusted_proxies`",
    ),
    (
        "\n\n[[tenant]]",
        "\nhooks_listen = \"0.0.0.0:8080\"\n[[tenant]]",
        "line 2: `listen` has this address too; give each a port of its own",
    ),
    (
        "\n\n[[tenant]]",
        "\naccess = \"open\"\ntrusted_proxies = [\"10.0.0.1\"]\n[[tenant]]",
        "line 3: access is open, and a proxy would bring others to it; leave `trusted_proxies` empty, or take access = \"open\" \
         out, so that people sign in",
    ),
    (
        "127.0.0.1:8080\"",
        "0.0.0.0:8080\"\naccess = \"open\"",
        "line 1: access is open, so on 0.0.0.0:8080 other machines would see everything; take a loopback address such as \
         127.0.0.1:8080, or take access = \"open\" out, so that people sign in",
    ),
    (
        "\n\n[[tenant]]",
        "\naccess = \"everybody\"\n[[tenant]]",
        "line 2: this word is not known here; write one of `sign-in` or `open`",
    ),
    (
        "\n\n[[tenant]]",
        "\ntls = { certificate = \"gone.pem\", key = \"word\" }\n[[tenant]]",
        "line 2: gone.pem can't be read: No such file or directory (os error 2); check the path, and that the server's user \
         may read it",
    ),
    (
        "\n\n[[tenant]]",
        "\ntls = { certificate = \"word\", key = \"word\" }\n[[tenant]]",
        "line 2: word holds no certificate that can be read; it must be PEM, with the server's own certificate first and those \
         of its authorities behind it (-----BEGIN CERTIFICATE-----)",
    ),
    (
        "\n\n[[tenant]]",
        "\ntrusted_proxies = [\"::/0\"]\n[[tenant]]",
        "line 2: this is everybody, so that anybody may say who he is; name the proxies' own addresses",
    ),
    (
        "\n\n[[tenant]]",
        "\ntrusted_proxies = [\"proxy\"]\n[[tenant]]",
        "line 2: this is no network; write it like 192.0.2.0/24, or as one address",
    ),
    (
        "\n\n[[tenant]]",
        "\nhosts_exempt = [\"192.0.2.1\", \"office\"]\n[[tenant]]",
        "line 2: this is no network; write it like 192.0.2.0/24, or as one address",
    ),
    (
        "\n\n[[tenant]]",
        "\nexternal_url = \"ringside.example.com\"\n[[tenant]]",
        "line 2: this is no address of a site; write it like https://ringside.example.com, without query or user name",
    ),
    ("id = \"acme\"", "id = \"ACME\"", "line 4: this is no id of a tenant; write 1 to 40 of a-z, 0-9 and -"),
    (
        "acme-cdr-events-1",
        "acme-cdr",
        "line 12: this is no id of an endpoint; write 16 to 64 of a-z, 0-9 and -, or leave it out for a random one",
    ),
    (
        "acme-cdr-events-1",
        "acme-extension-events",
        "line 12: this endpoint id was given before, in line 7; give each its own",
    ),
    (
        "events = \"cdr\"",
        "events = \"extension\"\n  name = \"extension-1\"",
        "line 14: the endpoint name extension-1 was given before, in line 6; give each its own",
    ),
    (
        "= 20\n",
        "= 20\n[[tenant]]\nid = \"acme\"\n",
        "line 20: this tenant id was given before, in line 4; give each its own",
    ),
    (
        "id = \"acme\"\n",
        "id = \"acme\"\ntime_zone = \"Berlin\"\n",
        "line 5: this time zone is not known; write an IANA name such as Europe/Berlin or UTC",
    ),
    (
        "id = \"acme\"\n",
        "id = \"acme\"\nday_starts = \"24:00\"\n",
        "line 5: this is no time of day; write it like 00:00 or 06:30",
    ),
    (
        "id = \"acme\"\n",
        "id = \"acme\"\npbx_tenant_id = \"\"\n",
        "line 5: the value is empty; write one, or leave the key out",
    ),
    ("number = \"8001\"\n", "\n", "line 16: this queue is not named; add its `number` or its `queue_id`"),
    (
        "= 20",
        "= 20\n  service_level = 5",
        "line 19: there is no service level of this number; write 3, 4 or 6",
    ),
    (
        "= 20",
        "= 20\n  target_percent = 101",
        "line 19: a number out of range stands here; write a whole number from 1 to 100",
    ),
    (
        "= 20",
        "= 20\n[[tenant.queue]]\nnumber = \"8001\"",
        "line 20: this queue was given before, in line 17; give each its own",
    ),
    (
        "password = \"s3cretword\"",
        "legacy = true",
        "line 9: the method digest needs a `password` or `password_file`; add it",
    ),
    ("username = \"pbx\", ", "", "line 9: the method digest needs a `username`; add it"),
    (
        "\n\n[[tenant]]",
        "\n[[api_token]]\nname = \"a\"\ntenant = \"acme\"\nrole = \"owner\"\ntoken = \"s3crettokenoftwenty\"\n[[tenant]]",
        "line 5: there is no such role; write viewer, supervisor or administrator",
    ),
    (
        "\n\n[[tenant]]",
        "\n[[api_token]]\nname = \"a\"\ntenant = \"other\"\nrole = \"viewer\"\ntoken = \"s3crettokenoftwenty\"\n[[tenant]]",
        "line 4: there is no [[tenant]] with this id in this file; write the id of one",
    ),
    (
        "\n\n[[tenant]]",
        "\n[[api_token]]\nname = \"a\"\ntenant = \"acme\"\nrole = \"viewer\"\ntoken = \"s3crettokenof19chs\"\n[[tenant]]",
        "line 2: the token is too short to keep anybody out; write at least 20 characters, random ones",
    ),
    (
        "\n\n[[tenant]]",
        "\n[[api_token]]\nname = \"a\"\ntenant = \"acme\"\nrole = \"viewer\"\n[[tenant]]",
        "line 2: `token` or `token_file` is missing; add it to this table",
    ),
    ("\"pbx\"", "\"pbx:1\"", "line 9: this is no user name; write letters, digits and signs, but no colon"),
    (
        "token = \"s3crettoken\"",
        "token = \"s3crettoken\", username = \"pbx\"",
        "line 14: `username` does not belong to the method bearer; take it out, or choose the method that it belongs to",
    ),
    (
        "\"bearer\"",
        "\"none\"",
        "line 14: `token` does not belong to the method none; take it out, or choose the method that it belongs to",
    ),
    (
        "token = \"s3crettoken\"",
        "token = \"s3crettoken\", algorithm = \"md5\"",
        "line 14: `algorithm` does not belong to the method bearer; take it out, or choose the method that it belongs to",
    ),
    (
        "token = \"s3crettoken\"",
        "token = \"s3crettoken\", token_file = \"word\"",
        "line 14: both `token` and `token_file` are given; keep one of them",
    ),
    (
        "token = \"s3crettoken\"",
        "token_file = \"nowhere\"",
        "line 14: the secret's file nowhere can't be read: No such file or directory (os error 2); paths are relative to this \
         file's folder",
    ),
    ("token = \"s3crettoken\"", "token_file = \"blank\"", "line 14: the secret is empty; write one"),
    ("\"s3crettoken\"", "\"\"", "line 14: the secret is empty; write one"),
    (
        "\"s3crettoken\"",
        "\"s3cret token\"",
        "line 14: the secret holds a character that can't be sent in a header; use letters, digits and signs on one line",
    ),
    (
        "token = \"s3crettoken\"",
        "token = \"s3crettoken\", also = [{ token = \"s3crettwo\" }, {}]",
        "line 14: the method bearer needs a `token` or `token_file`; add it",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_line_and_the_next_step() {
    Site::new(RIGHT).load().unwrap();
    let mut differ = Vec::new();
    for (from, to, said) in WRONG {
        assert_eq!(RIGHT.matches(from).count(), 1, "{from} must stand once");
        let mut site = Site::new(&RIGHT.replace(from, to));
        site.flags.data = None;
        let refusal = site.refusal();
        if refusal != format!("ringside.toml: {said}") {
            differ.push(format!("{from} -> {to}\n  is {refusal}\n  not ringside.toml: {said}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn a_file_without_a_tenant_or_no_file_at_all_is_refused() {
    assert_eq!(
        Site::new("listen = \"127.0.0.1:0\"\n").refusal(),
        "ringside.toml: line 1: there is no [[tenant]] in this file; add one with an `id` and its [[tenant.endpoint]] tables"
    );
    let gone = Site::empty().with("RINGSIDE_CONFIG", "/nowhere/ringside.toml");
    assert!(gone.refusal().starts_with("/nowhere/ringside.toml can't be read: No such file"));
}

#[test]
fn flags_go_before_the_environment_the_environment_before_the_file() {
    let listens = |site: &Site| site.load().unwrap().listen.port();
    let mut site = Site::new(RIGHT).with("RINGSIDE_LISTEN", "");
    assert_eq!(listens(&site), 8080, "an empty variable says nothing");
    site = site.with("RINGSIDE_LISTEN", "[::1]:8082");
    assert_eq!(listens(&site), 8082);
    site.flags.listen = Some("127.0.0.1:8083".parse().unwrap());
    assert_eq!(listens(&site), 8083);

    let mut site = Site::new(&format!("data = \"of-file\"\n{RIGHT}")).with("RINGSIDE_DATA", "of-environment");
    assert!(site.load().unwrap().data.ends_with("data"));
    site.flags.data = None;
    assert_eq!(site.load().unwrap().data, Path::new("of-environment"));
    site.variables.clear();
    assert_eq!(site.load().unwrap().data, Path::new("of-file"));

    let mut site = Site::new(RIGHT)
        .with("RINGSIDE_HOOKS_LISTEN", "127.0.0.1:0")
        .with("RINGSIDE_OPERATE_LISTEN", "127.0.0.1:0")
        .with("RINGSIDE_ACCESS", "open")
        .with("RINGSIDE_EXTERNAL_URL", "https://Ringside.Example.com:443/board/")
        .with("RINGSIDE_HOSTS_EXEMPT", "192.0.2.7, 10.1.2.3/8");
    let config = site.load().unwrap();
    assert!(config.access_open && !Site::new(RIGHT).load().unwrap().access_open);
    assert!(config.hooks_listen.is_some() && config.operate_listen.is_some());
    let url = config.external_url.unwrap();
    assert_eq!((&*url.scheme, &*url.host, &*url.path), ("https", "ringside.example.com", "/board"));
    let exempt = config.hosts_exempt.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(exempt, ["192.0.2.7/32", "10.0.0.0/8"]);
    site.variables.insert("RINGSIDE_CONFIG", "/nowhere".into());
    site.load().unwrap();
}

#[test]
fn what_environment_and_flags_say_is_checked_too() {
    for (name, value, said) in [
        ("RINGSIDE_LISTEN", "8080", "RINGSIDE_LISTEN: this is no address with a port; "),
        (
            "RINGSIDE_LISTEN",
            "192.0.2.1:8080",
            "RINGSIDE_LISTEN: on 192.0.2.1:8080 passwords would travel in the clear; ",
        ),
        ("RINGSIDE_ACCESS", "closed", "RINGSIDE_ACCESS: this word is not known here; "),
        ("RINGSIDE_HOSTS_EXEMPT", "10.0.0.1,", "RINGSIDE_HOSTS_EXEMPT: this is no network; "),
        ("RINGSIDE_EXTERNAL_URL", "ftp://a", "RINGSIDE_EXTERNAL_URL: this is no address of a site; "),
        (
            "RINGSIDE_OPERATE_LISTEN",
            "0.0.0.0:8080",
            "RINGSIDE_OPERATE_LISTEN: `listen` has this address too; ",
        ),
    ] {
        let refusal = Site::new(RIGHT).with(name, value).refusal();
        assert!(refusal.starts_with(said), "{name}={value}: {refusal}");
    }
    let mut site = Site::new(RIGHT);
    site.flags.listen = Some("[::]:8080".parse().unwrap());
    assert!(site.refusal().starts_with("--listen: on [::]:8080 passwords would travel in the clear; "));
}

#[test]
fn an_external_url_is_a_site_and_nothing_more() {
    for (text, host, path) in [
        ("http://a.example:8080", "a.example:8080", ""),
        ("http://a.example:80/", "a.example", ""),
        ("https://[2001:db8::1]:8443/x/y/", "[2001:db8::1]:8443", "/x/y"),
        ("https://a.example:80", "a.example:80", ""),
    ] {
        let url = parse::external_url(text).unwrap();
        assert_eq!((&*url.host, &*url.path), (host, path), "{text}");
    }
    for wrong in [
        "",
        "a.example",
        "https://",
        "https:///x",
        "https://me@a.example",
        "https://a.example/?x",
        "https://a.example/#x",
        "https://a.example:x",
        "https://a.example:99999",
        "ws://a.example",
        "https://a.example/hooks",
        "https://a.example/api/ringside",
        "https://a.example/a//b",
        "https://a.example/a%22b",
        "https://a.example/..",
    ] {
        assert!(parse::external_url(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn without_a_file_endpoints_are_made_once_and_for_the_servers_user_only() {
    let site = Site::empty();
    let first = site.load().unwrap();
    let path = site.path("data").join(ENDPOINTS_FILE);
    assert_eq!(first.provisioned.as_ref(), Some(&path));
    assert_eq!((folder::mode(&path), folder::mode(&site.path("data"))), (0o600, 0o700));
    assert_eq!(first.warnings, [""; 0]);
    let text = fs::read_to_string(&path).unwrap();
    let [tenant] = &first.tenants[..] else { panic!("{:?}", first.tenants) };
    assert_eq!(tenant.id.as_str(), "default");
    let mut secrets = Vec::new();
    for (endpoint, name) in tenant.endpoints.iter().zip(["cdr", "extension"]) {
        assert_eq!((&*endpoint.name, endpoint.events.as_str()), (name, name));
        let Auth::Bearer(tokens) = &endpoint.auth else { panic!("{:?}", endpoint.auth) };
        secrets.extend([endpoint.id.as_str(), tokens[0].reveal()]);
    }
    for (place, secret) in secrets.iter().enumerate() {
        // 36^25 is beyond 2^128.
        assert!(secret.len() == 32 && parse::is_endpoint_id(secret) && !secret.contains('-'));
        assert!(text.contains(*secret) && !secrets[..place].contains(secret));
        assert!(!format!("{:?}", first.tenants[0].endpoints[0].auth).contains(*secret));
    }

    let again = site.load().unwrap();
    assert_eq!(again.tenants[0].endpoints[1].id, tenant.endpoints[1].id);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_ne!(Site::empty().load().unwrap().tenants[0].endpoints[0].id, tenant.endpoints[0].id);

    // It is a configuration file like any other.
    let mut moved = Site::empty();
    moved.write("ringside.toml", &text);
    moved.flags.config = Some(moved.path("ringside.toml"));
    assert_eq!(moved.load().unwrap().tenants[0].endpoints[0].id, tenant.endpoints[0].id);

    fs::write(&path, format!("data = \"elsewhere\"\n{text}")).unwrap();
    assert!(
        site.refusal().starts_with("data/endpoints.toml: line 1: this file lies in the data folder already")
    );
}

#[test]
fn an_endpoint_without_an_id_keeps_its_random_one() {
    let text = RIGHT.replace("  id = \"acme-cdr-events-1\"\n", "");
    let site = Site::new(&text);
    let cdr = |site: &Site| site.load().unwrap().tenants[0].endpoints[1].clone();
    let first = cdr(&site);
    assert_eq!((first.name.as_str(), first.id.len()), ("cdr-1", 32));
    assert_eq!(cdr(&site).id, first.id);
    let path = site.path("data").join(IDS_FILE);
    assert_eq!(folder::mode(&path), 0o600);
    assert!(site.load().unwrap().provisioned.is_none());

    // It belongs to the tenant and the name, so another place in the file changes nothing.
    let extension = "  [[tenant.endpoint]]\n  name = \"other one\"\n  events = \"cdr\"\n  auth = { method = \"none\" }\n\n";
    site.write(
        "ringside.toml",
        &text.replace("  [[tenant.queue]]", &format!("{extension}  [[tenant.queue]]")),
    );
    let config = site.load().unwrap();
    assert_eq!(config.tenants[0].endpoints[1].id, first.id);
    assert_ne!(config.tenants[0].endpoints[2].id, first.id);
    assert_eq!(site.load().unwrap().tenants[0].endpoints[2].id, config.tenants[0].endpoints[2].id);

    // Who copies it into the file for another endpoint, takes it from this one.
    site.write("ringside.toml", &text.replace("acme-extension-events", &first.id));
    assert_ne!(cdr(&site).id, first.id);

    fs::write(&path, "[acme]\ncdr-1 = \"s3cret\"\n").unwrap();
    site.write("ringside.toml", &text);
    assert!(site.refusal().starts_with("data/endpoint-ids.toml: line 2: this is no id of an endpoint"));
}

#[test]
fn a_folder_in_use_gives_no_new_secrets() {
    let site = Site::empty();
    let _lock = folder::Lock::take(&site.path("data")).unwrap();
    assert!(site.refusal().starts_with("another Ringside server uses the data folder"));
}

#[test]
fn secrets_that_travel_in_the_clear_are_warned_about_and_digest_is_not() {
    let open =
        |text: &str| Site::new(&format!("hooks_listen = \"0.0.0.0:8081\"\n{text}")).load().unwrap().warnings;
    let warnings = open(RIGHT);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("plain HTTP") && warnings[0].contains("acme/cdr-1"), "{}", warnings[0]);
    assert!(!warnings[0].contains("extension"), "{}", warnings[0]);
    let digest = RIGHT.replace("\"bearer\", token =", "\"digest\", username = \"pbx\", password =");
    assert_eq!(open(&digest), [""; 0]);
    let site = Site::new(RIGHT).with("RINGSIDE_OPERATE_LISTEN", "0.0.0.0:9464");
    assert!(site.load().unwrap().warnings[0].contains("without a token"));
}

#[test]
fn a_file_with_secrets_that_others_may_read_is_warned_about() {
    let site = Site::new(RIGHT);
    let path = site.path("ringside.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = site.load().unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].ends_with(&format!("chmod 600 {}", path.display())), "{}", warnings[0]);
    site.write("ringside.toml", "[[tenant]]\nid = \"acme\"\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = site.load().unwrap().warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("no enabled endpoint"), "{warnings:?}");
}

#[test]
fn secrets_from_files_lose_their_last_line_end_and_are_never_printed() {
    let text = RIGHT
        .replace(
            "password = \"s3cretword\"",
            "password_file = \"word\", also = [{ username = \"pbx\", password_file = \"old\" }]",
        )
        .replace("token = \"s3crettoken\"", "token = \"s3crettoken\", also = [{ token_file = \"old\" }]");
    // Windows' editors begin a file with this mark.
    let config = Site::new(&format!("\u{feff}{text}")).load().unwrap();
    let Auth::Digest { credentials, .. } = &config.tenants[0].endpoints[0].auth else { panic!() };
    let passwords = credentials.iter().map(|one| one.password.reveal()).collect::<Vec<_>>();
    assert_eq!(passwords, ["s3cretword", "s3cretolder"]);
    let Auth::Bearer(tokens) = &config.tenants[0].endpoints[1].auth else { panic!() };
    assert_eq!(tokens.iter().map(Secret::reveal).collect::<Vec<_>>(), ["s3crettoken", "s3cretolder"]);
    assert!(!format!("{config:?} {config:#?}").contains("s3cret"));
}

/// A directory of a file with these bytes; an error from the line on.
fn directory(bytes: &[u8]) -> Result<Vec<model::entry::DirectoryEntry>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.csv");
    fs::write(&path, bytes).unwrap();
    read_directory(&path).map_err(|error| error.to_string().replace(&format!("{}: ", path.display()), ""))
}

#[test]
fn a_directory_is_read_as_people_export_it() {
    let plain = directory(
        b"kind,number,name,department,queue_id\nextension,101,\"Doe, Jane\",Sales,\nqueue,8001,Sales,,800000000000008001\n\
          group,6000,All,,\nivr,5000,Menu,,\n",
    )
    .unwrap();
    assert_eq!(plain.len(), 4);
    assert_eq!(
        (plain[0].kind, &*plain[0].name, &*plain[0].department),
        (NumberKind::Extension, "Doe, Jane", "Sales")
    );
    assert_eq!(plain[1].queue.as_ref().unwrap().as_str(), "800000000000008001");
    assert_eq!(
        (plain[1].kind, plain[2].kind, plain[3].kind),
        (NumberKind::Queue, NumberKind::Group, NumberKind::Ivr)
    );

    // A mark at the start, semicolons, Windows' line ends, blank lines of two sorts, another order, capitals, spaces.
    let odd = directory(
        "\u{feff}\r\nNumber ; Name;Queue_ID; Department;Kind\r\n\r\n 101;Doe, Jane;;Sales; Extension\r\n;;;;\r\n\
         8001;Sales;800000000000008001;;QUEUE\r\n6000;All;;;group\r\n5000;Menu;;;ivr"
            .as_bytes(),
    );
    assert_eq!(odd.unwrap(), plain);

    let short = directory("name,number,kind\nJörg Müller,102,extension\n".as_bytes()).unwrap();
    assert_eq!((&*short[0].name, &*short[0].department, &short[0].queue), ("Jörg Müller", "", &None));
    assert_eq!(directory(b"kind,number,name\n").unwrap(), []);
    assert_eq!(directory(b"kind,number,name,department\nextension,101\n").unwrap()[0].name, "".into());
}

#[test]
fn a_directorys_mistakes_have_their_line_and_the_next_step() {
    let said = |bytes: &[u8]| directory(bytes).unwrap_err();
    for (bytes, wanted) in [
        (
            &b""[..],
            "line 1: the first line must name the columns; write kind,number,name,department,queue_id",
        ),
        (
            b"kind,name\n",
            "line 1: the column number is missing; the first line must name kind, number and name",
        ),
        (
            b"kind,number,name,mobile\n",
            "line 1: column 4 is not known; take it out, or name it kind, number, name, department or queue_id",
        ),
        (b"\nkind,number,name,Kind\n", "line 2: the column kind is there twice; keep one of them"),
        (
            b"kind,number,name\n\n\r\n\nphone,101,Jane\n",
            "line 5: the kind is none of extension, queue, group and ivr; write one of them",
        ),
        (
            b"kind,number,name\nextension,101,\"Jane\nDoe\"\nextension,,Joe\n",
            "line 4: the number is missing; write it, or take the line out",
        ),
        (
            b"kind,number,name\nextension,101,Doe, Jane\n",
            "line 2: this line has more fields than the first one; put quotes around a name that holds the separator",
        ),
        (
            b"kind,number,name\n\nextension,101,Jane\n\nqueue,101,Sales\n",
            "line 5: this number was named before, in line 3; keep one of the lines",
        ),
        (
            b"kind,number,name,queue_id\nextension,101,Jane,800\n",
            "line 2: only a queue has a queue_id; leave it empty here",
        ),
        (
            b"kind,number,name\nextension,101,Jane\nextension,102,J\xf6rg\n",
            "line 3: this is not UTF-8; save the file as \"CSV UTF-8\"",
        ),
    ] {
        assert_eq!(said(bytes), wanted);
    }
    let gone = read_directory(Path::new("/nowhere/directory.csv")).unwrap_err().to_string();
    assert!(gone.starts_with("the directory /nowhere/directory.csv can't be read: "), "{gone}");
}
