//! The endpoints that there are now: the configuration's, which only it changes, and those of the settings page.
//!
//! - A change is kept in `ringside.db` first, and holds from the next delivery on: readers have a book of all endpoints,
//!   and a change puts another one in its place.
//! - What the first start generated may be changed on the page, too. From its first change on it is the store's, and
//!   `endpoints.toml` has its beginnings only.
//! - An endpoint has two valid secrets at most.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use ipnet::IpNet;
use model::{id::TenantId, time::UnixMillis};
use sha2::{Digest as _, Sha256};

use super::{
    IngestError,
    authenticate::{Guard, Keys, ha1},
    change::{Change, ChangeError, Hand, NewSecret, Origin},
    kept::{self, Kept, KeptSecret, Standing},
    lamps::Light,
};
use crate::{
    config::{self, Auth, Endpoint, EventKind, Method, Secret},
    store::{Store, StoreError},
};

/// How many a tenant may have.
const ENDPOINTS_MAX: usize = 32;

/// An endpoint that we gave out, without its secrets.
pub struct Known {
    pub tenant: TenantId,
    pub id: String,
    pub name: String,
    pub events: EventKind,
    pub allow: Vec<IpNet>,
    pub enabled: bool,
    pub method: Method,
    pub guard: Guard,
    /// The same one after a change.
    pub light: Arc<Light>,
    pub origin: Origin,
    /// Hashes, where the page may change the endpoint.
    pub secrets: Vec<KeptSecret>,
}

/// All endpoints, at one moment.
#[derive(Default)]
pub struct Book {
    by_id: HashMap<String, Arc<Known>>,
    /// The same: the configuration's in its order, then the page's.
    pub in_order: Vec<Arc<Known>>,
}

impl Book {
    fn put(&mut self, known: Known) {
        let known = Arc::new(known);
        let place = self.in_order.iter().position(|other| other.id == known.id);
        match place {
            Some(place) => self.in_order[place] = Arc::clone(&known),
            None => self.in_order.push(Arc::clone(&known)),
        }
        self.by_id.insert(known.id.clone(), known);
    }

    fn named(&self, tenant: &TenantId, name: &str) -> Option<&Arc<Known>> {
        self.in_order.iter().find(|known| known.tenant == *tenant && known.name == name)
    }

    /// The name itself, or with a number where it is taken.
    fn free_name(&self, tenant: &TenantId, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(|name| self.named(tenant, name).is_none()).unwrap_or_default()
    }
}

/// The book, and the way to change it.
pub struct Endpoints {
    book: RwLock<Arc<Book>>,
    /// One change at a time.
    changing: Mutex<()>,
}

impl Endpoints {
    /// Those of the configuration, of which the page may change the generated ones, and those of the store.
    pub fn new(
        configured: Vec<Endpoint>,
        generated: bool,
        tenants: &[TenantId],
        store: &Store,
        keys: &Keys,
    ) -> Result<Self, IngestError> {
        let mut book = Book::default();
        for endpoint in configured {
            if book.named(&endpoint.tenant, &endpoint.name).is_some() {
                return Err(IngestError::SameName(endpoint.tenant, endpoint.name));
            }
            if let Some(first) = book.by_id.get(&endpoint.id) {
                return Err(IngestError::SameId(first.name.clone(), endpoint.name));
            }
            book.put(of_configuration(endpoint, generated, keys));
        }
        for kept in store.with(|transaction| kept::all(transaction).map_err(StoreError::from))? {
            let (mut kept, mut origin) = (kept, Origin::Page);
            match book.by_id.get(&kept.id) {
                Some(known) if known.origin == Origin::File => {
                    tracing::warn!(
                        endpoint = known.name,
                        "the configuration file's word on an endpoint holds, not the settings page's; take its table out of \
                         the file to have the page's again"
                    );
                    continue;
                }
                Some(known) => (kept.name, origin) = (known.name.clone(), Origin::Generated),
                None if !tenants.contains(&kept.tenant) => continue,
                None => kept.name = book.free_name(&kept.tenant, &kept.name),
            }
            book.put(of_store(kept, origin, Arc::default(), keys));
        }
        Ok(Self { book: RwLock::new(Arc::new(book)), changing: Mutex::default() })
    }

