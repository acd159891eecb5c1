//! What will happen in a world, drawn from its seed before it begins: who asks and writes what and when, and what breaks.

use super::catalogue::Catalogue;
use super::dice::Dice;
use super::question::Question;

/// Processes in a world.
pub(super) const PROCESSES: usize = 3;
/// Length of a world in milliseconds. What is under way then may still end.
pub(super) const LENGTH_MS: u64 = 20_000;
/// No fault comes before this: everybody has started by then.
const CALM_MS: u64 = 300;
/// Groups of deeds in a world; a group is about three.
const GROUPS: u64 = 56;

pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) weather: Weather,
    pub(super) catalogue: Catalogue,
    pub(super) questions: Vec<Question>,
    /// How long answers to each question may be served without being made again.
    pub(super) max_age_s: Vec<u32>,
    /// In the order of time.
    pub(super) deeds: Vec<(u64, Deed)>,
    pub(super) windows: Vec<Window>,
    /// How much each process' clock is ahead.
    pub(super) skew_ms: [i64; PROCESSES],
    pub(super) has_memory: bool,
    pub(super) has_store: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Deed {
    Read {
        process: usize,
        question: usize,
        look_first: bool,
    },
    /// A change, and what its writer asks next.
    Write {
        process: usize,
        number: u64,
        then: Option<usize>,
    },
    /// Rows change behind the feed's back, and the generation is raised.
    Load {
        number: u64,
    },
    /// All but the last few changes are forgotten.
    Forget {
        keep: i64,
    },
    /// The store comes back empty.
    Flush,
    /// The process dies, and another one takes its place.
    Restart {
        process: usize,
        away_ms: u64,
    },
    /// Everybody's clock leaps: the machines were suspended.
    Leap {
        ms: i64,
    },
}

/// Something that is broken for a while, for one process or for all.
pub(super) struct Window {
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
    pub(super) fault: Fault,
    pub(super) process: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    DatabaseAway,
    DatabaseHangs,
    DatabaseSlow,
    StoreAway,
    StoreHangs,
    /// The process stands still.
    Paused,
}

/// How often small things go wrong, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weather {
    pub(super) nudge_lost: u64,
    pub(super) nudge_late: u64,
    pub(super) nudge_twice: u64,
    /// A call's request is lost; as often, its answer.
    pub(super) call_lost: u64,
    pub(super) call_late: u64,
    pub(super) call_twice: u64,
    /// What is read from the store is something else.
    pub(super) garbage: u64,
    pub(super) slow_origin: u64,
    /// Answers that may not be kept.
    pub(super) unkept: u64,
    /// Requests whose caller may not have an answer made.
    pub(super) declined: u64,
    /// Writers that die between the commit and the number.
    pub(super) unnumbered: u64,
}

impl Weather {
    fn new(dice: &mut Dice) -> Self {
        let mut chance = |often, most| if dice.percent(often) { dice.between(1, most) } else { 0 };
        Self {
            nudge_lost: chance(60, 60),
            nudge_late: chance(60, 50),
            nudge_twice: chance(40, 40),
            call_lost: chance(40, 15),
            call_late: chance(50, 20),
            call_twice: chance(40, 20),
            garbage: chance(40, 15),
            slow_origin: chance(50, 25),
            unkept: chance(40, 15),
            declined: chance(40, 30),
            unnumbered: chance(40, 20),
        }
    }
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        let dice = &mut Dice::of(seed, &[0]);
        let catalogue = Catalogue::new(dice);
        let questions: Vec<Question> = (0..8).map(|_| Question::new(dice, &catalogue)).collect();
        let max_age_s = questions.iter().map(|_| *dice.pick(&[1, 3, 60, 60])).collect();
        let is_calm = dice.percent(10);
        let (weather, windows) = if is_calm { (Weather::default(), Vec::new()) } else { (Weather::new(dice), faults(dice)) };
        let mut deeds = Vec::new();
        for number in 0..GROUPS {
            group(dice, &mut deeds, number, questions.len());
        }
        if !is_calm {
            misfortunes(dice, &mut deeds, &windows);
        }
        deeds.sort_by_key(|(at_ms, _)| *at_ms);
        let skew_ms = std::array::from_fn(|_| dice.number(-200, 200));
        let (has_memory, has_store) = (dice.percent(92), dice.percent(85));
        Self { seed, weather, catalogue, questions, max_age_s, deeds, windows, skew_ms, has_memory, has_store }
    }

    /// Until when this is broken now for `process`; `None` when it works.
    pub(super) fn broken_until(&self, fault: Fault, process: usize, now_ms: u64) -> Option<u64> {
        let is_now = |window: &&Window| {
            window.fault == fault
                && (window.from_ms..window.to_ms).contains(&now_ms)
                && window.process.is_none_or(|at| at == process)
        };
        self.windows.iter().filter(is_now).map(|window| window.to_ms).max()
    }

    /// Since when nothing has stood between `process` and the store; `None` when calls get lost now and then.
    pub(super) fn store_whole_since(&self, process: usize, now_ms: u64) -> Option<u64> {
        let touches = |window: &&Window| {
            let stops = matches!(window.fault, Fault::StoreAway | Fault::StoreHangs | Fault::Paused);
            stops && window.from_ms <= now_ms && window.process.is_none_or(|at| at == process)
        };
        let last_ms = self.windows.iter().filter(touches).map(|window| window.to_ms.min(now_ms)).max();
        (self.weather.call_lost == 0 && self.weather.call_late == 0).then_some(last_ms.unwrap_or(0))
    }

    /// How much of this time `process` stood still.
    pub(super) fn paused_ms(&self, process: usize, from_ms: u64, to_ms: u64) -> u64 {
        let pauses = self.windows.iter().filter(|window| window.fault == Fault::Paused && window.process == Some(process));
        pauses.map(|window| window.to_ms.min(to_ms).saturating_sub(window.from_ms.max(from_ms))).sum()
    }
}

