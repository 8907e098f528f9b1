//! How far our clock is ahead of a PBX's, from what its deliveries say and when they came.
//!
//! A delivery comes at `sent + skew + way`, and says `floor(sent)`: the PBX stamps whole seconds. So arrival minus stamp is
//! the skew plus the way plus the second's fraction that was cut off, and never less than the skew. Fraction, way and the
//! hours that a retry waits only add; the low quantile of many is then near the skew, too great by the shortest way and a
//! tenth of a second or so. We take the 10th per cent rather than the least, so that one wild stamp decides nothing.
//!
//! The result is whole seconds, as the stamps are, and below 2 s it is 0: two machines that follow NTP agree, a tenth of a
//! second of error must not make durations jump, and the first few deliveries may all have been stamped late in a second.

use std::collections::VecDeque;

use model::time::{Skew, UnixMillis};

/// How many timed deliveries count.
const SAMPLES_MAX: usize = 100;

/// With fewer the skew is unknown.
const SAMPLES_MIN: usize = 3;

/// The quantile: one of so many is below it.
const QUANTILE: usize = 10;

/// A stamp further off than this is no clock's: a repeat of yesterday's event, or nonsense. One day.
const OUTLIER_MS: i64 = 24 * 60 * 60 * 1000;

/// What is less is none.
const NOTABLE_MS: i64 = 2000;

/// A delivery that is late by less says nothing of a clock that went back.
const BACK_MS: i64 = 30_000;

/// Late deliveries that agree to this much were not repeated, their clock was moved: waits before repeats differ.
const BACK_SPREAD_MS: i64 = 5000;

/// How many of them are enough, and over how long at least: what was held back and comes in one burst may have been stamped
/// within seconds too, but does not go on at the pace of a clock.
const BACK_SAMPLES: usize = 20;
const BACK_PACE_MS: i64 = 2 * BACK_SPREAD_MS;

/// How few are, if they came over [`BACK_AFTER_MS`].
const BACK_SAMPLES_MIN: usize = 3;

/// Over how long.
const BACK_AFTER_MS: i64 = 60_000;

/// A delivery is never earlier than its stamp, so that one whose stamp is this much further ahead than the skew allows shows
/// that the skew is less by now: our clock was set back, or the PBX's forward.
const EARLY_MS: i64 = 60_000;

/// How many of them in a row, agreeing to [`BACK_SPREAD_MS`], are enough.
const EARLY_SAMPLES: usize = 3;

/// The last deliveries of one tenant.
#[derive(Debug, Default)]
pub struct SkewMeter {
    samples: VecDeque<i64>,
    /// Late deliveries, the last of them, since the newest stamp that was not: when each came, and how far behind its stamp was.
    late: Vec<(UnixMillis, i64)>,
    /// Deliveries since the last that was not early: how far behind their stamps were.
    early: Vec<i64>,
    /// The skew before the PBX's clock was set back, and when by our clock that was, at the latest.
    before: Option<(Skew, UnixMillis)>,
}

/// What a delivery tells of the skew.
enum News {
    /// It is as it was, about.
    InTime,
    /// Nothing.
    None,
    /// The PBX's clock was set back, and shows this now.
    SetBack(UnixMillis),
}

impl SkewMeter {
    /// Counts a delivery that came at `received` by our clock, and speaks of `newest` by the PBX's. Where that shows that the
    /// PBX's clock was set back, says what it shows now; what was known of it is void then.
    pub fn add(&mut self, received: UnixMillis, newest: UnixMillis) -> Option<UnixMillis> {
        let ahead = received.0.checked_sub(newest.0)?;
        if !(-OUTLIER_MS..=OUTLIER_MS).contains(&ahead) {
            return None;
        }
        let news = match self.skew() {
            Some(Skew(skew)) if ahead >= skew + BACK_MS => self.is_late(received, ahead, Skew(skew)),
            Some(Skew(skew)) if ahead <= skew - EARLY_MS => self.is_early(received, ahead),
            skew => {
                self.early.clear();
                // The clock was not set back before it stamped this. An older stamp says nothing: calls from before go on bearing it.
                let stamped = received.0 - ahead + skew.unwrap_or_default().0;
                self.late.retain(|(received, _)| received.0 > stamped);
                News::InTime
            }
        };
        match news {
            News::InTime => {
                if self.samples.len() == SAMPLES_MAX {
                    self.samples.pop_front();
                }
                self.samples.push_back(ahead);
                None
            }
            News::None => None,
            News::SetBack(now) => Some(now),
        }
    }

