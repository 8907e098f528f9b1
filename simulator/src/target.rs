//! Where the events go: the flags that every command that posts has.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    config::{self, Auth, ConfigError, Method, Webhooks},
    post::Endpoint,
};

/// The webhooks: of Ringside's configuration, or by their URLs.
#[derive(Args)]
pub struct Target {
    /// Ringside's configuration: the endpoints of a tenant in it, and their secrets.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "cdr_url", "extension_url"])]
    config: Option<PathBuf>,
    /// Where the configured server listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Which tenant of the configuration; by default the first.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// An endpoint for both kinds of events.
    #[arg(long, value_name = "URL", conflicts_with_all = ["cdr_url", "extension_url"])]
    url: Option<String>,
    /// An endpoint for CDR events.
    #[arg(long, value_name = "URL")]
    cdr_url: Option<String>,
    /// An endpoint for extension events.
    #[arg(long, value_name = "URL")]
    extension_url: Option<String>,
    /// How the PBX proves itself to these URLs.
    #[arg(long, value_enum, default_value_t = Method::None)]
    auth: Method,
    /// The user name for basic and digest.
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// A file with the password for basic and digest.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file with the token for bearer.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Target {
    /// Where the events go. An error where nothing says it, or what says it can't be read.
    pub fn webhooks(&self) -> Result<Webhooks, ConfigError> {
        if let Some(path) = &self.config {
            return config::read_file(path, &self.server, self.tenant.as_deref());
        }
        let auth = Auth {
            method: self.auth,
            username: self.username.clone(),
            password_file: self.password_file.clone(),
            token_file: self.token_file.clone(),
            ..Auth::default()
        };
        let endpoint = |own: Option<&String>, own_flag| {
            let url = self.url.as_ref().map(|url| (url, "--url"));
            url.or(own.map(|url| (url, own_flag)))
                .map(|(url, flag)| {
                    let credentials = config::credentials(&auth, Path::new(""))?;
                    Ok::<_, ConfigError>(Endpoint { url: config::address(url, flag)?, credentials })
                })
                .transpose()
        };
        let webhooks = Webhooks {
            cdr: endpoint(self.cdr_url.as_ref(), "--cdr-url")?,
            extension: endpoint(self.extension_url.as_ref(), "--extension-url")?,
            tenant_id: None,
        };
        if webhooks.cdr.is_none() && webhooks.extension.is_none() {
            return Err(ConfigError::Nowhere);
        }
        Ok(webhooks)
    }
}
