//! An agent's day. Told as a list of spells, which is the truth; rendered as what a PBX says of it, with repetitions and
//! missing calls; and compared with what the spells say when each of their seconds is asked.

use std::collections::BTreeMap;

use model::{
    id::{CallId, Number},
    metrics::{Answers, Day, StateChange, agent_figures, person},
    time::{Millis, UnixMillis},
    wire::{AgentFigures, AgentState, Share},
};
use proptest::{collection::vec, prelude::*};

use super::naive;

const DAY: Day = Day { start: UnixMillis(1_774_738_800_000), end: UnixMillis(1_774_821_600_000) };

/// The day's second `s`; before 0 it is the day before.
fn at(s: i64) -> UnixMillis {
    DAY.start + Millis::seconds(s)
}

fn me() -> Number {
    "101".into()
}

fn change(second: i64, state: AgentState, call: Option<&str>) -> StateChange {
    StateChange { at: at(second), state, call: call.map(CallId::from) }
}

fn answers<const N: usize>(list: [(&str, i64, Option<&str>); N]) -> Answers {
    list.into_iter().map(|(call, second, who)| ((call.into(), at(second)), who.map(Number::from))).collect()
}

/// Ready 100 s, a call that rings 10 s and is talked for 40 s, wrap-up 20 s, a missed call of 15 s, ready 40 s, then a break.
/// Occupancy (40 + 20) / (40 + 20 + 140).
#[test]
fn an_agents_day_is_told_from_his_states_and_the_queues_answers() {
    use AgentState::{NotReady, QueueCall, Ready, WrapUp};
    let changes = [
        change(0, Ready, None),
        change(100, QueueCall, Some("A")),
        change(150, WrapUp, Some("A")),
        change(170, QueueCall, Some("B")),
        change(185, Ready, Some("B")),
        change(225, NotReady, None),
    ];
    let figures = agent_figures(changes, &me(), &answers([("A", 110, Some("101"))]), DAY);
    let expected = AgentFigures {
        answered: 1,
        missed: 1,
        wrap_ups: 1,
        ringing_sum_ms: Millis::seconds(25),
        talk_sum_ms: Millis::seconds(40),
        wrap_up_sum_ms: Millis::seconds(20),
        ready_sum_ms: Millis::seconds(140),
        ring_ms: Some(Millis(12_500)),
        talk_ms: Some(Millis::seconds(40)),
        wrap_up_ms: Some(Millis::seconds(20)),
        handle_ms: Some(Millis::seconds(60)),
        occupancy: Some(Share(3000)),
        ..AgentFigures::default()
    };
    assert_eq!(figures, expected);
}

/// What becomes of a queue call from 100 to 130 that `next` follows, as answered, missed, elsewhere, unclear.
#[track_caller]
fn check(next: AgentState, call: Option<&str>, answers: &Answers, expected: [u32; 4]) {
    let changes = [change(100, AgentState::QueueCall, call), change(130, next, None)];
    let figures = agent_figures(changes, &me(), answers, DAY);
    let outcome = [figures.answered, figures.missed, figures.elsewhere, figures.unclear];
    assert_eq!(outcome, expected, "{answers:?}");
}

#[test]
fn a_queue_call_is_answered_missed_answered_elsewhere_or_unclear() {
    use AgentState::{Ready, WrapUp};
    const ANSWERED: [u32; 4] = [1, 0, 0, 0];
    const MISSED: [u32; 4] = [0, 1, 0, 0];
    const ELSEWHERE: [u32; 4] = [0, 0, 1, 0];
    const UNCLEAR: [u32; 4] = [0, 0, 0, 1];
    let mine = Some("101");
    for (second, outcome) in [(97, MISSED), (98, ANSWERED), (100, ANSWERED), (130, ANSWERED), (131, MISSED)] {
        check(Ready, Some("A"), &answers([("A", second, mine)]), outcome);
    }
    check(Ready, Some("A"), &answers([("B", 110, mine)]), MISSED);
    check(Ready, Some("A"), &answers([]), MISSED);
    check(WrapUp, Some("A"), &answers([]), UNCLEAR);
    check(WrapUp, Some("A"), &answers([("A", 110, mine)]), ANSWERED);
    check(Ready, Some("A"), &answers([("A", 110, Some("102"))]), ELSEWHERE);
    check(Ready, Some("A"), &answers([("A", 98, Some("102"))]), MISSED);
    check(Ready, Some("A"), &answers([("A", 105, mine), ("A", 110, Some("102"))]), ANSWERED);
    check(Ready, Some("A"), &answers([("A", 110, None)]), UNCLEAR);
    check(Ready, None, &answers([("A", 110, mine)]), UNCLEAR);
}

/// Rung, missed, rung again a second later, answered at once: one answer is one answered call.
#[test]
fn an_answer_counts_once() {
    use AgentState::{QueueCall, Ready};
    let changes = [
        change(100, QueueCall, Some("A")),
        change(110, Ready, None),
        change(111, QueueCall, Some("A")),
        change(140, Ready, None),
    ];
    let figures = agent_figures(changes.clone(), &me(), &answers([("A", 111, Some("101"))]), DAY);
    assert_eq!((figures.missed, figures.answered), (1, 1));
    let figures = agent_figures(changes, &me(), &answers([("A", 110, Some("101"))]), DAY);
    assert_eq!((figures.answered, figures.missed), (1, 1), "the first has it");
}