    /// A late delivery is no news of the skew, unless many agree that another one holds by now.
    fn is_late(&mut self, received: UnixMillis, ahead: i64, skew: Skew) -> News {
        self.early.clear();
        self.late.push((received, ahead));
        if self.late.len() > SAMPLES_MAX {
            self.late.remove(0);
        }
        let agreeing = |least: i64| {
            let late = self.late.iter().copied();
            late.filter(move |(_, ahead)| (least..=least + BACK_SPREAD_MS).contains(ahead))
        };
        let first = |least: i64| agreeing(least).map(|(received, _)| received).min();
        let is_clock = |least: &i64| {
            let count = agreeing(*least).count();
            let lasted = first(*least).map_or(0, |first| received.since(first).0);
            (count >= BACK_SAMPLES && lasted >= BACK_PACE_MS)
                || (count >= BACK_SAMPLES_MIN && lasted >= BACK_AFTER_MS)
        };
        let Some(least) = self.late.iter().map(|(_, ahead)| *ahead).filter(is_clock).min() else {
            return News::None;
        };
        self.before = first(least).map(|first| (skew, first));
        self.samples = agreeing(least).map(|(_, ahead)| ahead).collect();
        self.late.clear();
        News::SetBack(UnixMillis(received.0 - least))
    }

    /// Some early deliveries that agree show that the skew is less by now; what was known of it is void then. But a call from
    /// before a clock was set back bears stamps that look like it.
    fn is_early(&mut self, received: UnixMillis, ahead: i64) -> News {
        // Where our own clock is before that moment again, it was ours that moved.
        let is_of_before =
            |(Skew(skew), upto): (Skew, UnixMillis)| received >= upto && received.0 - ahead + skew <= upto.0;
        if self.before.is_some_and(is_of_before) {
            return News::None;
        }
        self.early.retain(|known| (known - ahead).abs() <= BACK_SPREAD_MS);
        self.early.push(ahead);
        if self.early.len() >= EARLY_SAMPLES {
            self.samples = self.early.drain(..).collect();
            self.before = None;
        }
        News::None
    }

    /// Our clock minus the PBX's; `None` until some deliveries had a time. Worked out here and not by [`Self::add`], which a
    /// start calls for the whole journal.
    pub fn skew(&self) -> Option<Skew> {
        if self.samples.len() < SAMPLES_MIN {
            return None;
        }
        let mut samples: Vec<i64> = self.samples.iter().copied().collect();
        let (_, low, _) = samples.select_nth_unstable((self.samples.len() - 1) / QUANTILE);
        Some(rounded(*low))
    }
}