    /// All of them as they are now.
    pub fn book(&self) -> Arc<Book> {
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The endpoint of an id.
    pub fn get(&self, id: &str) -> Option<Arc<Known>> {
        self.book.read().unwrap_or_else(PoisonError::into_inner).by_id.get(id).cloned()
    }

    /// A tenant's.
    pub fn of_tenant(&self, tenant: &TenantId) -> Vec<Arc<Known>> {
        self.book().in_order.iter().filter(|known| known.tenant == *tenant).cloned().collect()
    }

    /// Makes another one, by Bearer. Blocks.
    pub fn make(
        &self,
        tenant: &TenantId,
        events: EventKind,
        hand: Hand<'_>,
    ) -> Result<NewSecret, ChangeError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let book = self.book();
        if book.in_order.iter().filter(|known| known.tenant == *tenant).count() >= ENDPOINTS_MAX {
            return Err(ChangeError::TooMany);
        }
        let mut kept = Kept {
            tenant: tenant.clone(),
            id: config::secret().map_err(|_| ChangeError::Random)?,
            name: book.free_name(tenant, events.as_str()),
            events,
            enabled: true,
            allow: Vec::new(),
            method: Method::Bearer,
            secrets: Vec::new(),
        };
        let new = add_secret(&mut kept, hand.at)?;
        self.keep(kept, "endpoint-make", Origin::Page, Arc::default(), hand)?;
        new.ok_or(ChangeError::NoSecret)
    }

    /// Changes one, from the next delivery on. Says the secret that it made. Blocks.
    pub fn change(
        &self,
        tenant: &TenantId,
        name: &str,
        change: Change,
        hand: Hand<'_>,
    ) -> Result<Option<NewSecret>, ChangeError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = Arc::clone(self.book().named(tenant, name).ok_or(ChangeError::Unknown)?);
        if known.origin == Origin::File {
            return Err(ChangeError::ReadOnly);
        }
        let mut kept = Kept {
            tenant: known.tenant.clone(),
            id: known.id.clone(),
            name: known.name.clone(),
            events: known.events,
            enabled: known.enabled,
            allow: known.allow.clone(),
            method: known.method,
            secrets: known.secrets.clone(),
        };
        let has = |kept: &Kept, standing| kept.secrets.iter().any(|secret| secret.standing == standing);
        let (mut new, act) = (None, change.act());
        match change {
            Change::Method(method) => {
                (kept.method, kept.secrets) = (method, Vec::new());
                new = add_secret(&mut kept, hand.at)?;
            }
            Change::Rotate if has(&kept, Standing::Old) => return Err(ChangeError::TwoSecrets),
            Change::Rotate if !has(&kept, Standing::Current) => return Err(ChangeError::NoSecret),
            Change::Rotate => new = add_secret(&mut kept, hand.at)?,
            Change::Retire if !has(&kept, Standing::Old) => return Err(ChangeError::NoSecret),
            Change::Retire => {
                kept.secrets.retain(|secret| secret.standing != Standing::Retired);
                for secret in &mut kept.secrets {
                    if secret.standing == Standing::Old {
                        secret.standing = Standing::Retired;
                    }
                }
            }
            Change::Enable(enabled) => kept.enabled = enabled,
            Change::Allow(networks) => kept.allow = networks,
            Change::Remove if known.origin == Origin::Generated => return Err(ChangeError::Generated),
            Change::Remove if known.enabled => return Err(ChangeError::InUse),
            Change::Remove => return self.forget(&kept, hand).map(|()| None),
        }
        self.keep(kept, act, known.origin, Arc::clone(&known.light), hand)?;
        Ok(new)
    }

    /// Takes one out of the store, then out of the book.
    fn forget(&self, kept: &Kept, hand: Hand<'_>) -> Result<(), ChangeError> {
        let id = &kept.id;
        hand.keep(kept, Change::Remove.act(), |transaction| kept::remove(transaction, id))?;
        let mut book = Book::default();
        for other in self.book().in_order.iter().filter(|other| other.id != *id) {
            book.by_id.insert(other.id.clone(), Arc::clone(other));
            book.in_order.push(Arc::clone(other));
        }
        self.replace(book);
        Ok(())
    }

    /// Keeps one in the store, then in the book.
    fn keep(
        &self,
        kept: Kept,
        act: &str,
        origin: Origin,
        light: Arc<Light>,
        hand: Hand<'_>,
    ) -> Result<(), ChangeError> {
        hand.keep(&kept, act, |transaction| kept::write(transaction, &kept))?;
        let last = self.book();
        let mut book = Book { by_id: last.by_id.clone(), in_order: last.in_order.clone() };
        book.put(of_store(kept, origin, light, hand.keys));
        self.replace(book);
        Ok(())
    }

    fn replace(&self, book: Book) {
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }
}

