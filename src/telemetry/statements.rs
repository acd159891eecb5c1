//! How many SQL statements the present task has waited for.

use std::cell::Cell;

tokio::task_local! {
    static COUNT: Cell<u32>;
}

/// Runs `work` and gives beside its outcome how many statements were counted in it.
pub async fn counted<F: Future>(work: F) -> (F::Output, u32) {
    let with_count = async {
        let outcome = work.await;
        (outcome, COUNT.with(Cell::get))
    };
    COUNT.scope(Cell::new(0), with_count).await
}

/// Counts one statement, when somebody wants to know.
pub fn count_one() {
    count(1);
}

/// Counts statements that another task waited for on behalf of this one.
pub fn count(statements: u32) {
    let _ = COUNT.try_with(|count| count.set(count.get() + statements));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_runs_inside_is_counted() {
        count_one();
        let (outcome, statements) = counted(async {
            count_one();
            tokio::task::yield_now().await;
            count_one();
            "done"
        })
        .await;
        assert_eq!((outcome, statements), ("done", 2));
    }
}
