//! What goes wrong between us and the PBX, in plain words that end with the next step. They are told to everybody who sees
//! the lamp, so they name no host, no user and no number. Logs and the API have them as they are here; people read them in
//! their own language, by [`PbxError::trouble`].

use std::{io, time::Duration};

use model::wire::PbxTrouble;
use rustls::CertificateError;

use crate::journal::AppendError;

/// Why the PBX can't be asked, or its answer can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PbxError {
    /// No address for its name.
    #[error("the PBX's name can't be resolved; look for a slip in its address, or mend this server's DNS")]
    Name,
    /// Nobody listens there.
    #[error("nothing listens at the PBX's port; check the port (8887, as a rule) and that the PBX runs")]
    Refused,
    /// No connection in time.
    #[error(
        "the PBX can't be reached; check its address, and that no firewall between keeps this server away"
    )]
    Unreachable,
    /// The connection ended amid something.
    #[error("the connection to the PBX was cut; Ringside tries again by itself")]
    Cut,
    /// No answer in time.
    #[error("the PBX took too long to answer; Ringside tries again by itself")]
    Slow,
    /// There is another protocol on the port.
    #[error("the PBX's port speaks no TLS; check the port (8887, as a rule)")]
    NoTls,
    /// A certificate of nobody whom we trust.
    #[error(
        "the PBX's certificate is of no authority that this server trusts; give its authority's certificate, or the PBX's own"
    )]
    Untrusted,
    /// A certificate of somebody else.
    #[error(
        "the PBX's certificate is for another name; use the name that it is for, or give that certificate as the trusted one"
    )]
    OtherName,
    /// A certificate that has ended.
    #[error("the PBX's certificate has ended or not begun yet; renew it, or check this machine's clock")]
    Ended,
    /// No authorities on this machine.
    #[error(
        "this server knows no certificate authorities; install them (ca-certificates), or give the PBX's"
    )]
    NoAuthorities,
    /// Name, password or domain is wrong.
    #[error(
        "the PBX refuses the user name or the password; the name is that of one of the tenant's users, then @ and the tenant's SIP domain"
    )]
    Credentials,
    /// A code is wanted.
    #[error(
        "the PBX asks for a second factor; switch two-factor sign-in off for this user, or take another one"
    )]
    TwoFactor,
    /// Signed in, and may not read something.
    #[error(
        "the user may not read {0}: it is not one of the tenant's users, or its role lacks the right; give it a role with view rights"
    )]
    Forbidden(&'static str),
    /// There is no such call in the API.
    #[error("the PBX has no {0} in its interface; is this the PBX's own address, and not its web page's?")]
    Missing(&'static str),
    /// A redirect, which we don't follow with a password.
    #[error("the PBX leads elsewhere by a redirect; give the address that it leads to")]
    Redirect,
    /// Too many requests.
    #[error(
        "the PBX says that it is asked too often; Ringside waits, or put its address on the PBX's list of exempt addresses"
    )]
    Busy(Duration),
    /// It says that it fails.
    #[error("the PBX answers with an error of its own ({0}); look whether all of its services run")]
    Failing(u16),
    /// A page instead of data.
    #[error(
        "the answer is no data of a PBX, but something like a web page; check the port (8887, as a rule)"
    )]
    NotData,
    /// Data of another shape.
    #[error("what the PBX says of {0} can't be understood; it is left out, please report its version")]
    Nonsense(&'static str),
    /// More than anybody has.
    #[error("the PBX's list of {0} does not end; it is left out, please report its version")]
    Endless(&'static str),
    /// An answer larger than any should be.
    #[error("the PBX's answer about {0} is too large; it is left out, please report its version")]
    TooLarge(&'static str),
    /// The WebSocket's handshake is answered with a status.
    #[error(
        "the PBX's publish/subscribe interface (WSI) is closed ({0}); switch it on in the PBX, or let it through the proxy between"
    )]
    WsiClosed(u16),
    /// The WebSocket is refused us.
    #[error("the PBX's publish/subscribe interface (WSI) refuses the user; give it a role with view rights")]
    WsiCredentials,
    /// A topic is refused us.
    #[error("the user may not subscribe to {0} (WSI); give it a role with view rights, Analytics among them")]
    WsiForbidden(&'static str),
    /// It was cut, or closed.
    #[error("the PBX's publish/subscribe interface (WSI) was cut; Ringside connects again by itself")]
    WsiCut,
    /// Neither events nor answers.
    #[error("the PBX's publish/subscribe interface (WSI) does not answer; Ringside connects again by itself")]
    WsiSilent,
    /// It says what is no event.
    #[error(
        "the PBX's publish/subscribe interface (WSI) says nothing that can be understood; please report its version"
    )]
    WsiNonsense,
    /// The journal takes nothing.
    #[error("what the PBX says can't be kept: {0}")]
    Journal(#[from] AppendError),
}

/// What kind of thing went wrong: few words, for a monitoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// No connection, or it was cut.
    Connection,
    /// Its certificate.
    Certificate,
    /// Who asks is not let in.
    Refused,
    /// Who asks may not read something.
    Rights,
    /// It is busy, or fails by itself.
    Busy,
    /// Its answer can't be used.
    Answer,
    /// The publish/subscribe interface.
    Subscription,
    /// Our journal.
    Journal,
}

