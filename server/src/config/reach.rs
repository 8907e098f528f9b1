//! Who may reach what: the rules for addresses, sign-in, TLS and declared proxies together. Pure, so that the whole table is
//! a test.
//!
//! | `listen` | `access` | `tls` | `trusted_proxies` | |
//! |---|---|---|---|---|
//! | loopback | open | any | none | may |
//! | any | open | any | some | refused: the proxy would publish the pages |
//! | beyond | open | any | none | refused: nobody has to sign in |
//! | loopback | sign-in | any | any | may |
//! | beyond | sign-in | yes | any | may |
//! | beyond | sign-in | no | some | may, by those proxies only (`web::guard`) |
//! | beyond | sign-in | no | none | refused: passwords in the clear |
//!
//! Webhooks may come in the clear from anywhere: that is the usual site, and the PBX can do Digest. With another method the
//! start warns.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::{Auth, Problem, Tenant};

/// What the rules are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach<'a> {
    /// Nobody has to sign in.
    pub open: bool,
    pub tls: bool,
    pub proxies: &'a [IpNet],
}

impl Reach<'_> {
    /// Whether pages may be served on this address.
    pub fn may_listen(&self, listen: SocketAddr) -> Result<(), Problem> {
        if listen.ip().is_loopback() {
            return Ok(());
        }
        if self.open {
            Err(Problem::OpenBeyondLoopback(listen))
        } else if !self.tls && self.proxies.is_empty() {
            Err(Problem::InTheClear(listen))
        } else {
            Ok(())
        }
    }

    /// Whether proxies may be declared, and these.
    pub fn may_trust(&self) -> Result<(), Problem> {
        if self.proxies.iter().any(|network| network.prefix_len() == 0) {
            return Err(Problem::TrustsEverybody);
        }
        if self.open && !self.proxies.is_empty() { Err(Problem::OpenBehindProxy) } else { Ok(()) }
    }
}

/// A warning where secrets can be read on their way to a socket beyond loopback that is plain HTTP. Digest sends none.
pub(super) fn readable_secrets(
    socket: &str,
    address: SocketAddr,
    tls: bool,
    tenants: &[Tenant],
) -> Option<String> {
    if tls || address.ip().is_loopback() {
        return None;
    }
    let readable = tenants
        .iter()
        .flat_map(|tenant| &tenant.endpoints)
        .filter(|endpoint| endpoint.enabled && !matches!(endpoint.auth, Auth::Digest { .. }))
        .map(|endpoint| format!("{}/{}", endpoint.tenant, endpoint.name))
        .collect::<Vec<_>>();
    (!readable.is_empty()).then(|| {
        format!(
            "`{socket}` {address} is plain HTTP, so that whoever can listen in between reads the secrets of {}; use the method \
             digest for them, `tls`, or a network that you trust",
            readable.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The module's table, row by row.
    #[test]
    fn pages_are_served_beyond_loopback_only_behind_sign_in_and_tls_or_a_declared_proxy() {
        let loopback = ["127.0.0.1:8080", "[::1]:8080", "127.9.9.9:0"];
        let beyond = ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:443", "10.0.0.1:8080", "[2001:db8::1]:8080"];
        let (some, none): (&[IpNet], &[IpNet]) = (&["10.0.0.0/8".parse().unwrap()], &[]);
        for open in [true, false] {
            for tls in [false, true] {
                for proxies in [none, some] {
                    let reach = Reach { open, tls, proxies };
                    let case = format!("{reach:?}");
                    for listen in loopback {
                        assert!(reach.may_listen(listen.parse().unwrap()).is_ok(), "{listen} {case}");
                    }
                    for listen in beyond {
                        let refused = reach.may_listen(listen.parse().unwrap()).err();
                        let wanted = match (open, tls || !proxies.is_empty()) {
                            (true, _) => matches!(refused, Some(Problem::OpenBeyondLoopback(_))),
                            (false, true) => refused.is_none(),
                            (false, false) => matches!(refused, Some(Problem::InTheClear(_))),
                        };
                        assert!(wanted, "{listen} {case}: {refused:?}");
                    }
                    assert_eq!(reach.may_trust().is_err(), open && !proxies.is_empty(), "{case}");
                }
            }
        }
    }

    #[test]
    fn nobody_trusts_everybody() {
        for everybody in ["0.0.0.0/0", "::/0"] {
            let proxies = [everybody.parse().unwrap()];
            let reach = Reach { open: false, tls: true, proxies: &proxies };
            assert!(matches!(reach.may_trust(), Err(Problem::TrustsEverybody)));
        }
    }
}