fn rounded(millis: i64) -> Skew {
    if millis.abs() < NOTABLE_MS { Skew(0) } else { Skew((millis + 500).div_euclid(1000) * 1000) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A PBX whose clock is behind ours by `skew`, and whose deliveries take `ways`.
    fn measured(skew: i64, ways: impl IntoIterator<Item = i64>) -> Option<Skew> {
        let mut meter = SkewMeter::default();
        for (number, way) in (0..).zip(ways) {
            let sent = 1_786_000_000_000 + number * 1370;
            let stamp = (sent - skew).div_euclid(1000) * 1000;
            meter.add(UnixMillis(sent + way), UnixMillis(stamp));
        }
        meter.skew()
    }

    /// What fifty deliveries leave behind, one a second, each as it is stamped.
    fn in_time_since(start: i64) -> SkewMeter {
        let mut meter = SkewMeter::default();
        for second in 0..50 {
            let now = UnixMillis(start + second * 1000);
            assert_eq!(meter.add(now, now), None);
        }
        meter
    }

    #[test]
    fn it_is_unknown_until_three_deliveries_had_a_time() {
        assert_eq!(measured(0, [5, 5]), None);
        assert_eq!(measured(0, [5, 5, 5]), Some(Skew(0)));
    }

    #[test]
    fn retries_and_wild_stamps_do_not_move_it() {
        // Of five deliveries four are refused and come again after twenty minutes.
        let start: i64 = 1_786_000_000_000;
        let mut came: Vec<(i64, i64)> = (0..2000)
            .map(|number| {
                let sent = start + number * 1370;
                (
                    sent + if number % 5 == 0 { 20 } else { 1_200_020 },
                    (sent - 3_600_000).div_euclid(1000) * 1000,
                )
            })
            .collect();
        came.sort_unstable();
        let mut meter = SkewMeter::default();
        for (received, stamp) in came.into_iter().filter(|(received, _)| *received < start + 1990 * 1370) {
            assert_eq!(meter.add(UnixMillis(received), UnixMillis(stamp)), None);
        }
        assert_eq!(meter.skew(), Some(Skew(3_600_000)));
        let mut meter = SkewMeter::default();
        for received in (1..=50).map(|second| UnixMillis(1_786_000_000_000 + second * 1000)) {
            meter.add(received, UnixMillis(received.0 - 10_300));
            meter.add(received, UnixMillis(received.0 - OUTLIER_MS - 1));
            meter.add(received, UnixMillis(received.0 + OUTLIER_MS + 1));
            meter.add(received, UnixMillis(i64::MIN));
        }
        // One within a day, but ahead of all others.
        meter.add(UnixMillis(1_786_000_100_000), UnixMillis(1_786_080_000_000));
        assert_eq!(meter.skew(), Some(Skew(10_000)));
    }

    #[test]
    fn a_clock_that_was_set_back_is_found_by_20_deliveries_or_a_minute() {
        let start = 1_786_000_000_000;
        let fed = |steps: &[(i64, i64)]| {
            let mut meter = in_time_since(start);
            let found: Vec<_> = steps
                .iter()
                .map(|(at, late)| {
                    let received = start + (50 + at) * 1000;
                    meter.add(UnixMillis(received), UnixMillis(received - late * 1000))
                })
                .collect();
            (found, meter.skew())
        };
        // An hour back, an event a second: the 20th is certain, and the skew is the new one at once.
        let hour: Vec<_> = (0..20).map(|at| (at, 3600)).collect();
        let (found, skew) = fed(&hour);
        assert_eq!(found.iter().flatten().collect::<Vec<_>>(), [&UnixMillis(start + (69 - 3600) * 1000)]);
        assert_eq!((found[19].is_some(), skew), (true, Some(Skew(3_600_000))));
        // An event every 20 s: a minute is enough.
        let (found, _) = fed(&[(0, 3600), (20, 3600), (40, 3600), (60, 3600)]);
        assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, false, true]);
        // Repeats of the PBX, each after another wait, and one event that is in time: nothing was set back.
        let repeats: Vec<_> = (0..30).map(|at| (at, 30 + at * 20)).collect();
        assert!(fed(&repeats).0.iter().all(Option::is_none));
        let mut with_one: Vec<_> = (0..19).map(|at| (at, 3600)).collect();
        with_one.extend([(19, 0), (20, 3600)]);
        assert!(fed(&with_one).0.iter().all(Option::is_none));
    }

    /// An hour back, and by their events calls from before seem to be in time: such a PBX stamps each by its call's start.
    #[test]
    fn a_clock_that_was_set_back_is_found_while_calls_from_before_go_on() {
        let start = 1_786_000_000_000;
        let mut meter = in_time_since(start);
        let found: Vec<_> = (50..90)
            .filter_map(|second| {
                let received = UnixMillis(start + second * 1000);
                let old_call = meter.add(received, UnixMillis(start + 45_000));
                let new_call = meter.add(received, received - model::time::Millis::hours(1));
                old_call.or(new_call).map(|now| (second, now))
            })
            .collect();
        assert_eq!(found, [(69, UnixMillis(start + (69 - 3600) * 1000))]);
        assert_eq!(meter.skew(), Some(Skew(3_600_000)));
    }

    #[test]
    fn what_was_held_back_and_comes_in_a_burst_moves_no_clock() {
        let start = 1_786_000_000_000;
        let mut meter = in_time_since(start);
        // Twenty minutes late, ten events a second of three minutes, in nine seconds.
        for number in 0..1800 {
            let received = UnixMillis(start + 1_300_000 + number * 5);
            let stamp = UnixMillis(start + 50_000 + number / 10 * 1000);
            assert_eq!(meter.add(received, stamp), None, "{number}");
        }
        assert_eq!(meter.skew(), Some(Skew(0)));
    }

    /// Our clock is set back by an hour: two stamps may be wild, the third that agrees is not.
    #[test]
    fn a_clock_of_ours_that_was_set_back_is_found_by_three_deliveries() {
        let start = 1_786_000_000_000;
        let mut meter = in_time_since(start);
        let mut told = Vec::new();
        for second in [50, 51, 52] {
            let stamp = start + second * 1000;
            assert_eq!(meter.add(UnixMillis(stamp - 3_600_000), UnixMillis(stamp)), None);
            told.push(meter.skew());
        }
        assert_eq!(told, [Some(Skew(0)), Some(Skew(0)), Some(Skew(-3_600_000))]);
    }

    proptest! {
        /// Below 2 s it is none; above, it is right to the second, whatever the second's fraction and the way.
        #[test]
        fn it_is_right_to_the_second(
            skew in -80_000_000i64..80_000_000,
            ways in proptest::collection::vec(1i64..300, 20..150),
        ) {
            let Skew(found) = measured(skew, ways).unwrap();
            let off = (found - skew).abs();
            prop_assert!(off <= 1000 || (found == 0 && off < NOTABLE_MS), "{found} for {skew}");
        }
    }
}