/// A new secret becomes the current one, and the one that was is the old one. Disable has none.
fn add_secret(kept: &mut Kept, now: UnixMillis) -> Result<Option<NewSecret>, ChangeError> {
    let random = || config::secret().map_err(|_| ChangeError::Random);
    if kept.method == Method::None {
        return Ok(None);
    }
    let secret = random()?;
    let last = kept.secrets.iter_mut().find(|secret| secret.standing == Standing::Current);
    let username = match (kept.method, &last) {
        (Method::Bearer, _) => String::new(),
        (_, Some(last)) => last.username.clone(),
        (_, None) => format!("pbx{}", random()?.get(..7).unwrap_or_default()),
    };
    if let Some(last) = last {
        last.standing = Standing::Old;
    }
    let hash = match kept.method {
        Method::Digest => ha1(&username, &secret).into_bytes(),
        Method::Basic => Sha256::digest(format!("{username}:{secret}")).to_vec(),
        Method::Bearer | Method::None => Sha256::digest(&secret).to_vec(),
    };
    kept.secrets.push(KeptSecret {
        standing: Standing::Current,
        username: username.clone(),
        hash,
        made: now,
    });
    Ok(Some(NewSecret {
        endpoint: kept.name.clone(),
        username: (!username.is_empty()).then_some(username),
        secret: Secret::new(secret),
    }))
}

fn of_configuration(endpoint: Endpoint, generated: bool, keys: &Keys) -> Known {
    let Endpoint { tenant, id, name, events, auth, allow, enabled } = endpoint;
    let guard = Guard::new(&auth, keys);
    // What somebody wrote into the generated file is his; what we wrote has one token.
    let (origin, secrets) = match &auth {
        Auth::Bearer(tokens) if generated && tokens.len() == 1 => {
            let hash = tokens.iter().map(|token| Sha256::digest(token.reveal()).to_vec());
            let secret = hash.map(|hash| KeptSecret {
                standing: Standing::Current,
                username: String::new(),
                hash,
                made: UnixMillis(0),
            });
            (Origin::Generated, secret.collect())
        }
        _ => (Origin::File, Vec::new()),
    };
    let (method, light) = (auth.method(), Arc::default());
    Known { tenant, id, name, events, allow, enabled, method, guard, light, origin, secrets }
}

fn of_store(kept: Kept, origin: Origin, light: Arc<Light>, keys: &Keys) -> Known {
    let Kept { tenant, id, name, events, enabled, allow, method, secrets } = kept;
    let guard = Guard::kept(method, &secrets, keys);
    Known { tenant, id, name, events, allow, enabled, method, guard, light, origin, secrets }
}
