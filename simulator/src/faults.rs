//! What goes wrong with API A, by flag and at run time.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is wrong. The members of `POST /faults`; what is not named there stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Faults {
    /// Every answer comes so much later.
    pub latency_ms: u64,
    /// Share of the requests, 0 to 1, that fail with [`Self::status`].
    pub error_rate: f64,
    /// With what they fail; 0 is 500. Naming a status alone makes all fail.
    pub status: u16,
    /// `Retry-After` of these failures.
    pub retry_after_seconds: Option<u32>,
    /// Requests are taken and never answered.
    pub hang: bool,
    /// Connections are reset in place of an answer.
    pub reset: bool,
    /// Answers are 200 and no JSON.
    pub garbage: bool,
    /// Answers are 2 GB.
    pub huge_body: bool,
    /// Answers come a byte per half a second.
    pub drip: bool,
    /// The token endpoint answers 503.
    pub token_down: bool,
    /// The token endpoint takes requests and never answers.
    pub token_hang: bool,
    /// How many requests to API A still meet with this; none: all.
    pub times: Option<u64>,
}

impl Faults {
    /// Changes what a `POST /faults` names.
    ///
    /// # Errors
    /// One sentence about a member that is unknown or of another kind.
    pub fn patched(&self, patch: Map<String, Value>) -> Result<Self, String> {
        let status_alone = patch.contains_key("status") && !patch.contains_key("errorRate") && self.error_rate == 0.0;
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else { return Ok(*self) };
        all.extend(patch);
        let mut faults: Self = serde_json::from_value(Value::Object(all)).map_err(|err| err.to_string())?;
        if status_alone && faults.status != 0 {
            faults.error_rate = 1.0;
        }
        if !(0.0..=1.0).contains(&faults.error_rate) {
            return Err("errorRate must be from 0 to 1".to_owned());
        }
        if faults.status != 0 && !(100..=599).contains(&faults.status) {
            return Err("status must be from 100 to 599".to_owned());
        }
        Ok(faults)
    }

    /// What the next request to API A meets with.
    pub(crate) fn next(&mut self) -> Self {
        match &mut self.times {
            Some(0) => Self { token_down: self.token_down, token_hang: self.token_hang, ..Self::default() },
            Some(left) => {
                *left -= 1;
                *self
            }
            None => *self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patch(faults: Faults, patch: &Value) -> Result<Faults, String> {
        faults.patched(patch.as_object().cloned().unwrap())
    }

    #[test]
    fn what_is_not_named_stays_and_a_status_alone_makes_all_fail() {
        let slow = patch(Faults::default(), &json!({"latencyMs": 50})).unwrap();
        let failing = patch(slow, &json!({"status": 503, "times": 2})).unwrap();
        assert_eq!((failing.latency_ms, failing.error_rate, failing.status), (50, 1.0, 503));
        assert_eq!(patch(slow, &json!({"errorRate": 0.5})).unwrap().error_rate, 0.5);
        assert!(patch(slow, &json!({"latency": 1})).unwrap_err().contains("unknown field"));
        assert!(patch(slow, &json!({"errorRate": 2})).is_err());
        assert!(patch(slow, &json!({"status": 42})).is_err());
    }

    #[test]
    fn a_number_of_times_wears_off() {
        let mut faults = Faults { hang: true, times: Some(2), ..Faults::default() };
        let met: Vec<bool> = (0..4).map(|_| faults.next().hang).collect();
        assert_eq!(met, [true, true, false, false]);
    }
}
