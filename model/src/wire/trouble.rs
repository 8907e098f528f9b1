//! Why the link to the PBX's own interfaces is down, as one word: who shows it says it in the reader's language.

use serde::{Deserialize, Serialize};

use super::row::words;

words!(
    /// What is wrong between the server and the PBX.
    PbxTrouble {
        /// There is no address for the PBX's name.
        NoSuchName => "no_such_name",
        /// Nothing listens at the port.
        NothingListens => "nothing_listens",
        /// There is no way to the address.
        Unreachable => "unreachable",
        /// The connection ended amid something.
        Cut => "cut",
        /// No answer in time.
        Slow => "slow",
        /// The port speaks no TLS.
        NoTls => "no_tls",
        /// The certificate is of nobody whom the server trusts.
        CertificateUntrusted => "certificate_untrusted",
        /// The certificate is for another name.
        CertificateOtherName => "certificate_other_name",
        /// The certificate has ended, or not begun.
        CertificateEnded => "certificate_ended",
        /// The server's machine knows no certificate authorities.
        NoAuthorities => "no_authorities",
        /// User name, password or domain is wrong.
        Credentials => "credentials",
        /// The PBX asks for a second factor.
        TwoFactor => "two_factor",
        /// The user may not read something.
        Forbidden => "forbidden",
        /// The interface does not have something.
        Missing => "missing",
        /// The PBX leads elsewhere.
        Redirect => "redirect",
        /// The PBX says that it is asked too often.
        Busy => "busy",
        /// The PBX says that it fails.
        Failing => "failing",
        /// The answer is no data.
        NotData => "not_data",
        /// The answer can't be understood.
        Nonsense => "nonsense",
        /// A list does not end.
        Endless => "endless",
        /// The answer is too large.
        TooLarge => "too_large",
        /// The publish/subscribe interface (WSI) is closed.
        WsiClosed => "wsi_closed",
        /// The WSI refuses the user.
        WsiCredentials => "wsi_credentials",
        /// The user may not subscribe to something.
        WsiForbidden => "wsi_forbidden",
        /// The WSI's connection was cut.
        WsiCut => "wsi_cut",
        /// The WSI does not answer.
        WsiSilent => "wsi_silent",
        /// What the WSI says can't be understood.
        WsiNonsense => "wsi_nonsense",
        /// What the PBX says can't be kept in the journal.
        Journal => "journal",
        /// Something else: every word that this version does not know.
        #[serde(other)]
        Other => "other",
    }
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Lamps;

    #[test]
    fn a_word_of_a_newer_server_is_something_else() {
        let read = |word: &str| serde_json::from_str::<PbxTrouble>(&format!("{word:?}")).unwrap();
        for trouble in PbxTrouble::ALL {
            assert_eq!(read(trouble.as_str()), *trouble);
            assert_eq!(serde_json::to_string(trouble).unwrap(), format!("{:?}", trouble.as_str()));
        }
        assert_eq!(read("of_another_year"), PbxTrouble::Other);
    }

    #[test]
    fn lamps_are_read_with_any_trouble_and_with_none() {
        let read = |trouble: &str| {
            let lamp = r#"{"state":"down","last_event_at":null,"refused":0,"since":null}"#;
            let lamps = format!(r#"{{"server":{{"state":"live"}},"pbx":{lamp},{trouble}"endpoints":[]}}"#);
            serde_json::from_str::<Lamps>(&lamps).unwrap().trouble
        };
        assert_eq!(read(""), None);
        assert_eq!(read(r#""why":"it fails","trouble":"wsi_closed","#), Some(PbxTrouble::WsiClosed));
        assert_eq!(read(r#""trouble":"of_another_year","#), Some(PbxTrouble::Other));
    }
}