/// Over midnight: the sum is cut, the mean is not, and the call is of the day on which it ended.
#[test]
fn a_call_over_midnight_is_cut_in_the_sum_and_whole_in_the_mean() {
    use AgentState::{QueueCall, Ready};
    let changes = [change(-70, Ready, None), change(-60, QueueCall, Some("A")), change(30, Ready, None)];
    let answers = answers([("A", -50, Some("101"))]);
    let figures = agent_figures(changes.clone(), &me(), &answers, DAY);
    assert_eq!((figures.answered, figures.talk_sum_ms), (1, Millis::seconds(30)));
    assert_eq!((figures.talk_ms, figures.ring_ms), (Some(Millis::seconds(80)), Some(Millis::seconds(10))));
    assert_eq!(figures.occupancy, Some(Share(10_000)));
    let before = Day { start: DAY.start - Millis::hours(24), end: DAY.start };
    let figures = agent_figures(changes, &me(), &answers, before);
    assert_eq!((figures.answered, figures.talk_sum_ms), (0, Millis::seconds(50)));
    assert_eq!((figures.talk_ms, figures.ready_sum_ms), (None, Millis::seconds(10)));
}

#[test]
fn nothing_said_and_nothing_ended_are_figures_of_nothing() {
    let none = AgentFigures::default();
    assert_eq!(agent_figures([], &me(), &answers([]), DAY), none);
    assert_eq!(agent_figures([change(0, AgentState::Ready, None)], &me(), &answers([]), DAY), none);
}

/// What a queue call turns into, in truth.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Mine,
    Missed,
    Others,
    NobodyKnowsWhose,
    CallNotNamed,
}

/// A time in one state, in truth.
#[derive(Clone, Debug)]
struct Spell {
    state: AgentState,
    seconds: i64,
    fate: Fate,
    /// When somebody answers, in parts of 1000 of its length; within, so that calls one after another can't share it.
    answer: i64,
    /// How often it is said again, and whether the first time names the call.
    said: (usize, bool),
}

fn spells() -> impl Strategy<Value = Vec<Spell>> {
    use Fate::{CallNotNamed, Mine, Missed, NobodyKnowsWhose, Others};
    let state = prop_oneof![
        3 => Just(AgentState::QueueCall),
        4 => proptest::sample::select(AgentState::ALL.to_vec()),
    ];
    let fate = proptest::sample::select(vec![Mine, Mine, Missed, Others, NobodyKnowsWhose, CallNotNamed]);
    let spell = (state, 5_i64..1200, fate, 1..999_i64, (0..3_usize, any::<bool>()));
    let spell =
        spell.prop_map(|(state, seconds, fate, answer, said)| Spell { state, seconds, fate, answer, said });
    vec(spell, 0..30)
}

/// What the PBX says of it. Queue calls that follow each other are of two calls; every third call is one that came before.
fn tell(start: i64, spells: &[Spell]) -> (Vec<StateChange>, Answers) {
    let (mut changes, mut answers, mut second) = (Vec::new(), BTreeMap::new(), start);
    for (n, spell) in spells.iter().enumerate() {
        let call = CallId::from(format!("{}", if n % 3 == 2 { n - 2 } else { n }));
        let named =
            (spell.state == AgentState::QueueCall && spell.fate != Fate::CallNotNamed).then(|| call.clone());
        for again in 0..=spell.said.0 {
            // The first word may lack the call where a second one has it.
            let call = named.clone().filter(|_| spell.said.1 || again == spell.said.0);
            // Two unnamed calls one after another can't be told apart by anyone, so the first word names it there.
            let follows = n > 0 && spells[n - 1].state == AgentState::QueueCall;
            let call = if follows { named.clone() } else { call };
            let at = at(second) + Millis(i64::try_from(again).unwrap());
            changes.push(StateChange { at, state: spell.state, call });
        }
        let answered = at(second + 1 + (spell.seconds - 3) * spell.answer / 1000);
        if spell.state == AgentState::QueueCall {
            match spell.fate {
                Fate::Mine => answers.insert((call, answered), Some(me())),
                Fate::Others => answers.insert((call, answered), Some("102".into())),
                Fate::NobodyKnowsWhose => answers.insert((call, answered), None),
                Fate::Missed | Fate::CallNotNamed => None,
            };
        }
        second += spell.seconds;
    }
    changes.push(change(second, AgentState::Offline, None));
    (changes, answers)
}

fn on_the_day(second: i64) -> bool {
    DAY.start <= at(second) && at(second) < DAY.end
}

