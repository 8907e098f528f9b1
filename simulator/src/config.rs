//! Where the events go: Ringside's own configuration file, or addresses from the command line.
//!
//! The file is read for what is needed here and nothing else: tenants, their endpoints and credentials. Relative paths
//! in it are relative to its folder, as the server reads them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use reqwest::Url;
use serde::Deserialize;

use crate::{
    company::DEFAULT_TENANT_ID,
    event::Hook,
    post::{BadCredentials, Credentials, Endpoint},
};

/// The PBX's set-up of its two webhooks. One that is missing is switched off.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// "CDR Events".
    pub cdr: Option<Endpoint>,
    /// "Extension Events".
    pub extension: Option<Endpoint>,
    /// The PBX's tenant id that the receiver expects.
    pub tenant_id: Option<String>,
}

impl Webhooks {
    /// Where a hook's events go.
    pub fn endpoint(&self, hook: Hook) -> Option<&Endpoint> {
        match hook {
            Hook::Cdr => self.cdr.as_ref(),
            Hook::Extension => self.extension.as_ref(),
        }
    }

    /// The tenant's id in every event.
    pub fn tenant_id(&self) -> &str {
        self.tenant_id.as_deref().unwrap_or(DEFAULT_TENANT_ID)
    }
}

/// Why the events have nowhere to go. Names keys and paths, never a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Neither a file nor a URL was given.
    #[error("say where the events go: --config FILE, or --url URL, or --cdr-url URL and --extension-url URL")]
    Nowhere,
    /// A file can't be read.
    #[error("{path}: {why}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Not TOML, or not the configuration's shape.
    #[error("{path}: line {line}: {why}; its syntax is that of `ringside serve --config`", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong. Without the line's text: it may be a secret.
        why: String,
    },
    /// The file has no such tenant.
    #[error("{path}: no tenant {tenant}; name one of the file's with --tenant", path = path.display())]
    NoTenant {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        tenant: String,
    },
    /// The tenant has no endpoint that is on and has an id.
    #[error(
        "tenant {tenant} has no enabled [[tenant.endpoint]] with an id; add one for each of events = \"cdr\" and \"extension\""
    )]
    NoEndpoint {
        /// The tenant.
        tenant: String,
    },
    /// An authentication method lacks a part.
    #[error("the method {method} needs {needs}")]
    Incomplete {
        /// The method.
        method: &'static str,
        /// What is missing.
        needs: &'static str,
    },
    /// A secret no header can carry.
    #[error(transparent)]
    BadCredentials(#[from] BadCredentials),
    /// An address that can't be posted to.
    #[error(
        "{0} is no address to post to; it must be http://HOST:PORT/PATH (https comes with a later version)"
    )]
    Address(&'static str),
}

/// The four methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// "Disable".
    #[default]
    None,
    /// RFC 7617.
    Basic,
    /// RFC 7616.
    Digest,
    /// RFC 6750.
    Bearer,
}

/// An `auth` table, of the file or from flags.
#[derive(Clone, Default, Deserialize)]
pub struct Auth {
    /// Which method.
    pub method: Method,
    /// Basic's and Digest's user.
    pub username: Option<String>,
    /// Their password.
    pub password: Option<String>,
    /// A file with it.
    pub password_file: Option<PathBuf>,
    /// Bearer's token.
    pub token: Option<String>,
    /// A file with it.
    pub token_file: Option<PathBuf>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    tenant: Vec<TenantTable>,
}

#[derive(Deserialize)]
struct TenantTable {
    id: String,
    pbx_tenant_id: Option<String>,
    #[serde(default)]
    endpoint: Vec<EndpointTable>,
}

