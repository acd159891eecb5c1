use std::collections::HashMap;

use serde_json::json;

use super::*;

/// Follows every event the way a mirror does.
fn follow(world: &mut World, count: usize) -> Vec<Event> {
    (0..count).map(|_| world.next_event()).collect()
}

fn patch(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[test]
fn the_same_number_gives_the_same_world_and_another_one_another() {
    let (mut one, mut same, mut other) = (World::new(1, 50, 10), World::new(1, 50, 10), World::new(2, 50, 10));
    assert_eq!(follow(&mut one, 500), follow(&mut same, 500));
    assert_eq!(one.page(Subject::Order, None, None, 1_000), same.page(Subject::Order, None, None, 1_000));
    assert_ne!(one.next_event().id, other.next_event().id);
}

#[test]
fn versions_grow_by_one_and_time_goes_on() {
    for size in [0, 1, 40] {
        let mut world = World::new(3, size, size / 4);
        let mut known: HashMap<String, i64> = HashMap::new();
        let mut last_ms = 0;
        for page in [Subject::Product, Subject::Order].map(|subject| world.page(subject, None, None, 1_000).unwrap()) {
            known.extend(
                page.items.iter().map(|item| (item["id"].as_str().unwrap().to_owned(), item["version"].as_i64().unwrap())),
            );
        }
        for event in follow(&mut world, 2_000) {
            let before = known.insert(event.id.clone(), event.version).unwrap_or(0);
            assert_eq!(event.version, before + 1, "{event:?}");
            assert!(event.occurred_at_ms > last_ms);
            last_ms = event.occurred_at_ms;
        }
    }
}

#[test]
fn every_kind_of_event_happens_and_tells_what_the_api_shows() {
    let mut world = World::new(5, 30, 10);
    let mut seen: HashMap<EventKind, usize> = HashMap::new();
    for _ in 0..2_000 {
        let event = world.next_event();
        *seen.entry(event.kind).or_default() += 1;
        let shown = world.get(event.kind.subject(), &event.id).unwrap();
        assert_eq!(shown["version"], json!(event.version));
        match event.kind {
            EventKind::PriceChanged => assert_eq!(event.data.unwrap()["price"], shown["price"]),
            EventKind::InventoryUpdated => assert_eq!(event.data.unwrap()["stockQuantity"], shown["stockQuantity"]),
            EventKind::OrderCancelled => assert_eq!((event.data, &shown["status"]), (None, &json!("CANCELLED"))),
            EventKind::ProductDeleted => {
                assert_eq!((event.data, shown.as_object().unwrap().len(), &shown["deleted"]), (None, 4, &json!(true)));
            }
            _ => assert_eq!(event.data.unwrap(), shown),
        }
    }
    assert_eq!(seen.len(), EventKind::ALL.len(), "{seen:?}");
    assert!(world.products.living() >= 15);
}

#[test]
fn a_walk_over_the_pages_finds_everything_though_the_world_goes_on() {
    let mut world = World::new(9, 100, 0);
    let (mut found, mut cursor) = (std::collections::HashSet::new(), None::<String>);
    loop {
        let page = world.page(Subject::Product, None, cursor.as_deref(), 7).unwrap();
        found.extend(page.items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
        follow(&mut world, 1);
    }
    assert!((1..=100).all(|number| found.contains(&product::id(9, number))));
}

#[test]
fn a_list_since_an_instant_has_what_changed_then_and_later_in_order() {
    let mut world = World::new(9, 100, 20);
    let since = follow(&mut world, 50).last().unwrap().occurred_at_ms;
    let later: Vec<_> = follow(&mut world, 50).into_iter().filter(|event| event.kind.subject() == Subject::Product).collect();
    let page = world.page(Subject::Product, Some(since), None, 1_000).unwrap();
    let times: Vec<_> = page.items.iter().map(|item| item["updatedAt"].as_str().unwrap().to_owned()).collect();
    assert!(times.is_sorted());
    for event in later {
        assert!(page.items.iter().any(|item| item["id"] == json!(event.id)));
    }
}

#[test]
fn cursors_of_others_and_of_long_ago_are_refused() {
    let mut world = World::new(1, 10, 0);
    let cursor = world.page(Subject::Product, None, None, 2).unwrap().next_cursor.unwrap();
    assert!(world.page(Subject::Product, None, Some(&cursor), 2).is_ok());
    assert_eq!(world.page(Subject::Product, None, Some("c1.2"), 2), Err(PageError::Foreign));
    follow(&mut world, 3_601);
    assert_eq!(world.page(Subject::Product, None, Some(&cursor), 2), Err(PageError::Expired));
}

#[test]
fn a_hand_may_change_anything_and_the_next_change_is_honest_again() {
    let mut world = World::new(1, 10, 2);
    let shown = world.change(Subject::Product, "P-1-1", patch(&json!({"price": {"amount": "1.00"}, "updatedAt": null})));
    assert_eq!((&shown["version"], &shown["price"]), (&json!(2), &json!({"amount": "1.00", "currency": "INR"})));
    assert!(shown.get("updatedAt").is_none());
    let shown = world.change(Subject::Product, "P-1-1", patch(&json!({"version": 40, "deleted": true})));
    assert_eq!((&shown["version"], &shown["deleted"]), (&json!(40), &json!(true)));
    let shown = world.change(Subject::Product, "P-1-1", patch(&json!({"deleted": false, "stockQuantity": null})));
    assert_eq!((&shown["version"], &shown["stockQuantity"]), (&json!(41), &Value::Null));
    assert!(shown["updatedAt"].is_string());

    let made = world.change(Subject::Order, "mine", patch(&json!({"status": "PACKED"})));
    assert_eq!((&made["id"], &made["version"], &made["status"]), (&json!("mine"), &json!(1), &json!("PACKED")));
    let event = world.event_about(EventKind::OrderUpdated, "mine", "evt_x".to_owned()).unwrap();
    assert_eq!(event.data, Some(made));
    assert!(world.event_about(EventKind::OrderUpdated, "nobody's", String::new()).is_none());
}

#[test]
fn with_a_clock_no_two_changes_share_a_millisecond() {
    let mut world = World::with_clock(1, 5, 1, Clock::of(|| 1_000_000_000_000));
    let times: Vec<_> = follow(&mut world, 3).iter().map(|event| event.occurred_at_ms - 1_000_000_000_000).collect();
    assert_eq!(times, [1, 2, 3]);
}

#[test]
fn a_world_with_a_past_goes_on_where_the_other_one_is() {
    let now_ms = 1_000_000_000_000;
    let (mut other, mut world) = (World::new(4, 30, 5), World::with_past(4, 30, 5, 100, Clock::of(move || now_ms)));
    follow(&mut other, 100);
    let (expected, event) = (other.next_event(), world.next_event());
    assert_eq!((event.number, &event.webhook_id, &event.id), (101, &expected.webhook_id, &expected.id));
    assert_eq!((event.version, event.occurred_at_ms), (expected.version, now_ms + 1));
}
