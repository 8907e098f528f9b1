//! The configuration: TOML, environment and flags, checked before anything starts.
//!
//! - Flags go before the environment, the environment before the file, the file before defaults.
//! - What is wrong stops the start, with its line and the next step. What may be meant otherwise is a warning, or an
//!   error where it would leave somebody less protected than they believe.
//! - No secret is ever in an error, a warning or a `Debug` text.
//!
//! `file` has the shape of the TOML, `parse` reads single values, `provision` keeps what is generated.

mod directory;
mod endpoint;
mod error;
mod file;
mod parse;
mod provision;
mod reach;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use model::{entry::Settings, id::TenantId};
use toml::Spanned;

use crate::{access::Role, certificate::Files, journal::Retention, pbx::Account};

pub use directory::{DirectoryError, directory_entry, parse_directory, read_directory};
pub use endpoint::{Algorithm, Auth, Credentials, Endpoint, EventKind, Method, Secret};
pub use error::{ConfigError, Place, Problem};
pub use parse::{network, time_of_day};
pub use provision::{ENDPOINTS_FILE, IDS_FILE, secret};

use file::File;
use reach::Reach;

/// Where pages, feed and API are, unless something else is said: on this machine only.
const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// The data folder unless another is said, in the working directory.
const DATA_DEFAULT: &str = "data";

/// Everything the server is told, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Pages, feed, API and webhooks; port 0 means any free one. What may be here, `reach` says.
    pub listen: SocketAddr,
    /// A socket for webhooks and nothing else.
    pub hooks_listen: Option<SocketAddr>,
    /// A socket for metrics and health, without a token.
    pub operate_listen: Option<SocketAddr>,
    /// The certificate for `listen` and `hooks_listen`, where they speak TLS.
    pub tls: Option<Files>,
    /// Networks of the proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that the limits per address don't hold for.
    pub hosts_exempt: Vec<IpNet>,
    /// The address that browsers and the PBX use, where it isn't `listen`.
    pub external_url: Option<ExternalUrl>,
    /// The data folder, relative to the working directory.
    pub data: PathBuf,
    /// Nobody has to sign in.
    pub access_open: bool,
    /// The file that was read: the configuration, or the generated endpoints.
    pub file: PathBuf,
    /// At least one.
    pub tenants: Vec<Tenant>,
    /// Tokens for programs, beside those that are made on the pages.
    pub api_tokens: Vec<ApiToken>,
    /// The file of the generated endpoints, where there was no configuration file.
    pub provisioned: Option<PathBuf>,
    /// What the administrator should know and may ignore, one sentence each. The caller logs them.
    pub warnings: Vec<String>,
}

/// One tenant: a PBX's customer with its own board.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id in addresses and in the journal.
    pub id: TenantId,
    /// Its name for people.
    pub name: String,
    /// Where its days begin and end, if the file says so.
    pub time_zone: Option<jiff::tz::TimeZone>,
    /// When its day begins, if the file says so.
    pub day_starts: Option<jiff::civil::Time>,
    /// What the fold uses and rows show.
    pub settings: Settings,
    /// How long what came is kept.
    pub retention: RetentionSettings,
    /// The file of names, for [`read_directory`].
    pub directory: Option<PathBuf>,
    /// The addresses that its PBX posts to.
    pub endpoints: Vec<Endpoint>,
    /// How its PBX is asked, if the file says so.
    pub pbx: Option<Account>,
}

/// How long what came is kept, as far as something is said of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionSettings {
    /// Days that deliveries stay.
    pub raw_days: Option<u32>,
    /// GiB that they may take.
    pub raw_gib: Option<u32>,
    /// Days that finished calls stay.
    pub history_days: Option<u32>,
}

impl RetentionSettings {
    /// What may be said of days of deliveries.
    pub const RAW_DAYS: RangeInclusive<u32> = 1..=3650;
    /// What may be said of their GiB.
    pub const RAW_GIB: RangeInclusive<u32> = 1..=10_000;
    /// What may be said of days of history.
    pub const HISTORY_DAYS: RangeInclusive<u32> = 1..=3650;

    /// What this says, and for the rest what `other` does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            raw_days: self.raw_days.or(other.raw_days),
            raw_gib: self.raw_gib.or(other.raw_gib),
            history_days: self.history_days.or(other.history_days),
        }
    }

    /// The journal's part, by default 30 days or 10 GiB, whichever is first.
    pub fn of_journal(self) -> Retention {
        let default = Retention::default();
        Retention {
            days: self.raw_days.unwrap_or(default.days),
            bytes: self.raw_gib.map_or(default.bytes, |gib| u64::from(gib) << 30),
        }
    }
}

