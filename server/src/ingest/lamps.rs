//! Whether a PBX's events arrive: one lamp an endpoint, and one for all of a tenant's.
//!
//! - `refused`: since the last good event there were false credentials, none at all on Basic or Bearer, a Digest challenge
//!   that its asker did not take up within [`CHALLENGE_WAIT`], or a delivery in quarantine. Strangers who don't know the id
//!   change nothing here. The next good event ends it.
//! - else `live` for [`LIVE_FOR`] after a good event, then `quiet`, and `never` before the first.
//!
//! The tenant's lamp also knows the link to the PBX, where there is one (`pbx`): `down` while that fails, and `live` while its
//! WSI has answered a ping within [`ANSWERED_WITHIN`].
//!
//! A good event is a delivery of which something was understood, and nothing put it in quarantine.
//!
//! A Digest client asks first and answers then, mostly on the same connection; which challenge it answers is its own affair.
//! So a challenge counts as taken up when the same address sends any credentials to the endpoint.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use model::{
    event::{Decoded, Problem},
    time::{Millis, UnixMillis},
    wire::{EndpointLamp, Lamp, LampState, Lamps, PbxTrouble, ServerLamp},
};

use crate::live::Heard;

/// How long an event keeps a lamp live.
const LIVE_FOR: Millis = Millis::minutes(15);

/// How long a Digest challenge may go unanswered.
const CHALLENGE_WAIT: Duration = Duration::from_secs(10);

/// How long an answer to a ping keeps a link live.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

/// How many addresses' challenges are waited for; those of more are not counted.
const CHALLENGED_MAX: usize = 1000;

/// How a tenant's link to its PBX stands.
#[derive(Clone, Debug, Default)]
pub enum LinkState {
    /// It is being made.
    #[default]
    Trying,
    /// The PBX tells of everything by itself.
    Live {
        /// Since when.
        since: UnixMillis,
        /// When it last answered.
        answered: Instant,
    },
    /// It fails.
    Down {
        /// Since when.
        since: UnixMillis,
        /// Why, in plain words that name nobody.
        why: String,
        /// The same as a word.
        trouble: PbxTrouble,
    },
}

/// A link's part in the lamp.
#[derive(Debug, Default)]
pub struct LinkLight {
    /// How it stands.
    pub state: LinkState,
    /// When the PBX last told something by it.
    pub told_at: Option<UnixMillis>,
}

/// One endpoint's lamp.
#[derive(Debug, Default)]
pub struct Light(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    first_good: Option<UnixMillis>,
    last_good: Option<UnixMillis>,
    /// Seconds in which there were good events, and how many deliveries, over the last minute.
    pace: VecDeque<(i64, u32)>,
    /// The first good event of a row of them without a pause.
    live_since: Option<UnixMillis>,
    refused: u64,
    refused_since: Option<UnixMillis>,
    /// When an address got a challenge that it has not answered yet: the first of them.
    challenged: HashMap<IpAddr, Instant>,
}

impl Light {
    /// Counts a delivery that was kept, by when it came and what it says.
    pub fn decoded(&self, received: UnixMillis, decoded: &Decoded) {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_quarantined(decoded) {
            state.refuse(received);
        } else if !decoded.events.is_empty() {
            state.welcome(received);
        }
    }

    /// Learns of good events long ago.
    pub fn heard(&self, heard: Heard) {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.first_good = Some(heard.first);
        state.last_good = state.last_good.max(Some(heard.last));
    }

    /// Counts a refused request.
    pub fn refused(&self, at: UnixMillis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).refuse(at);
    }

    /// Waits for an address to answer a challenge.
    pub fn challenged(&self, peer: IpAddr, now: Instant) {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.challenged.len() < CHALLENGED_MAX {
            state.challenged.entry(peer).or_insert(now);
        }
    }

    /// The address sent credentials.
    pub fn answered(&self, peer: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).challenged.remove(&peer);
    }

    /// Counts challenges that went unanswered, and says whose they were.
    pub fn give_up_waiting(&self, at: UnixMillis, now: Instant) -> Vec<IpAddr> {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |since: &mut Instant| now.saturating_duration_since(*since) >= CHALLENGE_WAIT;
        let silent: Vec<IpAddr> =
            state.challenged.extract_if(|_, since| late(since)).map(|(peer, _)| peer).collect();
        for _ in &silent {
            state.refuse(at);
        }
        silent
    }

    /// When the first good event came, and how many deliveries with one in the last minute.
    pub fn pace(&self, now: UnixMillis) -> (Option<UnixMillis>, u32) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute_ago = now.0.div_euclid(1000) - 60;
        let recent = state.pace.iter().filter(|(second, _)| *second > minute_ago);
        (state.first_good, recent.map(|(_, count)| count).sum())
    }

    /// What it shows.
    pub fn shows(&self, now: UnixMillis) -> Lamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shows(now)
    }
}

