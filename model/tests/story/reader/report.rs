//! What a reader who has come to the end of a story says of it.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    event::PartySaid,
    id::{CallId, Number, QueueId},
    wire::{CallState, CallerKind, Direction, ExtensionCall, Phase},
};

use super::{
    Agent, Call, Leg, Reader, Stay,
    lines::{QueueLine, Times, caller_line, leg_line},
};

impl Reader {
    /// Every line.
    pub fn lines(&self, times: Times) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for number in &self.extensions {
            lines.extend(self.phone_lines(number, times));
        }
        let mut queues: BTreeMap<&QueueId, QueueLine> = BTreeMap::new();
        queues
            .extend(self.queues.iter().chain(self.homes.values()).map(|queue| (queue, QueueLine::default())));
        for ((queue, id), stay) in self.stays.iter().filter(|((queue, id), stay)| self.waits(queue, id, stay))
        {
            queues.entry(queue).or_default().caller(stay.is_callback(), stay.start);
            lines.insert(stay.line(queue, id, times));
        }
        for ((queue, number), log) in &self.agents {
            let Some((last, Agent { state: Some(state), details })) = log.last() else { continue };
            let full = self.agents_listed.get(queue);
            if full.is_some_and(|(taken, named)| last < taken && !named.contains(number)) {
                continue;
            }
            *queues.entry(queue).or_default().agents.entry(state.clone()).or_default() += 1;
            let since = times.of(log.since(|a, b| a.state == b.state));
            let on_call = ["queue_call", "other_call"].contains(&state.as_str()) || details.starts_with(" (");
            let details = if on_call { details } else { "" };
            lines.insert(format!("agent {queue}/{number} {state}{since}{details}"));
        }
        lines.extend(queues.iter().map(|(queue, line)| line.text(queue, times)));
        for (id, call) in self.calls.iter().filter(|(_, call)| call.said && !call.over) {
            lines.extend(self.call_lines(id, call, times));
        }
        lines
    }

    fn phone_lines(&self, number: &Number, times: Times) -> Vec<String> {
        let phone = self.phones.get(number).cloned().unwrap_or_default();
        let mut lines = Vec::new();
        let live = || self.calls.iter().filter(|(_, call)| call.said && !call.over);
        let legs = live().flat_map(|(_, call)| call.legs.values()).filter(|leg| leg.number == *number);
        let reported = phone.call.last().copied();
        // A call that the phone did not speak of, or not yet.
        let news = legs.filter(|leg| reported.is_none_or(|(second, _)| leg.said >= second));
        let news = news.filter_map(|leg| Some((leg.does()?, leg.since)));
        let word = reported.and_then(|(_, word)| word);
        match news.max_by_key(|(word, since)| (*word, -since)) {
            Some((does, since)) if Some(does) != word => {
                lines.push(format!("extension {number} {}{}", does.as_str(), times.of_leg(Some(since))));
            }
            _ => lines.extend(word.map(|word| {
                let since = phone.call.since(|a, b| a == b);
                format!("extension {number} {}{}", word.as_str(), times.of_leg(since))
            })),
        }
        lines.extend(phone.online.value().map(|word| {
            format!("extension {number} {}{}", word.as_str(), times.of(phone.online.since(|a, b| a == b)))
        }));
        lines.extend(phone.presence.value().map(|word| {
            format!("extension {number} says {word}{}", times.of(phone.presence.since(|a, b| a == b)))
        }));
        lines.extend(
            phone
                .note
                .value()
                .filter(|note| !note.is_empty())
                .map(|note| format!("extension {number} notes {note}")),
        );
        let takes_part = |call: &Call| {
            let from_outside = matches!(call.direction, Some(Direction::Inbound | Direction::Transit));
            let makes = call.from.number.as_ref() == Some(number) && !from_outside;
            makes || call.legs.values().any(|leg| leg.number == *number && leg.open())
        };
        lines.extend(
            live().filter(|(_, call)| takes_part(call)).map(|(id, _)| format!("extension {number} in {id}")),
        );
        lines
    }

    fn call_lines(&self, id: &CallId, call: &Call, times: Times) -> Vec<String> {
        let stays = || self.stays.iter().filter(|((_, other), _)| other == id);
        let waiting = stays().filter(|((queue, _), stay)| self.waits(queue, id, stay));
        let waiting = waiting.map(|((queue, _), stay)| (stay.start, queue)).max();
        let answered = stays().filter_map(|((queue, _), stay)| Some((stay.answered?, queue))).max();
        let queue = waiting.map(|(_, queue)| queue).or(answered.map(|(_, queue)| queue));
        let outward = matches!(call.direction, Some(Direction::Outbound | Direction::Transit));
        let talks =
            |leg: &Leg| leg.phase == Phase::Answered && (outward || self.extensions.contains(&leg.number));
        let state = if !call.legs.is_empty() && !call.legs.values().any(Leg::open) {
            CallState::Ending
        } else if waiting.is_some_and(|(start, _)| call.answered < start) {
            CallState::Queued
        } else if call.legs.values().any(talks) {
            CallState::Talking
        } else {
            CallState::Ringing
        };
        let party = |party: &PartySaid| {
            let number = party.number.as_ref();
            let listed = || self.names.get(number?).filter(|name| !name.is_empty()).cloned();
            format!(
                "{}'{}'",
                number.map_or("", Number::as_str),
                party.name.clone().or_else(listed).unwrap_or_default()
            )
        };
        let mut line = format!(
            "call {id} {}{} {} -> {}",
            state.as_str(),
            times.of(call.started),
            party(&call.from),
            party(&call.to)
        );
        call.did.iter().for_each(|did| line.push_str(&format!(" did {did}")));
        call.trunk.iter().for_each(|trunk| line.push_str(&format!(" trunk {trunk}")));
        if let Some(queue) = queue {
            line.push_str(&format!(" queue {queue}"));
        }
        let legs = call.legs.values();
        let legs = legs.map(|leg| leg_line(id, &leg.number, leg.phase, Some(leg.since), times));
        legs.chain([line]).collect()
    }
}

impl Leg {
    fn open(&self) -> bool {
        matches!(self.phase, Phase::Added | Phase::Ringing | Phase::Answered)
    }

    fn does(&self) -> Option<ExtensionCall> {
        match self.phase {
            Phase::Ringing => Some(ExtensionCall::Ringing),
            Phase::Answered => Some(ExtensionCall::OnCall),
            _ => None,
        }
    }
}

impl Stay {
    /// Whether it waits to be called back.
    pub fn is_callback(&self) -> bool {
        self.back || self.kind == Some(CallerKind::Callback)
    }

    fn line(&self, queue: &QueueId, call: &CallId, times: Times) -> String {
        let kind = if self.is_callback() { CallerKind::Callback } else { CallerKind::Normal };
        let about = (self.position, self.number.as_ref(), self.name.as_deref());
        caller_line(queue, call, kind, &times.of(self.start), about)
    }
}