/// A program's token, as configured.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Its name, once in a tenant.
    pub name: String,
    /// Whose board it reads.
    pub tenant: TenantId,
    /// What it may do.
    pub role: Role,
    /// Queues and departments that it sees; empty: all of the tenant.
    pub scope: Vec<String>,
    /// The token itself.
    pub token: Secret,
}

/// The address that browsers use, in three parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUrl {
    /// `http` or `https`.
    pub scheme: String,
    /// As in a Host header: small letters, with the port only where the scheme implies another.
    pub host: String,
    /// The path before ours, without a slash at its end: normally empty.
    pub path: String,
}

impl fmt::Display for ExternalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// What flags said.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`: the configuration file.
    pub config: Option<PathBuf>,
    /// `--data`: the data folder.
    pub data: Option<PathBuf>,
    /// `--listen`: the address of pages, feed and API.
    pub listen: Option<SocketAddr>,
}

impl Config {
    /// Reads everything the server is told and checks it. Without a configuration file it makes endpoints of its own in the
    /// data folder, or takes those it made before.
    pub fn load(flags: &Flags, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let config = flags.config.clone().or_else(|| variable("RINGSIDE_CONFIG").map(PathBuf::from));
        let data = flags.data.clone().or_else(|| variable("RINGSIDE_DATA").map(PathBuf::from));
        let (path, provisioned) = if let Some(path) = config {
            (path, None)
        } else {
            let path = provision::endpoints(data.as_deref().unwrap_or(Path::new(DATA_DEFAULT)))?;
            (path.clone(), Some(path))
        };
        let file = File::read(&path)?;
        if let (Some(data), Some(_)) = (&file.top.data, &provisioned) {
            return Err(file.wrong(data, Problem::DataInsideData));
        }
        let data = match (data, &file.top.data) {
            (Some(data), _) => data,
            (None, Some(data)) if data.get_ref().is_empty() => return Err(file.wrong(data, Problem::Empty)),
            (None, Some(data)) => PathBuf::from(data.get_ref()),
            (None, None) => PathBuf::from(DATA_DEFAULT),
        };

        let said = Said { environment: variable, file: &file };
        let access_open = said.access_open()?;
        let tls = file.tls()?;
        let (trusted_proxies, place) = said.trusted_proxies()?;
        let reach = Reach { open: access_open, tls: tls.is_some(), proxies: &trusted_proxies };
        reach.may_trust().map_err(|problem| place.error(problem))?;
        let mut warnings = Vec::new();
        let sockets = said.sockets(flags, reach, &mut warnings)?;
        let external_url =
            said.value("RINGSIDE_EXTERNAL_URL", file.top.external_url.as_ref(), parse::external_url)?;
        let hosts_exempt = said.hosts_exempt()?;
        let mut tenants = file.tenants(&mut warnings)?;
        provision::give_ids(&data, &mut tenants)?;
        if let Some(files) = tls.as_ref().filter(|files| files.key_is_public()) {
            let key = files.key.display();
            warnings.push(format!("{key} may be read by every user of this machine; chmod o= {key}"));
        }
        for (name, address) in [("listen", Some(sockets.listen)), ("hooks_listen", sockets.hooks)] {
            let warning =
                address.and_then(|address| reach::readable_secrets(name, address, tls.is_some(), &tenants));
            warnings.extend(warning);
        }
        Ok(Self {
            listen: sockets.listen,
            hooks_listen: sockets.hooks,
            operate_listen: sockets.operate,
            tls,
            trusted_proxies,
            hosts_exempt,
            external_url: external_url.map(|(url, _)| url),
            data,
            access_open,
            file: path,
            tenants,
            api_tokens: file.api_tokens()?,
            provisioned,
            warnings,
        })
    }
}

/// The data folder alone, as [`Config::load`] finds it. Nothing is made, and nothing else is checked: a folder that is to be
/// filled must not be begun.
pub fn data_folder(
    flags: &Flags,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<PathBuf, ConfigError> {
    let variable = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(data) = flags.data.clone().or_else(|| variable("RINGSIDE_DATA")) {
        return Ok(data);
    }
    let Some(path) = flags.config.clone().or_else(|| variable("RINGSIDE_CONFIG")) else {
        return Ok(PathBuf::from(DATA_DEFAULT));
    };
    let file = File::read(&path)?;
    match &file.top.data {
        Some(data) if data.get_ref().is_empty() => Err(file.wrong(data, Problem::Empty)),
        Some(data) => Ok(PathBuf::from(data.get_ref())),
        None => Ok(PathBuf::from(DATA_DEFAULT)),
    }
}

/// What environment and file say, the environment first.
struct Said<'a, E> {
    environment: E,
    file: &'a File,
}

