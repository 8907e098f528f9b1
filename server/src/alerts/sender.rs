//! The task that sends messages: a few at a time, each when it is due, again when it was not taken. It waits for nobody but the
//! receivers, and nobody waits for it.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Alerts,
    post::{Letter, Outcome},
    targets::{self, Fate},
};
use crate::store::StoreError;

/// So many messages are under way at once.
const AT_ONCE: usize = 4;

/// How often it is looked whether a message is due for another try.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long it waits where that can't be written down.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Sends until the server stops. What is under way then is sent again after the next start.
pub async fn run(alerts: Alerts, stop: CancellationToken) {
    let mut under_way: JoinSet<(i64, Outcome)> = JoinSet::new();
    let mut held = BTreeSet::new();
    loop {
        if under_way.len() < AT_ONCE {
            for (post, letter) in due(&alerts, AT_ONCE + held.len()).await {
                if under_way.len() < AT_ONCE && held.insert(post) {
                    let now = alerts.0.clock.now();
                    under_way.spawn(async move { (post, letter.send(now).await) });
                }
            }
        }
        tokio::select! {
            Some(done) = under_way.join_next() => {
                // A try does not panic, and is not aborted.
                let Ok((post, outcome)) = done else { continue };
                note(&alerts, post, outcome).await;
                held.remove(&post);
            }
            () = alerts.0.posted.notified() => {}
            () = sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// What is due; nothing where that can't be read.
async fn due(alerts: &Alerts, limit: usize) -> Vec<(i64, Letter)> {
    let (store, now) = (alerts.0.store.clone(), alerts.0.clock.now());
    let read =
        tokio::task::spawn_blocking(move || store.read(|connection| targets::due(connection, now, limit)));
    match read.await {
        Ok(Ok(due)) => due,
        Ok(Err(error)) => {
            tracing::error!(%error, "it can't be read which webhooks are due; that is tried again");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// Writes down what came of a try, and counts it.
async fn note(alerts: &Alerts, post: i64, outcome: Outcome) {
    let (store, now, word) = (alerts.0.store.clone(), alerts.0.clock.now(), outcome.word());
    let written = tokio::task::spawn_blocking(move || {
        store.with::<_, rusqlite::Error>(|change| targets::tried(change, post, &outcome, now))
    });
    let counts = &alerts.0.counts;
    match written.await {
        Ok(Ok(Fate::Taken)) => _ = counts.taken.fetch_add(1, Ordering::Relaxed),
        Ok(Ok(Fate::Again)) => {
            counts.again.fetch_add(1, Ordering::Relaxed);
            tracing::info!(post, outcome = word, "webhook message {post} was not taken; it is tried again");
        }
        Ok(Ok(Fate::GivenUp)) => {
            counts.given_up.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                post,
                outcome = word,
                "webhook message {post} is given up; Settings, Alerts says why"
            );
        }
        Ok(Err(error)) => {
            let error = StoreError::from(error);
            tracing::error!(%error, "what came of a webhook could not be written; it is sent again");
            sleep(RETRY_AFTER).await;
        }
        Err(_) => {}
    }
}
