//! JSON merge patches.

use serde_json::{Map, Value};

/// Applies a merge patch (RFC 7396): null removes, objects go member by member, everything else replaces.
pub(super) fn merge(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null if name == "stockQuantity" => {
                // Here null is a value: nobody counts.
                target.insert(name, Value::Null);
            }
            Value::Null => {
                target.remove(&name);
            }
            Value::Object(patch) => {
                let member = target.entry(name).or_insert(Value::Null);
                if !member.is_object() {
                    *member = Value::Object(Map::new());
                }
                if let Value::Object(member) = member {
                    merge(member, patch);
                }
            }
            value => {
                target.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_replaced_removed_and_merged() {
        let Value::Object(mut target) = json!({"a": {"b": 1, "c": 2}, "d": 3, "stockQuantity": 4}) else { unreachable!() };
        let Value::Object(patch) = json!({"a": {"b": null, "e": {"f": 5}}, "d": [1], "stockQuantity": null}) else {
            unreachable!()
        };
        merge(&mut target, patch);
        assert_eq!(Value::Object(target), json!({"a": {"c": 2, "e": {"f": 5}}, "d": [1], "stockQuantity": null}));
    }
}
