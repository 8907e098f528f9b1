//! The configuration file: its shape in TOML, and its way into types.
//!
//! Every key of it parses, also those whose part isn't built yet: they are checked for their shape, and warned about. What
//! is wrong is said with its line and without its value, which may be a secret.

use std::{
    collections::HashMap,
    fs,
    ops::RangeInclusive,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use model::{
    entry::{QueueSettings, Settings},
    id::{Number, PbxTenantId, QueueId, TenantId},
};
use rustls::pki_types::UnixTime;
use serde::Deserialize;
use toml::Spanned;

use super::{
    Algorithm, ApiToken, Auth, ConfigError, Credentials, Endpoint, EventKind, Place, Problem,
    RetentionSettings, Secret, Tenant, error::line_of, parse,
};
use crate::{
    certificate::Files,
    pbx::{Account, AccountError},
};

/// A configuration file that was read, and whose keys are known.
pub(super) struct File {
    path: PathBuf,
    text: String,
    /// Its settings.
    pub top: Top,
}

/// The file's top level.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Top {
    pub listen: Option<Spanned<String>>,
    pub access: Option<Spanned<String>>,
    pub hooks_listen: Option<Spanned<String>>,
    pub operate_listen: Option<Spanned<String>>,
    #[serde(default)]
    pub trusted_proxies: Vec<Spanned<String>>,
    #[serde(default)]
    pub hosts_exempt: Vec<Spanned<String>>,
    pub external_url: Option<Spanned<String>>,
    pub data: Option<Spanned<String>>,
    pub tls: Option<Spanned<TlsTable>>,
    #[serde(default)]
    tenant: Vec<Spanned<TenantTable>>,
    #[serde(default)]
    api_token: Vec<Spanned<ApiTokenTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsTable {
    certificate: Spanned<PathBuf>,
    key: Spanned<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantTable {
    id: Spanned<String>,
    name: Option<Spanned<String>>,
    time_zone: Option<Spanned<String>>,
    day_starts: Option<Spanned<String>>,
    pbx_tenant_id: Option<Spanned<String>>,
    directory: Option<Spanned<PathBuf>>,
    retention: Option<Spanned<RetentionTable>>,
    #[serde(default)]
    endpoint: Vec<Spanned<EndpointTable>>,
    #[serde(default)]
    queue: Vec<Spanned<QueueTable>>,
    pbx: Option<Spanned<PbxTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionTable {
    raw_days: Option<Spanned<u32>>,
    raw_gib: Option<Spanned<u32>>,
    history_days: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointTable {
    id: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    events: Events,
    auth: Spanned<AuthTable>,
    #[serde(default)]
    allow: Vec<Spanned<String>>,
    enabled: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Events {
    Cdr,
    Extension,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    None,
    Basic,
    Digest,
    Bearer,
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Digest => "digest",
            Self::Bearer => "bearer",
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
enum Hash {
    #[serde(rename = "md5")]
    Md5,
    #[serde(rename = "sha-256")]
    Sha256,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthTable {
    method: Method,
    username: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    password_file: Option<Spanned<PathBuf>>,
    token: Option<Spanned<String>>,
    token_file: Option<Spanned<PathBuf>>,
    algorithm: Option<Spanned<Hash>>,
    legacy: Option<Spanned<bool>>,
    also: Option<Spanned<Vec<Spanned<CredentialTable>>>>,
}

/// A second credential, while the first is being brought in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialTable {
    username: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    password_file: Option<Spanned<PathBuf>>,
    token: Option<Spanned<String>>,
    token_file: Option<Spanned<PathBuf>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueTable {
    number: Option<Spanned<String>>,
    queue_id: Option<Spanned<String>>,
    service_level: Option<Spanned<u8>>,
    target_seconds: Option<u32>,
    target_percent: Option<Spanned<u8>>,
    short_abandon_seconds: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PbxTable {
    url: Spanned<String>,
    username: Spanned<String>,
    password: Option<Spanned<String>>,
    password_file: Option<Spanned<PathBuf>>,
    ca_file: Option<Spanned<PathBuf>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiTokenTable {
    name: Spanned<String>,
    tenant: Spanned<String>,
    role: Spanned<String>,
    #[serde(default)]
    scope: Vec<Spanned<String>>,
    token: Option<Spanned<String>>,
    token_file: Option<Spanned<PathBuf>>,
}

/// One credential of an `auth` table: its own, or one of `also`.
struct Parts<'a> {
    at: usize,
    username: Option<&'a Spanned<String>>,
    password: Option<&'a Spanned<String>>,
    password_file: Option<&'a Spanned<PathBuf>>,
    token: Option<&'a Spanned<String>>,
    token_file: Option<&'a Spanned<PathBuf>>,
}

/// The shortest API token, in characters.
const API_TOKEN_MIN: usize = 20;

/// Where each text stood first that may stand once only.
type Seen = HashMap<String, usize>;

impl File {
    /// Reads a file and refuses what is not TOML and keys that are not known.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        // Windows' editors open a file with a mark that TOML doesn't know. Without it offsets are those of the text.
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        let top = parse_toml(path, &text)?;
        Ok(Self { path: path.to_owned(), text, top })
    }

    /// The line of a value.
    pub fn place<T>(&self, value: &Spanned<T>) -> Place {
        Place::of(&self.path, &self.text, value.span().start)
    }

    /// An error about a value.
    pub fn wrong<T>(&self, value: &Spanned<T>, problem: Problem) -> ConfigError {
        self.place(value).error(problem)
    }

    /// The networks of a list, each with its line.
    pub fn networks(&self, list: &[Spanned<String>]) -> Result<Vec<IpNet>, ConfigError> {
        list.iter()
            .map(|text| parse::network(text.get_ref()).map_err(|problem| self.wrong(text, problem)))
            .collect()
    }

    /// The certificate's files, where TLS is spoken: they can be served now.
    pub fn tls(&self) -> Result<Option<Files>, ConfigError> {
        let Some(tls) = &self.top.tls else { return Ok(None) };
        let TlsTable { certificate, key } = tls.get_ref();
        let files = Files { certificate: self.resolve(certificate)?, key: self.resolve(key)? };
        match files.read(UnixTime::now()) {
            Ok(_) => Ok(Some(files)),
            Err(error) => Err(self.wrong(tls, error.into())),
        }
    }

    /// The file's tenants. An endpoint without an id has an empty one. Appends to `warnings` what may be meant otherwise.
    pub fn tenants(&self, warnings: &mut Vec<String>) -> Result<Vec<Tenant>, ConfigError> {
        let top = &self.top;
        if top.tenant.is_empty() {
            return Err(Place::of(&self.path, &self.text, 0).error(Problem::NoTenant));
        }
        let (mut ids, mut endpoint_ids) = (Seen::new(), Seen::new());
        let mut tenants = Vec::new();
        for table in &top.tenant {
            self.once(&mut ids, &table.get_ref().id, "this tenant id")?;
            tenants.push(self.tenant(table.get_ref(), &mut endpoint_ids, warnings)?);
        }
        if self.holds_secrets() && self.others_may_read() {
            let path = self.path.display();
            warnings.push(format!(
                "{path} holds secrets and may be read by other users of this machine; chmod 600 {path}"
            ));
        }
        Ok(tenants)
    }

    /// The file's API tokens.
    pub fn api_tokens(&self) -> Result<Vec<ApiToken>, ConfigError> {
        let mut names = Seen::new();
        let mut tokens: Vec<ApiToken> = Vec::new();
        for spanned in &self.top.api_token {
            let table = spanned.get_ref();
            let tenants = || self.top.tenant.iter().map(|tenant| tenant.get_ref().id.get_ref());
            self.check(&table.tenant, |id| tenants().any(|known| known == id), Problem::UnknownTenant)?;
            self.check(&table.name, |name| parse::is_label(name), Problem::Name)?;
            let (tenant, name) = (table.tenant.get_ref(), table.name.get_ref());
            let at = table.name.span().start;
            self.once_at(&mut names, &format!("{tenant}/{name}"), at, &format!("the token {name}"))?;
            let role = table.role.get_ref().parse().map_err(|_| self.wrong(&table.role, Problem::Role))?;
            let scope = table.scope.iter().map(|word| self.text(Some(word)).map(Option::unwrap_or_default));
            let scope = scope.collect::<Result<_, _>>()?;
            let sendable = |c: char| c.is_ascii_graphic();
            let token = self.secret("token", table.token.as_ref(), table.token_file.as_ref(), sendable)?;
            let token =
                token.ok_or_else(|| self.wrong(spanned, Problem::Missing("token` or `token_file".into())))?;
            if token.reveal().len() < API_TOKEN_MIN {
                return Err(self.wrong(spanned, Problem::TokenShort));
            }
            if tokens.iter().any(|other| other.token == token) {
                return Err(self.wrong(spanned, Problem::TokenTwice));
            }
            let (tenant, name) = (TenantId::from(tenant.as_str()), name.clone());
            tokens.push(ApiToken { name, tenant, role, scope, token });
        }
        Ok(tokens)
    }

    fn tenant(
        &self,
        table: &TenantTable,
        endpoint_ids: &mut Seen,
        warnings: &mut Vec<String>,
    ) -> Result<Tenant, ConfigError> {
        self.check(&table.id, |id| parse::is_tenant_id(id), Problem::TenantId)?;
        let id = TenantId::from(table.id.get_ref().as_str());
        let zone = |name: &Spanned<String>| {
            TimeZone::get(name.get_ref()).map_err(|_| self.wrong(name, Problem::TimeZone))
        };
        let time = |text: &Spanned<String>| {
            parse::time_of_day(text.get_ref()).ok_or_else(|| self.wrong(text, Problem::TimeOfDay))
        };
        let time_zone = table.time_zone.as_ref().map(zone).transpose()?;
        let day_starts = table.day_starts.as_ref().map(time).transpose()?;
        let endpoints = self.endpoints(&id, table, endpoint_ids)?;
        if !endpoints.iter().any(|endpoint| endpoint.enabled) {
            warnings.push(format!(
                "{}: tenant {id} has no enabled endpoint, so nothing can arrive for it; add a [[tenant.endpoint]] each for \
                 events = \"cdr\" and events = \"extension\"",
                self.place(&table.id)
            ));
        }
        Ok(Tenant {
            name: self.label(table.name.as_ref())?.unwrap_or_else(|| id.to_string()),
            time_zone,
            day_starts,
            settings: Settings {
                pbx_tenant: self.text(table.pbx_tenant_id.as_ref())?.map(PbxTenantId::from),
                queues: self.queues(&table.queue)?,
            },
            retention: self.retention(table.retention.as_ref().map(Spanned::get_ref))?,
            directory: table.directory.as_ref().map(|path| self.resolve(path)).transpose()?,
            endpoints,
            pbx: table.pbx.as_ref().map(|pbx| self.pbx(pbx)).transpose()?,
            id,
        })
    }

    fn retention(&self, table: Option<&RetentionTable>) -> Result<RetentionSettings, ConfigError> {
        let Some(table) = table else { return Ok(RetentionSettings::default()) };
        let number = |given: Option<&Spanned<u32>>, range: RangeInclusive<u32>| {
            let Some(given) = given else { return Ok::<_, ConfigError>(None) };
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            let problem = Problem::Type { found: "a number out of range", wanted };
            self.check(given, |number| range.contains(number), problem)?;
            Ok(Some(*given.get_ref()))
        };
        Ok(RetentionSettings {
            raw_days: number(table.raw_days.as_ref(), RetentionSettings::RAW_DAYS)?,
            raw_gib: number(table.raw_gib.as_ref(), RetentionSettings::RAW_GIB)?,
            history_days: number(table.history_days.as_ref(), RetentionSettings::HISTORY_DAYS)?,
        })
    }

    /// How the PBX is asked.
    fn pbx(&self, spanned: &Spanned<PbxTable>) -> Result<Account, ConfigError> {
        let table = spanned.get_ref();
        let (password, file) = (table.password.as_ref(), table.password_file.as_ref());
        let password = self.secret("password", password, file, |c| !c.is_control())?;
        let missing = || self.wrong(spanned, Problem::Missing("password` or `password_file".into()));
        let password = password.ok_or_else(missing)?;
        let authority = match &table.ca_file {
            None => None,
            Some(file) => {
                let path = self.resolve(file)?;
                let read = fs::read_to_string(&path);
                Some(read.map_err(|source| self.wrong(file, Problem::FileUnreadable { path, source }))?)
            }
        };
        let (url, username) = (table.url.get_ref(), table.username.get_ref());
        Account::new(url, username, password, authority.as_deref()).map_err(|error| match error {
            AccountError::Address | AccountError::InTheClear => self.wrong(&table.url, error.into()),
            AccountError::Username => self.wrong(&table.username, error.into()),
            AccountError::Password => self.wrong(spanned, error.into()),
            AccountError::Authority => match &table.ca_file {
                Some(file) => self.wrong(file, error.into()),
                None => self.wrong(spanned, error.into()),
            },
        })
    }

    fn endpoints(
        &self,
        tenant: &TenantId,
        table: &TenantTable,
        ids: &mut Seen,
    ) -> Result<Vec<Endpoint>, ConfigError> {
        let mut names = Seen::new();
        let mut of_kind = HashMap::new();
        let mut endpoints = Vec::new();
        for spanned in &table.endpoint {
            let endpoint = spanned.get_ref();
            let events = match endpoint.events {
                Events::Cdr => EventKind::Cdr,
                Events::Extension => EventKind::Extension,
            };
            let place = of_kind.entry(events.as_str()).or_insert(0_usize);
            *place += 1;
            let name =
                self.label(endpoint.name.as_ref())?.unwrap_or_else(|| format!("{}-{place}", events.as_str()));
            let at = endpoint.name.as_ref().map_or(spanned.span(), Spanned::span).start;
            self.once_at(&mut names, &name, at, &format!("the endpoint name {name}"))?;
            if let Some(id) = &endpoint.id {
                self.check(id, |id| parse::is_endpoint_id(id), Problem::EndpointId)?;
                self.once(ids, id, "this endpoint id")?;
            }
            endpoints.push(Endpoint {
                tenant: tenant.clone(),
                id: endpoint.id.as_ref().map(|id| id.get_ref().clone()).unwrap_or_default(),
                name,
                events,
                auth: self.auth(&endpoint.auth)?,
                allow: self.networks(&endpoint.allow)?,
                enabled: endpoint.enabled.unwrap_or(true),
            });
        }
        Ok(endpoints)
    }

    fn auth(&self, table: &Spanned<AuthTable>) -> Result<Auth, ConfigError> {
        let auth = table.get_ref();
        let method = auth.method;
        if method != Method::Digest {
            self.foreign(method, "algorithm", auth.algorithm.as_ref())?;
            self.foreign(method, "legacy", auth.legacy.as_ref())?;
        }
        if method == Method::None {
            self.foreign(method, "also", auth.also.as_ref())?;
        }
        let also = auth.also.iter().flat_map(Spanned::get_ref).map(CredentialTable::parts);
        let all = std::iter::once(auth.parts(table.span().start)).chain(also).collect::<Vec<_>>();
        for parts in &all {
            self.only_of(method, parts)?;
        }
        let credentials =
            || all.iter().map(|parts| self.credentials(method, parts)).collect::<Result<_, _>>();
        Ok(match method {
            Method::None => Auth::None,
            Method::Basic => Auth::Basic(credentials()?),
            Method::Digest => Auth::Digest {
                credentials: credentials()?,
                algorithm: match auth.algorithm.as_ref().map(Spanned::get_ref) {
                    Some(Hash::Sha256) => Algorithm::Sha256,
                    Some(Hash::Md5) | None => Algorithm::Md5,
                },
                legacy: auth.legacy.as_ref().is_some_and(|legacy| *legacy.get_ref()),
            },
            Method::Bearer => {
                Auth::Bearer(all.iter().map(|parts| self.token(parts)).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Refuses parts of another method, which somebody believes to be in force.
    fn only_of(&self, method: Method, parts: &Parts<'_>) -> Result<(), ConfigError> {
        if !matches!(method, Method::Basic | Method::Digest) {
            self.foreign(method, "username", parts.username)?;
            self.foreign(method, "password", parts.password)?;
            self.foreign(method, "password_file", parts.password_file)?;
        }
        if method != Method::Bearer {
            self.foreign(method, "token", parts.token)?;
            self.foreign(method, "token_file", parts.token_file)?;
        }
        Ok(())
    }

    fn foreign<T>(
        &self,
        method: Method,
        key: &'static str,
        value: Option<&Spanned<T>>,
    ) -> Result<(), ConfigError> {
        let method = method.as_str();
        value.map_or(Ok(()), |value| Err(self.wrong(value, Problem::AuthForeign { method, key })))
    }

    fn credentials(&self, method: Method, parts: &Parts<'_>) -> Result<Credentials, ConfigError> {
        let method = method.as_str();
        let lacks = |needs| self.at(parts.at, Problem::AuthLacks { method, needs });
        let username = parts.username.ok_or_else(|| lacks("a `username`"))?;
        // RFC 7617 2: a user-id has no colon; RFC 7616 3.4.2 joins it to the realm by one.
        let sendable =
            |name: &String| !name.is_empty() && !name.contains(|c: char| c.is_control() || c == ':');
        self.check(username, sendable, Problem::Username)?;
        let password = self
            .secret("password", parts.password, parts.password_file, |c| !c.is_control())?
            .ok_or_else(|| lacks("a `password` or `password_file`"))?;
        Ok(Credentials { username: username.get_ref().clone(), password })
    }

    fn token(&self, parts: &Parts<'_>) -> Result<Secret, ConfigError> {
        self.secret("token", parts.token, parts.token_file, |c| c.is_ascii_graphic())?.ok_or_else(|| {
            self.at(parts.at, Problem::AuthLacks { method: "bearer", needs: "a `token` or `token_file`" })
        })
    }

    /// A secret as given, or from its file without the last line's end.
    fn secret(
        &self,
        key: &'static str,
        inline: Option<&Spanned<String>>,
        file: Option<&Spanned<PathBuf>>,
        sendable: impl Fn(char) -> bool,
    ) -> Result<Option<Secret>, ConfigError> {
        let (text, place) = match (inline, file) {
            (None, None) => return Ok(None),
            (Some(_), Some(file)) => return Err(self.wrong(file, Problem::SecretTwice(key))),
            (Some(inline), None) => (inline.get_ref().clone(), self.place(inline)),
            (None, Some(file)) => {
                let path = self.resolve(file)?;
                let text = fs::read_to_string(&path)
                    .map_err(|source| self.wrong(file, Problem::SecretUnreadable { path, source }))?;
                (text.trim_end_matches(['\r', '\n']).to_owned(), self.place(file))
            }
        };
        if text.is_empty() {
            Err(place.error(Problem::SecretEmpty))
        } else if text.contains(|c| !sendable(c)) {
            Err(place.error(Problem::SecretCharacter))
        } else {
            Ok(Some(Secret::new(text)))
        }
    }

    fn queues(&self, tables: &[Spanned<QueueTable>]) -> Result<Vec<QueueSettings>, ConfigError> {
        let (mut numbers, mut ids) = (Seen::new(), Seen::new());
        let mut queues = Vec::new();
        for spanned in tables {
            let table = spanned.get_ref();
            let number = self.text(table.number.as_ref())?;
            let queue = self.text(table.queue_id.as_ref())?;
            if number.is_none() && queue.is_none() {
                return Err(self.wrong(spanned, Problem::QueueUnnamed));
            }
            if let Some(number) = &table.number {
                self.once(&mut numbers, number, "this queue")?;
            }
            if let Some(id) = &table.queue_id {
                self.once(&mut ids, id, "this queue")?;
            }
            if let Some(formula) = &table.service_level {
                self.check(formula, |formula| [3, 4, 6].contains(formula), Problem::ServiceLevel)?;
            }
            if let Some(percent) = &table.target_percent {
                let wanted = "a whole number from 1 to 100".to_owned();
                let problem = Problem::Type { found: "a number out of range", wanted };
                self.check(percent, |percent| (1..=100).contains(percent), problem)?;
            }
            queues.push(QueueSettings {
                number: number.map(Number::from),
                queue: queue.map(QueueId::from),
                target_s: table.target_seconds,
                target_percent: table.target_percent.as_ref().map(|percent| *percent.get_ref()),
                short_abandon_s: table.short_abandon_seconds.as_ref().map(|seconds| *seconds.get_ref()),
                service_level: table.service_level.as_ref().map(|formula| *formula.get_ref()),
            });
        }
        Ok(queues)
    }

    /// A text that isn't empty.
    fn text(&self, value: Option<&Spanned<String>>) -> Result<Option<String>, ConfigError> {
        value
            .map(|text| {
                self.check(text, |text| !text.trim().is_empty(), Problem::Empty)?;
                Ok(text.get_ref().clone())
            })
            .transpose()
    }

    /// A name that people read.
    fn label(&self, value: Option<&Spanned<String>>) -> Result<Option<String>, ConfigError> {
        value
            .map(|name| {
                self.check(name, |name| parse::is_label(name), Problem::Name)?;
                Ok(name.get_ref().clone())
            })
            .transpose()
    }

    /// A path of the file, which is relative to its folder.
    fn resolve(&self, path: &Spanned<PathBuf>) -> Result<PathBuf, ConfigError> {
        self.check(path, |path| !path.as_os_str().is_empty(), Problem::Empty)?;
        Ok(self.path.parent().unwrap_or(Path::new("")).join(path.get_ref()))
    }

    fn check<T>(
        &self,
        value: &Spanned<T>,
        holds: impl Fn(&T) -> bool,
        problem: Problem,
    ) -> Result<(), ConfigError> {
        if holds(value.get_ref()) { Ok(()) } else { Err(self.wrong(value, problem)) }
    }

    fn once(&self, seen: &mut Seen, text: &Spanned<String>, what: &str) -> Result<(), ConfigError> {
        self.once_at(seen, text.get_ref(), text.span().start, what)
    }

    fn once_at(&self, seen: &mut Seen, text: &str, at: usize, what: &str) -> Result<(), ConfigError> {
        match seen.insert(text.to_owned(), at) {
            None => Ok(()),
            Some(first) => {
                let line = line_of(self.text.as_bytes(), first);
                Err(self.at(at, Problem::Twice { what: what.to_owned(), line }))
            }
        }
    }

    fn at(&self, offset: usize, problem: Problem) -> ConfigError {
        Place::of(&self.path, &self.text, offset).error(problem)
    }

    /// Whether it says what nobody else may know. An endpoint's id is such a thing.
    fn holds_secrets(&self) -> bool {
        self.top.tenant.iter().flat_map(|tenant| &tenant.get_ref().endpoint).any(|endpoint| {
            let auth = endpoint.get_ref().auth.get_ref();
            let also = auth.also.iter().flat_map(Spanned::get_ref).map(CredentialTable::parts);
            endpoint.get_ref().id.is_some()
                || std::iter::once(auth.parts(0))
                    .chain(also)
                    .any(|parts| parts.password.is_some() || parts.token.is_some())
        }) || self
            .top
            .tenant
            .iter()
            .any(|tenant| tenant.get_ref().pbx.as_ref().is_some_and(|pbx| pbx.get_ref().password.is_some()))
            || self.top.api_token.iter().any(|token| token.get_ref().token.is_some())
    }

    fn others_may_read(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
    }
}

impl AuthTable {
    fn parts(&self, at: usize) -> Parts<'_> {
        Parts {
            at,
            username: self.username.as_ref(),
            password: self.password.as_ref(),
            password_file: self.password_file.as_ref(),
            token: self.token.as_ref(),
            token_file: self.token_file.as_ref(),
        }
    }
}

impl CredentialTable {
    fn parts(table: &Spanned<Self>) -> Parts<'_> {
        let this = table.get_ref();
        Parts {
            at: table.span().start,
            username: this.username.as_ref(),
            password: this.password.as_ref(),
            password_file: this.password_file.as_ref(),
            token: this.token.as_ref(),
            token_file: this.token_file.as_ref(),
        }
    }
}

/// TOML of a known shape, or the line where it isn't.
pub(super) fn parse_toml<'a, T: Deserialize<'a>>(path: &Path, text: &'a str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        Place::of(path, text, offset).error(problem(error.message()))
    })
}

/// What serde says, in words for whoever wrote the file, and without the value: it may be a secret.
fn problem(message: &str) -> Problem {
    let known = |expected: &str| expected.trim_start_matches("one of ").to_owned();
    if let Some((key, expected)) =
        message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected "))
    {
        return Problem::UnknownKey { key: key.to_owned(), known: known(expected) };
    }
    if let Some(key) = message.strip_prefix("missing field `") {
        return Problem::Missing(key.trim_end_matches('`').to_owned());
    }
    if message.starts_with("unknown variant") {
        let words = message.rsplit_once("`, expected ").map_or("", |(_, words)| words);
        return Problem::Word(known(words));
    }
    let Some((found, wanted)) =
        message.strip_prefix("invalid ").and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return Problem::Syntax(message.to_owned());
    };
    let found = match found {
        _ if found.starts_with("value") => "a value out of range",
        _ if found.starts_with("type: integer") => "a whole number",
        _ if found.starts_with("type: floating") => "a number",
        _ if found.starts_with("type: boolean") => "true or false",
        _ if found.starts_with("type: string") => "a text",
        _ if found.starts_with("type: sequence") => "a list",
        _ if found.starts_with("type: map") => "a table",
        _ => "something else",
    };
    let wanted = match wanted {
        "a string" | "path string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" if found == "a table" => "a list of tables, with [[ ]] around its name",
        "a sequence" => "a list in [ ]",
        "u8" | "u32" => "a whole number, not negative",
        _ if wanted.starts_with("struct") => "a table",
        _ => wanted,
    };
    Problem::Type { found, wanted: wanted.to_owned() }
}
