//! Why the PBX can't be asked, in the reader's language: the words of `model::wire::PbxTrouble`, each with the next step.

use model::wire::PbxTrouble;

use crate::words::word;

/// What is wrong, with what is known of it beside the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong.
    pub kind: PbxTrouble,
    /// What it is about, in those kinds that are about something.
    pub about: Part,
    /// The HTTP status that the PBX gave.
    pub status: Option<u16>,
}

/// What the PBX is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its name")]
pub enum Part {
    Users,
    Extensions,
    Queues,
    Calls,
    SignIn,
    /// Something else, or nobody has said what.
    #[default]
    Data,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Users => word!(trouble.of_users),
            Self::Extensions => word!(trouble.of_extensions),
            Self::Queues => word!(trouble.of_queues),
            Self::Calls => word!(trouble.of_calls),
            Self::SignIn => word!(trouble.of_sign_in),
            Self::Data => word!(trouble.of_data),
        }
    }
}

impl From<PbxTrouble> for Trouble {
    /// Where nothing but the word is known.
    fn from(kind: PbxTrouble) -> Self {
        Self { kind, about: Part::default(), status: None }
    }
}

impl Trouble {
    /// The sentence.
    pub fn sentence(self) -> String {
        let sentence = self.without_status();
        match self.status {
            Some(status) => word!(trouble.with_status, sentence, status),
            None => sentence,
        }
    }

    fn without_status(self) -> String {
        let about = self.about.name();
        let plain = match self.kind {
            PbxTrouble::NoSuchName => word!(trouble.no_such_name),
            PbxTrouble::NothingListens => word!(trouble.nothing_listens),
            PbxTrouble::Unreachable => word!(trouble.unreachable),
            PbxTrouble::Cut => word!(trouble.cut),
            PbxTrouble::Slow => word!(trouble.slow),
            PbxTrouble::NoTls => word!(trouble.no_tls),
            PbxTrouble::CertificateUntrusted => word!(trouble.certificate_untrusted),
            PbxTrouble::CertificateOtherName => word!(trouble.certificate_other_name),
            PbxTrouble::CertificateEnded => word!(trouble.certificate_ended),
            PbxTrouble::NoAuthorities => word!(trouble.no_authorities),
            PbxTrouble::Credentials => word!(trouble.credentials),
            PbxTrouble::TwoFactor => word!(trouble.two_factor),
            PbxTrouble::Forbidden => return word!(trouble.forbidden, about),
            PbxTrouble::Missing => return word!(trouble.missing, about),
            PbxTrouble::Redirect => word!(trouble.redirect),
            PbxTrouble::Busy => word!(trouble.busy),
            PbxTrouble::Failing => word!(trouble.failing),
            PbxTrouble::NotData => word!(trouble.not_data),
            PbxTrouble::Nonsense => return word!(trouble.nonsense, about),
            PbxTrouble::Endless => return word!(trouble.endless, about),
            PbxTrouble::TooLarge => return word!(trouble.too_large, about),
            PbxTrouble::WsiClosed => word!(trouble.wsi_closed),
            PbxTrouble::WsiCredentials => word!(trouble.wsi_credentials),
            PbxTrouble::WsiForbidden => return word!(trouble.wsi_forbidden, about),
            PbxTrouble::WsiCut => word!(trouble.wsi_cut),
            PbxTrouble::WsiSilent => word!(trouble.wsi_silent),
            PbxTrouble::WsiNonsense => word!(trouble.wsi_nonsense),
            PbxTrouble::Journal => word!(trouble.journal),
            PbxTrouble::Other => word!(trouble.other),
        };
        plain.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::look::{Language, Look, within};

    #[test]
    fn every_trouble_is_said_in_every_language_by_a_sentence_of_its_own() {
        let say = |language, kind| {
            let look = Look { language, ..Look::default() };
            within(look, || Trouble::from(kind).sentence())
        };
        let mut said = BTreeSet::new();
        for language in Language::ALL {
            for kind in PbxTrouble::ALL {
                let sentence = say(language, *kind);
                assert!(sentence.ends_with(['.', '。']), "{kind:?}: {sentence}");
                assert!(said.insert(sentence.clone()), "said twice: {sentence}");
            }
        }
    }

    #[test]
    fn what_it_is_about_and_the_status_are_named() {
        let of_queues = Trouble { about: Part::Queues, ..PbxTrouble::Forbidden.into() };
        assert!(of_queues.sentence().starts_with("The user may not read queues: "), "{of_queues:?}");
        let closed = Trouble { status: Some(503), ..PbxTrouble::WsiClosed.into() };
        assert!(closed.sentence().ends_with(". (HTTP 503)"), "{}", closed.sentence());
    }
}
