//! A statement in the making: text with placeholders in the engine's own spelling, and the values bound to them.

use sea_orm::{Statement, Value};

use super::dialect::Engine;

/// SQL text and its bound values.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    engine: Engine,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// An empty statement for this engine.
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, text: String::with_capacity(512), values: Vec::with_capacity(16) }
    }

    /// A statement that starts with `text`.
    pub(crate) fn of(engine: Engine, text: &str) -> Self {
        let mut sql = Self::new(engine);
        sql.push(text);
        sql
    }

    /// The engine it is written for.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// What kind of statement it is: its first word.
    pub(crate) fn kind(&self) -> &'static str {
        const KINDS: [&str; 5] = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"];
        let text = self.text.trim_start_matches(['(', ' ', '\n']);
        KINDS.into_iter().find(|kind| text.starts_with(kind)).unwrap_or("SQL")
    }

    /// Appends text. Never from outside: what callers send is bound.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder for `value`.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        match self.engine {
            Engine::Postgres => {
                self.text.push('$');
                self.text.push_str(&self.values.len().to_string());
            }
            Engine::MySql | Engine::Sqlite => self.text.push('?'),
        }
        self
    }

    /// Appends `(?, ?, …)` for `values`, of which there must be one at least.
    pub(crate) fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.push("(");
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self.push(")")
    }

    /// Appends another statement; its placeholders are numbered on. No text of ours has a `$` but in them.
    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        let before = self.values.len();
        let mut parts = other.text.split('$');
        self.push(parts.next().unwrap_or_default());
        for part in parts {
            let (number, rest) = part.split_at(part.bytes().take_while(u8::is_ascii_digit).count());
            let number = number.parse().unwrap_or(0) + before;
            self.push(&format!("${number}{rest}"));
        }
        self.values.extend(other.values);
        self
    }

    /// The finished statement.
    pub(crate) fn into_statement(self) -> Statement {
        Statement::from_sql_and_values(self.engine.backend(), self.text, self.values)
    }
}

/// `values` padded with its last member to a power of two: a list of any length then has one of few texts, and each
/// connection keeps few prepared statements.
pub(crate) fn padded<T: Copy>(values: &[T]) -> impl Iterator<Item = T> + '_ {
    let padding = values.len().next_power_of_two() - values.len();
    let last = values.last().copied();
    values.iter().copied().chain(last.into_iter().cycle().take(padding))
}

/// Numbers of rows in one statement, largest first.
const ROWS_OF_A_STATEMENT: [usize; 9] = [32, 24, 16, 12, 8, 6, 4, 2, 1];

/// How many of `count` rows go into the next statement.
pub(crate) fn rows_of_a_statement(count: usize) -> usize {
    ROWS_OF_A_STATEMENT.into_iter().find(|size| *size <= count).unwrap_or(0)
}

/// Rows for statements of many rows, which cannot be padded: any number of them goes by few statements, of few texts.
pub(crate) fn in_few_sizes<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let (now, later) = rows.split_at(rows_of_a_statement(rows.len()));
        rows = later;
        (!now.is_empty()).then_some(now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_gets_its_own_placeholders() {
        for (engine, text) in [(Engine::Postgres, "a = $1 AND b IN ($2, $3)"), (Engine::Sqlite, "a = ? AND b IN (?, ?)")] {
            let mut sql = Sql::of(engine, "a = ");
            sql.bind(1_i64).push(" AND b IN ").bind_list([2_i64, 3]);
            assert_eq!(sql.into_statement().sql, text);
        }
    }

    #[test]
    fn statements_are_joined_with_their_values() {
        for (engine, text) in [(Engine::Postgres, "a = $1 AND b = $2, $3"), (Engine::Sqlite, "a = ? AND b = ?, ?")] {
            let (mut first, mut second) = (Sql::of(engine, "a = "), Sql::of(engine, " AND b = "));
            second.bind(2_i64).push(", ").bind(3_i64);
            let joined = first.bind(1_i64).append(second).clone().into_statement();
            assert_eq!((joined.sql.as_str(), joined.values.map(|values| values.0.len())), (text, Some(3)));
        }
    }

    #[test]
    fn lists_are_padded_to_a_power_of_two() {
        assert_eq!(padded(&[1, 2, 3, 4, 5]).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 5, 5, 5]);
        assert_eq!(padded(&[7]).collect::<Vec<_>>(), [7]);
        assert_eq!(padded::<i64>(&[]).count(), 0);
    }

    #[test]
    fn rows_go_by_few_statements_of_few_texts() {
        let sizes = |count: usize| in_few_sizes(&vec![(); count]).map(<[()]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), Vec::<usize>::new());
        assert_eq!(sizes(15), [12, 2, 1]);
        assert_eq!(sizes(70), [32, 32, 6]);
    }
}
