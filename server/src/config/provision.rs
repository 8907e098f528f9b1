//! What is generated where the administrator gave nothing, and kept in the data folder: endpoints, tokens, ids.
//!
//! Both files are written once, whole, for the server's user only, and under the folder's lock, so that two first starts at
//! once can't each believe their own.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use toml::{Spanned, Table, Value};

use super::{ConfigError, Place, Problem, Tenant, file::parse_toml, parse};
use crate::folder::{self, Lock};

/// The endpoints of a server without a configuration file, in the data folder.
pub const ENDPOINTS_FILE: &str = "endpoints.toml";

/// The ids of endpoints that have none in the configuration file, in the data folder.
pub const IDS_FILE: &str = "endpoint-ids.toml";

/// How it begins.
const ENDPOINTS_HEAD: &str = "\
# Made by Ringside at its first start without a configuration file: an address and a token for each of the PBX's
# two kinds of events. The ids and tokens are secrets. The syntax is that of the configuration: docs/configuration.md.

[[tenant]]
id = \"default\"
";

/// Letters and digits of a generated secret: 165 bits, within what the PBX's fields take (6 to 64).
const SECRET_LENGTH: usize = 32;

/// Endpoint ids by tenant and endpoint name.
type Ids = BTreeMap<String, BTreeMap<String, String>>;

/// The path of `endpoints.toml`, made if it isn't there.
pub(super) fn endpoints(data: &Path) -> Result<PathBuf, ConfigError> {
    let path = data.join(ENDPOINTS_FILE);
    if path.exists() {
        return Ok(path);
    }
    let _lock = Lock::take(data)?;
    if !path.exists() {
        let text = format!("{ENDPOINTS_HEAD}{}{}", endpoint("cdr")?, endpoint("extension")?);
        keep(&path, &text)?;
    }
    Ok(path)
}

/// A generated endpoint for one kind of events, as TOML.
fn endpoint(events: &str) -> Result<String, ConfigError> {
    let (id, token) = (secret()?, secret()?);
    Ok(format!(
        "\n  [[tenant.endpoint]]\n  id = \"{id}\"\n  name = \"{events}\"\n  events = \"{events}\"\n  \
         auth = {{ method = \"bearer\", token = \"{token}\" }}\n"
    ))
}

/// Gives an id to each endpoint that has none, the same as at the last start.
pub(super) fn give_ids(data: &Path, tenants: &mut [Tenant]) -> Result<(), ConfigError> {
    if tenants.iter().flat_map(|tenant| &tenant.endpoints).all(|endpoint| !endpoint.id.is_empty()) {
        return Ok(());
    }
    let path = data.join(IDS_FILE);
    if give_known(&read(&path)?, tenants) {
        return Ok(());
    }
    let _lock = Lock::take(data)?;
    let mut ids = read(&path)?;
    if give_known(&ids, tenants) {
        return Ok(());
    }
    for endpoint in tenants.iter_mut().flat_map(|tenant| &mut tenant.endpoints) {
        if endpoint.id.is_empty() {
            endpoint.id = secret()?;
            let of_tenant = ids.entry(endpoint.tenant.to_string()).or_default();
            of_tenant.insert(endpoint.name.clone(), endpoint.id.clone());
        }
    }
    let head = "# Made by Ringside: the ids of endpoints that have none in the configuration, by tenant and name. They are secrets.\n\n";
    keep(&path, &format!("{head}{}", as_toml(&ids)))
}

fn as_toml(ids: &Ids) -> Table {
    let names = |names: &BTreeMap<String, String>| {
        names.iter().map(|(name, id)| (name.clone(), Value::String(id.clone()))).collect()
    };
    ids.iter().map(|(tenant, of_tenant)| (tenant.clone(), Value::Table(names(of_tenant)))).collect()
}

/// Gives the ids that are kept. Says whether every endpoint has one now.
fn give_known(ids: &Ids, tenants: &mut [Tenant]) -> bool {
    let endpoints = || tenants.iter().flat_map(|tenant| &tenant.endpoints);
    // An id that was copied into the configuration since belongs to the endpoint that has it there.
    let taken = endpoints().map(|endpoint| endpoint.id.clone()).collect::<HashSet<_>>();
    for endpoint in tenants.iter_mut().flat_map(|tenant| &mut tenant.endpoints) {
        let kept = ids.get(endpoint.tenant.as_str()).and_then(|names| names.get(&endpoint.name));
        if let Some(id) = kept.filter(|id| endpoint.id.is_empty() && !taken.contains(*id)) {
            endpoint.id.clone_from(id);
        }
    }
    tenants.iter().flat_map(|tenant| &tenant.endpoints).all(|endpoint| !endpoint.id.is_empty())
}

fn read(path: &Path) -> Result<Ids, ConfigError> {
    if !path.exists() {
        return Ok(Ids::new());
    }
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let read: BTreeMap<String, BTreeMap<String, Spanned<String>>> = parse_toml(path, &text)?;
    let mut ids = Ids::new();
    let mut seen = HashSet::new();
    for (tenant, names) in read {
        for (name, id) in names {
            if !parse::is_endpoint_id(id.get_ref()) || !seen.insert(id.get_ref().clone()) {
                return Err(Place::of(path, &text, id.span().start).error(Problem::EndpointId));
            }
            ids.entry(tenant.clone()).or_default().insert(name, id.into_inner());
        }
    }
    Ok(ids)
}

/// Writes a private file as a whole: after a power cut it is there or it isn't.
fn keep(path: &Path, text: &str) -> Result<(), ConfigError> {
    let unwritable = |source| ConfigError::Unwritable { path: path.to_owned(), source };
    let new = path.with_extension("new");
    folder::make_file(&new)?;
    let mut file = File::create(&new).map_err(unwritable)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unwritable)?;
    fs::rename(&new, path).map_err(unwritable)?;
    folder::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(unwritable)
}

/// Random letters and digits, as the PBX's fields take them: 165 bits.
pub fn secret() -> Result<String, ConfigError> {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut secret = String::new();
    let mut bytes = [0; 64];
    while secret.len() < SECRET_LENGTH {
        getrandom::fill(&mut bytes).map_err(ConfigError::Random)?;
        // 252 is a multiple of 36: above it the first letters would come more often.
        let fair = bytes.iter().filter(|&&byte| byte < 252);
        secret.extend(fair.map(|byte| char::from(ALPHABET[usize::from(byte % 36)])));
    }
    secret.truncate(SECRET_LENGTH);
    Ok(secret)
}
