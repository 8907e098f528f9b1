//! The real clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::call::Stamp;

/// Now, as the machine's clock says.
pub fn now() -> Stamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp(u64::try_from(since_1970.as_millis()).unwrap_or(0))
}