/// What clients do at about one time, around one question.
fn group(dice: &mut Dice, deeds: &mut Vec<(u64, Deed)>, number: u64, questions: usize) {
    let at_ms = dice.between(50, LENGTH_MS);
    let mut hot = || dice.index(questions).min(dice.index(questions));
    let (question, other) = (hot(), hot());
    let read = |deeds: &mut Vec<(u64, Deed)>, dice: &mut Dice, spread_ms| {
        let (process, look_first) = (dice.index(PROCESSES), dice.percent(50));
        deeds.push((at_ms + dice.below(spread_ms), Deed::Read { process, question, look_first }));
    };
    match dice.below(20) {
        0..9 => (0..dice.between(2, 6)).for_each(|_| read(deeds, dice, 40)),
        9..16 => {
            let then = dice.percent(70).then_some(if dice.percent(70) { question } else { other });
            deeds.push((at_ms + dice.below(30), Deed::Write { process: dice.index(PROCESSES), number, then }));
            (0..dice.between(1, 4)).for_each(|_| read(deeds, dice, 300));
        }
        _ => read(deeds, dice, 1),
    }
}

fn faults(dice: &mut Dice) -> Vec<Window> {
    let kinds = [
        (Fault::DatabaseAway, 2, 4_000),
        (Fault::DatabaseHangs, 2, 4_000),
        (Fault::DatabaseSlow, 2, 3_000),
        (Fault::StoreAway, 2, 4_000),
        (Fault::StoreHangs, 2, 4_000),
        (Fault::Paused, 3, 3_000),
    ];
    let mut windows = Vec::new();
    for (fault, most, longest_ms) in kinds {
        let count = if dice.percent(45) { dice.between(1, most) } else { 0 };
        for _ in 0..count {
            let from_ms = dice.between(CALM_MS, LENGTH_MS);
            let to_ms = from_ms + dice.between(50, longest_ms);
            let process = (fault == Fault::Paused || dice.percent(40)).then(|| dice.index(PROCESSES));
            windows.push(Window { from_ms, to_ms, fault, process });
        }
    }
    windows
}

/// What happens seldom, at one moment each.
fn misfortunes(dice: &mut Dice, deeds: &mut Vec<(u64, Deed)>, windows: &[Window]) {
    let at = |dice: &mut Dice| dice.between(CALM_MS, LENGTH_MS);
    for number in 0..dice.below(3) {
        deeds.push((at(dice), Deed::Load { number }));
    }
    for _ in 0..dice.below(3) {
        deeds.push((at(dice), Deed::Forget { keep: dice.number(0, 4) }));
    }
    if dice.percent(30) {
        deeds.push((at(dice), Deed::Flush));
    }
    for _ in 0..dice.below(3) {
        deeds.push((at(dice), Deed::Restart { process: dice.index(PROCESSES), away_ms: dice.between(1, 800) }));
    }
    if dice.percent(15) {
        // Best while the database is away: it tells how old an answer may be that stands in for it.
        let away = windows.iter().find(|window| matches!(window.fault, Fault::DatabaseAway | Fault::DatabaseHangs));
        let at_ms = match away {
            Some(window) => dice.between(window.from_ms, window.to_ms),
            None => at(dice),
        };
        deeds.push((at_ms, Deed::Leap { ms: dice.number(595, 670) * 1_000 }));
    }
}