impl Class {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Connection,
        Self::Certificate,
        Self::Refused,
        Self::Rights,
        Self::Busy,
        Self::Answer,
        Self::Subscription,
        Self::Journal,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Certificate => "certificate",
            Self::Refused => "refused",
            Self::Rights => "rights",
            Self::Busy => "busy",
            Self::Answer => "answer",
            Self::Subscription => "subscription",
            Self::Journal => "journal",
        }
    }
}

impl PbxError {
    /// The same as a word.
    pub const fn trouble(&self) -> PbxTrouble {
        match self {
            Self::Name => PbxTrouble::NoSuchName,
            Self::Refused => PbxTrouble::NothingListens,
            Self::Unreachable => PbxTrouble::Unreachable,
            Self::Cut => PbxTrouble::Cut,
            Self::Slow => PbxTrouble::Slow,
            Self::NoTls => PbxTrouble::NoTls,
            Self::Untrusted => PbxTrouble::CertificateUntrusted,
            Self::OtherName => PbxTrouble::CertificateOtherName,
            Self::Ended => PbxTrouble::CertificateEnded,
            Self::NoAuthorities => PbxTrouble::NoAuthorities,
            Self::Credentials => PbxTrouble::Credentials,
            Self::TwoFactor => PbxTrouble::TwoFactor,
            Self::Forbidden(_) => PbxTrouble::Forbidden,
            Self::Missing(_) => PbxTrouble::Missing,
            Self::Redirect => PbxTrouble::Redirect,
            Self::Busy(_) => PbxTrouble::Busy,
            Self::Failing(_) => PbxTrouble::Failing,
            Self::NotData => PbxTrouble::NotData,
            Self::Nonsense(_) => PbxTrouble::Nonsense,
            Self::Endless(_) => PbxTrouble::Endless,
            Self::TooLarge(_) => PbxTrouble::TooLarge,
            Self::WsiClosed(_) => PbxTrouble::WsiClosed,
            Self::WsiCredentials => PbxTrouble::WsiCredentials,
            Self::WsiForbidden(_) => PbxTrouble::WsiForbidden,
            Self::WsiCut => PbxTrouble::WsiCut,
            Self::WsiSilent => PbxTrouble::WsiSilent,
            Self::WsiNonsense => PbxTrouble::WsiNonsense,
            Self::Journal(_) => PbxTrouble::Journal,
        }
    }

    /// What an answer was about, in an English word, where the error is of one.
    pub const fn about(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(what)
            | Self::Missing(what)
            | Self::Nonsense(what)
            | Self::Endless(what)
            | Self::TooLarge(what)
            | Self::WsiForbidden(what) => Some(what),
            _ => None,
        }
    }

    /// The HTTP status that the PBX gave with it.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Failing(status) | Self::WsiClosed(status) => Some(*status),
            _ => None,
        }
    }

    /// What kind of thing it is.
    pub const fn class(&self) -> Class {
        match self {
            Self::Name | Self::Refused | Self::Unreachable | Self::Cut | Self::Slow | Self::NoTls => {
                Class::Connection
            }
            Self::Untrusted | Self::OtherName | Self::Ended | Self::NoAuthorities => Class::Certificate,
            Self::Credentials | Self::TwoFactor => Class::Refused,
            Self::Forbidden(_) => Class::Rights,
            Self::Busy(_) | Self::Failing(_) => Class::Busy,
            Self::Missing(_)
            | Self::Redirect
            | Self::NotData
            | Self::Nonsense(_)
            | Self::Endless(_)
            | Self::TooLarge(_) => Class::Answer,
            Self::WsiClosed(_)
            | Self::WsiCredentials
            | Self::WsiForbidden(_)
            | Self::WsiCut
            | Self::WsiSilent
            | Self::WsiNonsense => Class::Subscription,
            Self::Journal(_) => Class::Journal,
        }
    }

    /// Whether somebody has to do something, so that it is no use to wait whether it goes away.
    pub const fn wants_hand(&self) -> bool {
        !matches!(
            self,
            Self::Cut | Self::Slow | Self::Busy(_) | Self::WsiCut | Self::WsiSilent | Self::Journal(_)
        )
    }

    /// Whether it is of one answer alone: the next question may well be answered.
    pub const fn is_of_one_answer(&self) -> bool {
        matches!(
            self,
            Self::Forbidden(_) | Self::Missing(_) | Self::Nonsense(_) | Self::Endless(_) | Self::TooLarge(_)
        )
    }

    /// How a connection fails that was not there yet.
    pub(super) fn of_connecting(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            _ => Self::Unreachable,
        }
    }

    /// How TLS's handshake fails.
    pub(super) fn of_handshake(error: &io::Error) -> Self {
        let told = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match told {
            Some(rustls::Error::InvalidCertificate(fault)) => match fault {
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::OtherName
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Ended,
                _ => Self::Untrusted,
            },
            Some(_) => Self::NoTls,
            None => Self::Cut,
        }
    }
}