/// What the spells come to, asked second by second, by the words of `docs/metrics.md`.
fn by_seconds(start: i64, spells: &[Spell]) -> AgentFigures {
    let mut figures = AgentFigures::default();
    let (mut rings, mut talks, mut wraps) = (vec![], vec![], vec![]);
    let mut begin = start;
    for (n, spell) in spells.iter().enumerate() {
        let end = begin + spell.seconds;
        let answered = begin + 1 + (spell.seconds - 3) * spell.answer / 1000;
        let wraps_up = spells.get(n + 1).is_some_and(|next| next.state == AgentState::WrapUp);
        let fate = match spell.fate {
            Fate::Missed if wraps_up => Fate::NobodyKnowsWhose,
            fate => fate,
        };
        let second = Millis::seconds(1).0;
        for now in (begin..end).filter(|now| on_the_day(*now)) {
            match (spell.state, fate) {
                (AgentState::Ready, _) => figures.ready_sum_ms.0 += second,
                (AgentState::NotReady, _) => figures.not_ready_sum_ms.0 += second,
                (AgentState::OtherCall, _) => figures.other_call_sum_ms.0 += second,
                (AgentState::WrapUp, _) => figures.wrap_up_sum_ms.0 += second,
                (AgentState::QueueCall, Fate::Mine) if now >= answered => figures.talk_sum_ms.0 += second,
                (AgentState::QueueCall, Fate::Mine | Fate::Missed | Fate::Others) => {
                    figures.ringing_sum_ms.0 += second;
                }
                _ => {}
            }
        }
        if on_the_day(end) {
            match (spell.state, fate) {
                (AgentState::WrapUp, _) => wraps.push(end - begin),
                (AgentState::QueueCall, Fate::Mine) => {
                    talks.push(end - answered);
                    rings.push(answered - begin);
                }
                (AgentState::QueueCall, Fate::Missed) => {
                    figures.missed += 1;
                    rings.push(end - begin);
                }
                (AgentState::QueueCall, Fate::Others) => {
                    figures.elsewhere += 1;
                    rings.push(end - begin);
                }
                (AgentState::QueueCall, _) => figures.unclear += 1,
                _ => {}
            }
        }
        begin = end;
    }
    let ms = |seconds: &[i64]| i128::from(seconds.iter().sum::<i64>()) * 1000;
    let handle = i128::from(figures.talk_sum_ms.0 + figures.wrap_up_sum_ms.0);
    AgentFigures {
        answered: u32::try_from(talks.len()).unwrap(),
        wrap_ups: u32::try_from(wraps.len()).unwrap(),
        ring_ms: naive::mean(ms(&rings), rings.len()),
        talk_ms: naive::mean(ms(&talks), talks.len()),
        wrap_up_ms: naive::mean(ms(&wraps), wraps.len()),
        handle_ms: naive::mean(ms(&talks) + ms(&wraps), talks.len()),
        occupancy: naive::share(handle, handle + i128::from(figures.ready_sum_ms.0)),
        ..figures
    }
}

/// Wrap-ups one after another are one to anybody who sees states only; likewise unnamed calls.
fn joined(spells: Vec<Spell>) -> Vec<Spell> {
    let mut joined: Vec<Spell> = Vec::new();
    for spell in spells {
        let unnamed = |spell: &Spell| spell.fate == Fate::CallNotNamed;
        let queue_call = spell.state == AgentState::QueueCall;
        match joined.last_mut() {
            Some(last) if last.state == spell.state && !queue_call => last.seconds += spell.seconds,
            Some(last) if last.state == spell.state && (unnamed(last) || unnamed(&spell)) => {}
            _ => joined.push(spell),
        }
    }
    joined
}

/// The state, and call, that somebody who reads the changes finds at a second.
fn state_at(changes: &[StateChange], second: i64) -> Option<&StateChange> {
    changes.iter().rfind(|change| change.at <= at(second))
}

proptest! {
    #[test]
    fn an_agents_figures_are_what_each_second_of_his_day_says(spells in spells(), start in -9000_i64..80_000) {
        let spells = joined(spells);
        let (changes, answers) = tell(start, &spells);
        let figures = agent_figures(changes, &me(), &answers, DAY);
        prop_assert_eq!(figures, by_seconds(start, &spells));
    }

    #[test]
    fn a_person_is_at_each_second_what_says_most_of_him(
        queues in vec(vec((0..60_i64, proptest::sample::select(AgentState::ALL.to_vec())), 0..8), 0..4),
    ) {
        use AgentState::{LoggedOut, NotReady, Offline, OtherCall, QueueCall, Ready, Unknown, WrapUp};
        let queues: Vec<Vec<StateChange>> = queues
            .into_iter()
            .map(|mut list| {
                list.sort_by_key(|(second, _)| *second);
                list.into_iter().map(|(second, state)| change(second, state, None)).collect()
            })
            .collect();
        let person = person(&queues);
        for second in 0..60 {
            let now: Vec<AgentState> =
                queues.iter().filter_map(|list| state_at(list, second)).map(|change| change.state).collect();
            let order = [QueueCall, OtherCall, WrapUp, NotReady, Ready, LoggedOut, Offline, Unknown];
            let expected = order.into_iter().find(|state| now.contains(state));
            prop_assert_eq!(state_at(&person, second).map(|change| change.state), expected);
        }
        prop_assert!(person.windows(2).all(|two| two[0].at < two[1].at && two[0].state != two[1].state));
    }
}