#[derive(Deserialize)]
struct EndpointTable {
    id: Option<String>,
    events: Events,
    auth: Auth,
    #[serde(default = "yes")]
    enabled: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Events {
    Cdr,
    Extension,
}

fn yes() -> bool {
    true
}

/// Reads the server's configuration file for a tenant's endpoints: the first of each kind that is enabled. `tenant`: by
/// default the file's first.
pub fn read_file(path: &Path, server: &str, tenant: Option<&str>) -> Result<Webhooks, ConfigError> {
    let text =
        fs::read_to_string(path).map_err(|why| ConfigError::Unreadable { path: path.to_owned(), why })?;
    let file: File = toml::from_str(&text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
        why: error.message().to_owned(),
    })?;
    let found = file.tenant.into_iter().find(|table| tenant.is_none_or(|tenant| table.id == tenant));
    let Some(table) = found else {
        let tenant = tenant.unwrap_or("at all").to_owned();
        return Err(ConfigError::NoTenant { path: path.to_owned(), tenant });
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut webhooks = Webhooks { tenant_id: table.pbx_tenant_id, ..Webhooks::default() };
    for endpoint in table.endpoint.iter().filter(|endpoint| endpoint.enabled) {
        let slot = match endpoint.events {
            Events::Cdr => &mut webhooks.cdr,
            Events::Extension => &mut webhooks.extension,
        };
        if let (None, Some(id)) = (slot.as_ref(), &endpoint.id) {
            let url = address(&format!("{}/hooks/{id}", server.trim_end_matches('/')), "--server")?;
            *slot = Some(Endpoint { url, credentials: credentials(&endpoint.auth, folder)? });
        }
    }
    if webhooks.cdr.is_none() && webhooks.extension.is_none() {
        return Err(ConfigError::NoEndpoint { tenant: table.id });
    }
    Ok(webhooks)
}

/// An address to post to: plain http for now.
pub fn address(text: &str, flag: &'static str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::Address(flag))?;
    if url.scheme() == "http" && url.has_host() { Ok(url) } else { Err(ConfigError::Address(flag)) }
}

/// What an `auth` table means. A path in it is relative to `folder`.
pub fn credentials(auth: &Auth, folder: &Path) -> Result<Credentials, ConfigError> {
    let password = || secret(auth.password.as_deref(), auth.password_file.as_deref(), folder);
    let user_and_password = |method| {
        let username = auth.username.clone().ok_or(ConfigError::Incomplete { method, needs: "username" })?;
        let password =
            password()?.ok_or(ConfigError::Incomplete { method, needs: "password or password_file" })?;
        Ok::<_, ConfigError>((username, password))
    };
    match auth.method {
        Method::None => Ok(Credentials::None),
        Method::Basic => {
            let (username, password) = user_and_password("basic")?;
            Ok(Credentials::basic(&username, &password)?)
        }
        Method::Digest => {
            let (username, password) = user_and_password("digest")?;
            Ok(Credentials::digest(username, password))
        }
        Method::Bearer => {
            let token = secret(auth.token.as_deref(), auth.token_file.as_deref(), folder)?
                .ok_or(ConfigError::Incomplete { method: "bearer", needs: "token or token_file" })?;
            Ok(Credentials::bearer(&token)?)
        }
    }
}

/// A secret as given, or from its file without the last line's end.
fn secret(inline: Option<&str>, file: Option<&Path>, folder: &Path) -> Result<Option<String>, ConfigError> {
    if let Some(inline) = inline {
        return Ok(Some(inline.to_owned()));
    }
    let Some(file) = file else { return Ok(None) };
    let path = folder.join(file);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned())),
        Err(why) => Err(ConfigError::Unreadable { path, why }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that the server's file may hold; most of it is nothing to the simulator.
    const FULL: &str = r#"
        listen = "127.0.0.1:8080"
        access = "open"
        hooks_listen = "0.0.0.0:8081"
        trusted_proxies = []
        tls = { certificate = "a", key = "b" }

        [[tenant]]
        id = "acme"
        time_zone = "Europe/Berlin"
        pbx_tenant_id = "700000000000000099"
        retention = { raw_days = 30 }

          [[tenant.endpoint]]
          id = "acme-extension-off"
          events = "extension"
          auth = { method = "none" }
          enabled = false

          [[tenant.endpoint]]
          id = "acme-extension-events"
          name = "extension"
          events = "extension"
          auth = { method = "digest", username = "pbx", password_file = "word", algorithm = "md5", also = [{ username = "pbx", password_file = "old" }] }
          allow = []

          [[tenant.endpoint]]
          id = "acme-cdr-events-1"
          events = "cdr"
          auth = { method = "bearer", token = "secret0" }

          [[tenant.queue]]
          number = "8001"

        [[tenant]]
        id = "other"
    "#;

    fn read(text: &str, tenant: Option<&str>) -> Result<Webhooks, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("word"), "secretword\n").unwrap();
        let path = folder.path().join("ringside.toml");
        fs::write(&path, text).unwrap();
        read_file(&path, "http://127.0.0.1:8080/", tenant)
    }

    #[test]
    fn the_servers_whole_file_gives_both_endpoints() {
        let webhooks = read(FULL, None).unwrap();
        let url = |hook| webhooks.endpoint(hook).unwrap().url.as_str();
        assert_eq!(url(Hook::Extension), "http://127.0.0.1:8080/hooks/acme-extension-events");
        assert_eq!(url(Hook::Cdr), "http://127.0.0.1:8080/hooks/acme-cdr-events-1");
        assert!(matches!(webhooks.extension.as_ref().unwrap().credentials, Credentials::Digest(_)));
        assert!(matches!(webhooks.cdr.as_ref().unwrap().credentials, Credentials::Header(_)));
        assert_eq!(webhooks.tenant_id(), "700000000000000099");
    }

    #[test]
    fn what_is_missing_is_named() {
        let says = |text, tenant| read(text, tenant).unwrap_err().to_string();
        assert!(says(FULL, Some("nobody")).contains("no tenant nobody"));
        assert!(says(FULL, Some("other")).contains("no enabled [[tenant.endpoint]]"));
        let digest = FULL.replace("password_file = \"word\", ", "");
        assert!(says(&digest, None).contains("digest needs password or password_file"));
    }

    #[test]
    fn an_error_in_the_file_does_not_show_its_secrets() {
        let error = read(&FULL.replace("token = \"secret0\"", "token = secret0"), None).unwrap_err();
        assert!(error.to_string().contains("line 30"), "{error}");
        assert!(!error.to_string().contains("secret0"), "{error}");
        assert!(!format!("{:?}", read(FULL, None).unwrap()).contains("secret"));
    }

    #[test]
    fn addresses_that_nothing_can_be_posted_to_are_refused() {
        assert!(address("http://127.0.0.1:1/hooks/x", "--url").is_ok());
        for wrong in ["https://127.0.0.1/hooks/x", "127.0.0.1:8080", "ftp://host/", ""] {
            assert!(address(wrong, "--url").is_err(), "{wrong}");
        }
    }
}