impl<E: Fn(&str) -> Option<String>> Said<'_, E> {
    /// A setting, and who said it.
    fn value<T>(
        &self,
        variable: &'static str,
        in_file: Option<&Spanned<String>>,
        parse: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<Option<(T, Place)>, ConfigError> {
        let (text, place) = match ((self.environment)(variable), in_file) {
            (Some(text), _) => (text, Place::Variable(variable)),
            (None, Some(text)) => (text.get_ref().clone(), self.file.place(text)),
            (None, None) => return Ok(None),
        };
        match parse(&text) {
            Ok(value) => Ok(Some((value, place))),
            Err(problem) => Err(place.error(problem)),
        }
    }

    /// Whether nobody has to sign in.
    fn access_open(&self) -> Result<bool, ConfigError> {
        let said = self.value("RINGSIDE_ACCESS", self.file.top.access.as_ref(), parse::access_open)?;
        Ok(said.is_some_and(|(open, _)| open))
    }

    fn sockets(
        &self,
        flags: &Flags,
        reach: Reach<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<Sockets, ConfigError> {
        let top = &self.file.top;
        let (listen, place) = match flags.listen {
            Some(listen) => (listen, Place::Flag("--listen")),
            None => self
                .value("RINGSIDE_LISTEN", top.listen.as_ref(), parse::address)?
                .unwrap_or((LISTEN_DEFAULT, Place::Default)),
        };
        reach.may_listen(listen).map_err(|problem| place.error(problem))?;
        let hooks = self.value("RINGSIDE_HOOKS_LISTEN", top.hooks_listen.as_ref(), parse::address)?;
        let operate = self.value("RINGSIDE_OPERATE_LISTEN", top.operate_listen.as_ref(), parse::address)?;
        for (socket, name, other) in [
            (&hooks, "listen", Some(listen)),
            (&operate, "listen", Some(listen)),
            (&operate, "hooks_listen", hooks.as_ref().map(|(address, _)| *address)),
        ] {
            if let (Some((address, place)), Some(other)) = (socket, other)
                && collide(*address, other)
            {
                return Err(place.clone().error(Problem::SameSocket(name)));
            }
        }
        if let Some((address, place)) = operate.as_ref().filter(|(address, _)| !address.ip().is_loopback()) {
            warnings.push(format!(
                "{place}: whoever reaches {address} reads the metrics without a token; keep it to this machine, or behind a \
                 firewall that lets only your monitoring in"
            ));
        }
        Ok(Sockets {
            listen,
            hooks: hooks.map(|(address, _)| address),
            operate: operate.map(|(address, _)| address),
        })
    }

    fn hosts_exempt(&self) -> Result<Vec<IpNet>, ConfigError> {
        self.networks("RINGSIDE_HOSTS_EXEMPT", &self.file.top.hosts_exempt).map(|(networks, _)| networks)
    }

    fn trusted_proxies(&self) -> Result<(Vec<IpNet>, Place), ConfigError> {
        self.networks("RINGSIDE_TRUSTED_PROXIES", &self.file.top.trusted_proxies)
    }

    /// A list of networks, and who said it.
    fn networks(
        &self,
        variable: &'static str,
        in_file: &[Spanned<String>],
    ) -> Result<(Vec<IpNet>, Place), ConfigError> {
        let Some(list) = (self.environment)(variable) else {
            let place = in_file.first().map_or(Place::Default, |first| self.file.place(first));
            return Ok((self.file.networks(in_file)?, place));
        };
        let place = Place::Variable(variable);
        let networks =
            list.split(',').map(|text| parse::network(text).map_err(|problem| place.clone().error(problem)));
        Ok((networks.collect::<Result<_, _>>()?, place))
    }
}

/// Whether two sockets can't be bound side by side.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let overlap = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && overlap
}

/// The addresses to listen on.
struct Sockets {
    listen: SocketAddr,
    hooks: Option<SocketAddr>,
    operate: Option<SocketAddr>,
}
