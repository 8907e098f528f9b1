//! The PBX's retry rules: what an answer means, and when an event is posted again.
//!
//! Source: PortSIP's knowledge base, "Receiving events via a webhook". Only 200 acknowledges; 404 ends the retries of an
//! event; everything else (other statuses, redirects, no answer) is tried again five times, each wait counted from the
//! try before. After that the event is never sent again.

use std::time::Duration;

/// The waits before each retry. Together 27 minutes and 15 seconds.
pub const WAITS: [Duration; 5] = [
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(3),
    Duration::from_mins(8),
    Duration::from_mins(15),
];

/// How an event's delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered 200.
    Acknowledged,
    /// The receiver answered 404: it wants none of these.
    Dropped,
    /// All tries failed.
    Lost,
}

/// Posts until the receiver acknowledges, wants none, or the tries are used up. `post` answers with the HTTP status, or
/// `None` where none came; `retries` is called before each wait. `scale` shortens the waits: 1 is the PBX's own schedule.
pub async fn deliver<Answer: Future<Output = Option<u16>>>(
    post: impl Fn() -> Answer,
    retries: impl Fn(Option<u16>),
    scale: f64,
) -> Outcome {
    let mut waits = WAITS.iter();
    loop {
        let status = post().await;
        match status {
            Some(200) => return Outcome::Acknowledged,
            Some(404) => return Outcome::Dropped,
            _ => {}
        }
        let Some(&wait) = waits.next() else { return Outcome::Lost };
        retries(status);
        tokio::time::sleep(wait.mul_f64(scale)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::time::Instant;

    use super::*;

    /// Delivers to a receiver that answers like this, then 200; the outcome, and at what second each try came.
    async fn check(answers: &[Option<u16>]) -> (Outcome, Vec<u64>) {
        check_scaled(answers, 1.0).await
    }

    async fn check_scaled(answers: &[Option<u16>], scale: f64) -> (Outcome, Vec<u64>) {
        let start = Instant::now();
        let tries = RefCell::new(Vec::new());
        let post = || {
            tries.borrow_mut().push(start.elapsed().as_secs());
            let nth = tries.borrow().len() - 1;
            std::future::ready(answers.get(nth).copied().unwrap_or(Some(200)))
        };
        let outcome = deliver(post, |_| {}, scale).await;
        (outcome, tries.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_answered_200_is_sent_once() {
        assert_eq!(check(&[]).await, (Outcome::Acknowledged, vec![0]));
    }

    /// Oracle: "about 15 s, 1 min, 3 min, 8 min, 15 min", from the retry before; the page's table.
    #[tokio::test(start_paused = true)]
    async fn an_event_that_is_never_acknowledged_is_sent_six_times_in_27_minutes() {
        let (outcome, tries) = check(&[Some(503); 10]).await;
        assert_eq!(outcome, Outcome::Lost);
        assert_eq!(tries, [0, 15, 75, 255, 735, 1635]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_schedule_can_be_compressed() {
        let (outcome, tries) = check_scaled(&[Some(503); 10], 0.2).await;
        assert_eq!((outcome, tries), (Outcome::Lost, vec![0, 3, 15, 51, 147, 327]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_404_drops_the_event_for_good() {
        assert_eq!(check(&[Some(404)]).await, (Outcome::Dropped, vec![0]));
        assert_eq!(check(&[Some(500), Some(404)]).await, (Outcome::Dropped, vec![0, 15]));
    }

    #[tokio::test(start_paused = true)]
    async fn other_2xx_redirects_401_and_silence_are_retried() {
        for answer in [Some(201), Some(202), Some(204), Some(302), Some(401), Some(503), None] {
            assert_eq!(check(&[answer]).await, (Outcome::Acknowledged, vec![0, 15]), "{answer:?}");
        }
    }
}