impl State {
    fn welcome(&mut self, received: UnixMillis) {
        let is_pause = |last: UnixMillis| received.since(last) > LIVE_FOR;
        if self.refused > 0 || self.last_good.is_none_or(is_pause) {
            self.live_since = Some(received);
        }
        self.last_good = self.last_good.max(Some(received));
        self.first_good.get_or_insert(received);
        let second = received.0.div_euclid(1000);
        match self.pace.back_mut() {
            Some((last, count)) if *last == second => *count += 1,
            _ => {
                self.pace.push_back((second, 1));
                if self.pace.len() > 60 {
                    self.pace.pop_front();
                }
            }
        }
        // At start the journal tells of old events, while a new request may be refused already.
        if self.refused_since.is_none_or(|since| since <= received) {
            (self.refused, self.refused_since) = (0, None);
        }
    }

    fn refuse(&mut self, at: UnixMillis) {
        self.refused += 1;
        self.refused_since.get_or_insert(at);
    }

    fn shows(&self, now: UnixMillis) -> Lamp {
        let (state, since) = match self.last_good {
            _ if self.refused > 0 => (LampState::Refused, self.refused_since),
            None => (LampState::Never, None),
            Some(last) if now.since(last) <= LIVE_FOR => (LampState::Live, self.live_since),
            Some(last) => (LampState::Quiet, Some(last + LIVE_FOR)),
        };
        Lamp { state, last_event_at: self.last_good, refused: self.refused, since }
    }
}

/// Whether nobody can rely on what was understood of a delivery.
pub fn is_quarantined(decoded: &Decoded) -> bool {
    decoded.problems.iter().any(Problem::quarantines)
}

/// A tenant's lamps.
///
/// The PBX's is `refused` while one endpoint's is, since that wants somebody's hand; else it is the best of them, since one
/// event from the PBX shows that it reaches us. Its `since` is the earliest of the endpoints in that state. A link that fails
/// comes before what the endpoints show, since it too wants a hand; one that is live is as good as an event.
pub fn of_tenant(endpoints: Vec<EndpointLamp>, link: Option<&LinkLight>) -> Lamps {
    let order = [LampState::Refused, LampState::Live, LampState::Quiet];
    let lamps = || endpoints.iter().map(|endpoint| &endpoint.lamp);
    let state = order.into_iter().find(|state| lamps().any(|lamp| lamp.state == *state));
    let state = state.unwrap_or(LampState::Never);
    let mut pbx = Lamp {
        state,
        last_event_at: lamps().filter_map(|lamp| lamp.last_event_at).max(),
        refused: lamps().map(|lamp| lamp.refused).sum(),
        since: lamps().filter(|lamp| lamp.state == state).filter_map(|lamp| lamp.since).min(),
    };
    let (mut why, mut trouble) = (None, None);
    if let Some(LinkLight { state, told_at }) = link {
        pbx.last_event_at = pbx.last_event_at.max(*told_at);
        match state {
            _ if pbx.state == LampState::Refused => {}
            LinkState::Down { since, why: said, trouble: word } => {
                (pbx.state, pbx.since) = (LampState::Down, Some(*since));
                (why, trouble) = (Some(said.clone()), Some(*word));
            }
            LinkState::Live { since, answered }
                if answered.elapsed() <= ANSWERED_WITHIN && pbx.state != LampState::Live =>
            {
                (pbx.state, pbx.since) = (LampState::Live, Some(*since));
            }
            LinkState::Live { .. } | LinkState::Trying => {}
        }
    }
    Lamps { server: ServerLamp { state: LampState::Live }, pbx, why, trouble, endpoints }
}

#[cfg(test)]
mod tests {
    use model::event;

    use super::*;

    const START: UnixMillis = UnixMillis(1_786_000_000_000);

    fn minute(minute: i64) -> UnixMillis {
        START + Millis::minutes(minute)
    }

