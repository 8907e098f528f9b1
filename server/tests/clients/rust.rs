//! The Rust client: reqwest, its Digest by digest_auth, an implementation that shares no code with ours.

use std::{fs, sync::Mutex, time::Duration};

use digest_auth::{AuthContext, WwwAuthenticateHeader};
use futures_util::{future::join_all, stream};
use reqwest::{
    Body, Client, Proxy, StatusCode, Version,
    header::{AUTHORIZATION, EXPECT, HeaderValue, WWW_AUTHENTICATE},
};
use tokio::runtime::Runtime;

use super::job::{Heard, Job};

/// Does all jobs.
pub fn run(jobs: &[Job]) -> Vec<Heard> {
    let runtime = Runtime::new().unwrap();
    let one = |job: &Job| {
        let heard = runtime.block_on(posts(job));
        let (statuses, error) = match heard {
            Ok(statuses) => (statuses, None),
            Err(error) => (vec![], Some(format!("{error:?}"))),
        };
        Heard { row: job.row, statuses, error }
    };
    jobs.iter().map(one).collect()
}

async fn posts(job: &Job) -> Result<Vec<u16>, reqwest::Error> {
    let mut client = Client::builder().no_proxy();
    if let Some(proxy) = &job.proxy {
        client = client.proxy(Proxy::http(proxy)?);
    }
    let (client, challenge) = (client.build()?, Mutex::new(None));
    let mut statuses = vec![post(&client, job, &challenge).await?];
    if job.parallel {
        let rest = join_all((1..job.posts).map(|_| post(&client, job, &challenge))).await;
        statuses.extend(rest.into_iter().collect::<Result<Vec<_>, _>>()?);
    } else {
        for _ in 1..job.posts {
            // A connection is back in its pool a little after its answer was read.
            tokio::time::sleep(Duration::from_millis(200)).await;
            statuses.push(post(&client, job, &challenge).await?);
        }
    }
    Ok(statuses)
}

/// One post; a challenge is answered, and so is a nonce that is stale.
async fn post(
    client: &Client,
    job: &Job,
    challenge: &Mutex<Option<WwwAuthenticateHeader>>,
) -> Result<u16, reqwest::Error> {
    let mut digests = 0;
    loop {
        let mut request = client.post(&job.url).body(body(job));
        for (name, value) in &job.headers {
            request = request.header(*name, value);
        }
        if job.expect {
            request = request.header(EXPECT, "100-continue");
        }
        if job.http10 {
            request = request.version(Version::HTTP_10);
        }
        let digest = digest(job, challenge);
        digests += u32::from(digest.is_some());
        let request = match job.method {
            "basic" => request.basic_auth(job.user, Some(job.password)),
            "bearer" => request.bearer_auth(job.password),
            _ => digest.into_iter().fold(request, |request, digest| request.header(AUTHORIZATION, digest)),
        };
        let answer = request.send().await?;
        let status = answer.status();
        let asked = answer.headers().get(WWW_AUTHENTICATE).filter(|_| job.method == "digest");
        let asked = asked.map(|asked| digest_auth::parse(asked.to_str().unwrap()).unwrap());
        answer.bytes().await?;
        match asked {
            Some(asked) if status == StatusCode::UNAUTHORIZED && digests < 3 => {
                if digests > 0 && !asked.stale {
                    return Ok(status.as_u16());
                }
                *challenge.lock().unwrap() = Some(asked);
            }
            _ => return Ok(status.as_u16()),
        }
    }
}

fn digest(job: &Job, challenge: &Mutex<Option<WwwAuthenticateHeader>>) -> Option<HeaderValue> {
    let mut challenge = challenge.lock().unwrap();
    let path = &job.url[job.url.find("//").unwrap() + 2..];
    let path = &path[path.find('/').unwrap()..];
    let context = AuthContext::new_post::<_, _, _, &[u8]>(job.user, job.password, path, None);
    let answer = challenge.as_mut()?.respond(&context).unwrap().to_header_string();
    Some(HeaderValue::from_bytes(answer.as_bytes()).unwrap())
}

fn body(job: &Job) -> Body {
    let bytes = fs::read(&job.body).unwrap();
    if !job.chunked {
        return bytes.into();
    }
    let (first, rest) = bytes.split_at(20);
    let pieces = [first.to_vec(), rest.to_vec()].map(Ok::<_, std::io::Error>);
    Body::wrap_stream(stream::iter(pieces))
}
