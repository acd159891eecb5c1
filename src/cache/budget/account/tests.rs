use proptest::prelude::*;

use super::*;
use crate::cache::budget::policy::BudgetSettings;

fn policy(points_per_minute: u32, burst: u32) -> Policy {
    Policy::new(BudgetSettings { points_per_minute, burst })
}

/// Redis, as the script computes it.
#[derive(Debug, Default)]
struct Model {
    used: f64,
    at_us: u64,
}

impl Model {
    fn charge(&mut self, now_us: u64, policy: &Policy, order: Order, cost: u64) -> (bool, u64) {
        let burst = f64::from(policy.burst);
        self.used = policy.decayed(self.used, now_us - self.at_us);
        self.at_us = now_us;
        self.used = (self.used + order.owed as f64).min(2.0 * burst);
        let admitted = policy.fits(self.used, cost as f64);
        if !admitted {
            return (false, 0);
        }
        self.used += cost as f64;
        let granted = order.wanted.min((burst - self.used).max(0.0) as u64);
        self.used += granted as f64;
        (true, granted)
    }
}

fn is_admitted(one: OnePoint) -> bool {
    matches!(one, OnePoint::Decided(Verdict::Admitted(_), _) | OnePoint::BeyondCredit(_))
}

#[test]
fn who_comes_seldom_owes_one_point_and_gets_no_lease() {
    let policy = policy(60_000, 5_000);
    let mut account = Account::new(0);
    let spent = account.spend_one(0, &policy);
    let OnePoint::Decided(Verdict::Admitted(standing), due) = spent else { panic!("{spent:?}") };
    assert_eq!((standing.remaining, due), (4_999, Due::Soon));
    assert_eq!(account.order(50_000, &policy), Some(Order { owed: 1, wanted: 0 }));
    assert_eq!(account.order(50_000, &policy), None, "one call at a time");
    assert!(!account.heard(50_300, Some((1.0, 0))));
    assert_eq!(account.order(60_000, &policy), None, "nothing is owed");
}

#[test]
fn who_comes_often_but_once_is_charged_to_the_point() {
    let policy = policy(60_000, 5_000);
    let mut account = Account::new(0);
    for now_us in 0..40 {
        account.spend_one(now_us, &policy);
    }
    assert_eq!(account.order(50_000, &policy), Some(Order { owed: 40, wanted: 0 }));
}

#[test]
fn who_comes_often_gets_a_lease_in_time() {
    let policy = policy(6_000_000, 100_000);
    let mut account = Account::new(0);
    let mut model = Model::default();
    let mut orders = 0;
    // 20 000 a second for a second; Redis answers after 0.3 ms.
    let mut answer: Option<(u64, f64, u64)> = None;
    for now_us in (0..1_000_000).step_by(50) {
        if let Some((at_us, used, granted)) = answer.filter(|(at_us, ..)| *at_us <= now_us) {
            account.heard(at_us, Some((used, granted)));
            answer = None;
        }
        let OnePoint::Decided(Verdict::Admitted(_), due) = account.spend_one(now_us, &policy) else { panic!("{account:?}") };
        if due == Due::Now {
            orders += 1;
            if let Some(order) = account.order(now_us, &policy) {
                let (_, granted) = model.charge(now_us, &policy, order, 0);
                answer = Some((now_us + 300, model.used, granted));
            }
        }
    }
    assert!(orders < 100, "{orders} orders for 20 000 points");
    assert!(account.balance > 0, "it lives on leases: {account:?}");
}

#[test]
fn what_is_left_of_a_lease_is_forgotten() {
    let policy = policy(60_000, 5_000);
    let mut account = Account::new(0);
    account.give(0, 50);
    account.learn(0, 50.0);
    account.spend_one(LEASE_ENDS_US + 1, &policy);
    assert_eq!(account.balance, -1);
}