    fn good() -> Decoded {
        event::decode(br#"{"event_type":"extension_status","status":[{"extension":"sip:101@acme.test","online":true,"time":"1786000100"}]}"#)
    }

    fn shows(light: &Light, now: i64) -> (LampState, u64, Option<UnixMillis>) {
        let lamp = light.shows(minute(now));
        (lamp.state, lamp.refused, lamp.since)
    }

    #[test]
    fn never_then_live_for_fifteen_minutes_then_quiet() {
        let light = Light::default();
        assert_eq!(shows(&light, 0), (LampState::Never, 0, None));
        light.decoded(minute(0), &good());
        light.decoded(minute(10), &good());
        assert_eq!(shows(&light, 25), (LampState::Live, 0, Some(minute(0))));
        assert_eq!(shows(&light, 26), (LampState::Quiet, 0, Some(minute(25))));
        light.decoded(minute(60), &good());
        assert_eq!(shows(&light, 60), (LampState::Live, 0, Some(minute(60))));
        assert_eq!(light.shows(minute(60)).last_event_at, Some(minute(60)));
    }

    #[test]
    fn quarantine_and_refusals_count_until_the_next_good_event() {
        let light = Light::default();
        light.decoded(minute(0), &good());
        light.decoded(minute(1), &event::decode(b"<xml>"));
        light.refused(minute(2));
        assert_eq!(shows(&light, 3), (LampState::Refused, 2, Some(minute(1))));
        light.decoded(minute(4), &event::decode(b" "));
        assert_eq!(shows(&light, 4).0, LampState::Refused, "nothing was said");
        light.decoded(minute(5), &good());
        assert_eq!(shows(&light, 5), (LampState::Live, 0, Some(minute(5))));
    }

    #[test]
    fn the_first_event_is_remembered_and_the_last_minutes_are_counted() {
        let light = Light::default();
        assert_eq!(light.pace(minute(0)), (None, 0));
        for at in [0, 1, 1, 30, 59] {
            light.decoded(START + Millis::seconds(at), &good());
        }
        assert_eq!(light.pace(START + Millis::seconds(59)), (Some(START), 5));
        assert_eq!(light.pace(START + Millis::seconds(61)), (Some(START), 2));
        assert_eq!(light.pace(minute(10)), (Some(START), 0));
    }

    #[test]
    fn an_event_of_before_a_refusal_does_not_end_it() {
        let light = Light::default();
        light.refused(minute(5));
        light.decoded(minute(1), &good());
        assert_eq!(shows(&light, 5), (LampState::Refused, 1, Some(minute(5))));
        assert_eq!(light.shows(minute(5)).last_event_at, Some(minute(1)));
    }

    #[test]
    fn a_challenge_counts_after_ten_seconds_unless_its_address_answers() {
        let light = Light::default();
        let (pbx, stranger): (IpAddr, IpAddr) = ("192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap());
        let asked = Instant::now();
        light.challenged(pbx, asked);
        light.challenged(stranger, asked);
        light.challenged(stranger, asked + Duration::from_secs(9));
        light.answered(pbx);
        assert_eq!(light.give_up_waiting(minute(1), asked + Duration::from_millis(9999)), [] as [IpAddr; 0]);
        assert_eq!(shows(&light, 1).0, LampState::Never);
        assert_eq!(light.give_up_waiting(minute(1), asked + CHALLENGE_WAIT), [stranger]);
        assert_eq!(shows(&light, 1), (LampState::Refused, 1, Some(minute(1))));
        assert_eq!(light.give_up_waiting(minute(1), asked + CHALLENGE_WAIT), [] as [IpAddr; 0]);
    }

    #[test]
    fn the_pbx_is_refused_where_one_endpoint_is_and_else_as_live_as_the_best() {
        let lamp = |state, minutes: Option<i64>, refused| EndpointLamp {
            name: "x".into(),
            events: "cdr".into(),
            lamp: Lamp { state, last_event_at: minutes.map(minute), refused, since: minutes.map(minute) },
        };
        let never = lamp(LampState::Never, None, 0);
        let quiet = lamp(LampState::Quiet, Some(1), 0);
        let live = lamp(LampState::Live, Some(20), 0);
        let refused = lamp(LampState::Refused, Some(5), 3);
        let pbx = |endpoints: &[&EndpointLamp]| {
            let pbx = of_tenant(endpoints.iter().copied().cloned().collect(), None).pbx;
            (pbx.state, pbx.since, pbx.last_event_at, pbx.refused)
        };
        assert_eq!(pbx(&[]), (LampState::Never, None, None, 0));
        assert_eq!(pbx(&[&never, &quiet]), (LampState::Quiet, Some(minute(1)), Some(minute(1)), 0));
        assert_eq!(pbx(&[&quiet, &live, &never]), (LampState::Live, Some(minute(20)), Some(minute(20)), 0));
        assert_eq!(pbx(&[&live, &refused]), (LampState::Refused, Some(minute(5)), Some(minute(20)), 3));

        let with = |endpoint: &EndpointLamp, state| {
            let link = LinkLight { state, told_at: Some(minute(30)) };
            let lamps = of_tenant(vec![endpoint.clone()], Some(&link));
            (lamps.pbx.state, lamps.pbx.since, lamps.why.zip(lamps.trouble))
        };
        let before = |ago| Instant::now().checked_sub(Duration::from_secs(ago)).unwrap();
        let answered = |ago| LinkState::Live { since: minute(9), answered: before(ago) };
        let down =
            || LinkState::Down { since: minute(8), why: "it fails".into(), trouble: PbxTrouble::Failing };
        let said = Some(("it fails".to_owned(), PbxTrouble::Failing));
        assert_eq!(with(&never, answered(50)), (LampState::Live, Some(minute(9)), None));
        assert_eq!(with(&never, answered(70)), (LampState::Never, None, None));
        assert_eq!(with(&quiet, LinkState::Trying), (LampState::Quiet, Some(minute(1)), None));
        assert_eq!(with(&live, down()), (LampState::Down, Some(minute(8)), said));
        assert_eq!(with(&refused, down()).0, LampState::Refused);
    }
}