#[test]
fn an_empty_budget_is_refused_until_a_point_has_come_back() {
    let policy = policy(60_000, 5_000);
    let mut account = Account::new(0);
    account.learn(0, 5_000.0);
    let refused = account.spend_one(400, &policy);
    let OnePoint::Decided(Verdict::Refused { standing, retry_after }, Due::Never) = refused else { panic!("{refused:?}") };
    assert_eq!((standing.remaining, retry_after), (0, Duration::from_micros(600)));
    assert!(is_admitted(account.spend_one(1_000, &policy)));
    assert!(!is_admitted(account.spend_one(1_001, &policy)));
}

#[test]
fn after_a_refusal_the_door_is_closed_for_a_moment() {
    let policy = policy(60_000, 5_000);
    let mut account = Account::new(0);
    account.close(0, policy.standing(4_990.0), Duration::from_secs(2));
    assert!(!is_admitted(account.spend_one(CLOSED_US - 1, &policy)));
    assert!(is_admitted(account.spend_one(CLOSED_US, &policy)));
    account.close(CLOSED_US, policy.standing(4_999.0), Duration::from_millis(5));
    assert!(is_admitted(account.spend_one(CLOSED_US + 5_000, &policy)), "not longer than it takes");
}

#[test]
fn credit_has_an_end() {
    let policy = policy(60_000, 5_000);
    let mut account = Account::new(0);
    let decided = (0..200).take_while(|_| matches!(account.spend_one(0, &policy), OnePoint::Decided(..))).count();
    assert_eq!(decided, 50, "a hundredth of the burst");
}

/// One process of the simulation: its account, and its call to Redis that is under way.
#[derive(Debug)]
struct Process {
    account: Account,
    answer: Option<(u64, Option<(f64, u64)>)>,
    told_at: Option<u64>,
}

proptest! {
    /// Three processes, one budget, cached answers at any rate, answers of Redis that take up to 20 ms and are sometimes
    /// lost: over the whole time about as much is admitted as the budget allows.
    #[test]
    fn three_processes_admit_one_budget(
        points_per_minute in 6_000_u32..600_000,
        burst in 5_000_u32..20_000,
        pause_us in 20_u64..400,
        latency_us in 100_u64..20_000,
    ) {
        let policy = policy(points_per_minute, burst);
        let mut model = Model::default();
        let process = || Process { account: Account::new(0), answer: None, told_at: None };
        let mut processes = [process(), process(), process()];
        let (mut admitted, mut offered, seconds) = (0_u64, 0_u64, 4);
        for (turn, now_us) in (0..seconds * 1_000_000).step_by(pause_us as usize).enumerate() {
            let Process { account, answer, told_at } = &mut processes[turn % 3];
            if let Some((_, heard)) = answer.take_if(|(at_us, _)| *at_us <= now_us) {
                *told_at = account.heard(now_us, heard).then_some(now_us + 50_000);
            }
            offered += 1;
            let one = account.spend_one(now_us, &policy);
            admitted += u64::from(is_admitted(one));
            match one {
                OnePoint::Decided(_, Due::Now) | OnePoint::BeyondCredit(Due::Now) => *told_at = Some(now_us),
                OnePoint::Decided(_, Due::Soon) | OnePoint::BeyondCredit(Due::Soon) => *told_at = Some(now_us + 50_000),
                _ => {}
            }
            let order = told_at.take_if(|at_us| *at_us <= now_us).and_then(|_| account.order(now_us, &policy));
            if let Some(order) = order {
                let (_, granted) = model.charge(now_us, &policy, order, 0);
                *answer = Some((now_us + latency_us, Some((model.used, granted))));
            }
        }
        let allowed = f64::from(burst) + f64::from(points_per_minute) / 60.0 * seconds as f64;
        let expected = allowed.min(offered as f64);
        // What is spent while Redis answers, by three processes, is the overdraft of the end.
        let slack = 0.05 * expected + 3.0 * credit(&policy) as f64 + (latency_us as f64 + 50_000.0) / pause_us as f64;
        let difference = admitted as f64 - expected;
        prop_assert!(difference < slack && difference > -0.1 * expected - 50.0, "{admitted} of {expected}, slack {slack}");
    }
}
