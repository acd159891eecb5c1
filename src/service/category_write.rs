//! `upsertCategories`: creates or updates categories by slug; all or none.

use super::user_error::UserError;
use super::write::{Write, WriteError};
use super::{LIST_MAX, Marketplace};
use crate::domain::{Aspects, Category, CategoryDraft, Change, EntityKind, Scope, slug, text};
use crate::error::ErrorCode;
use crate::storage::{Transaction, categories, changes};

struct UpsertCategories<'a> {
    drafts: &'a [CategoryDraft],
}

impl Marketplace {
    /// Creates or updates categories by slug; all or none. Gives them in the order of `drafts`.
    ///
    /// # Errors
    /// What is wrong with the input, or why it could not be written.
    pub async fn upsert_categories(&self, drafts: &[CategoryDraft]) -> Result<Vec<Category>, WriteError> {
        let errors = check(drafts);
        if !errors.is_empty() {
            return Err(WriteError::Refused(errors));
        }
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        self.write(&UpsertCategories { drafts }).await
    }
}

impl Write for UpsertCategories<'_> {
    type Output = Vec<Category>;

    async fn apply(&self, tx: &Transaction, now_ms: i64) -> Result<Vec<Category>, WriteError> {
        let slugs: Vec<&str> = self.drafts.iter().map(|draft| draft.slug.as_str()).collect();
        let stored = categories::lock(tx, &slugs).await?;
        let mut written = Vec::with_capacity(self.drafts.len());
        for draft in self.drafts {
            let old = stored.iter().find(|category| category.slug == draft.slug);
            written.push(upsert(tx, draft, old, now_ms).await?);
        }
        Ok(written)
    }
}

pub(super) async fn upsert(
    tx: &Transaction,
    draft: &CategoryDraft,
    old: Option<&Category>,
    now_ms: i64,
) -> Result<Category, WriteError> {
    let CategoryDraft { slug, name, position } = draft.clone();
    let (category, aspects) = match old {
        None => {
            let id = categories::insert(tx, draft, now_ms).await?;
            (Category { id, slug, name, position, version: 1 }, Aspects::CREATED)
        }
        Some(old) => {
            let aspects =
                Aspects::default().with_if(old.name != name, Aspects::NAME).with_if(old.position != position, Aspects::DETAILS);
            if aspects.is_empty() {
                return Ok(old.clone());
            }
            let category = Category { id: old.id, slug, name, position, version: old.version + 1 };
            categories::update(tx, &category, now_ms).await?;
            (category, aspects)
        }
    };
    let scope = Scope { category_id: Some(category.id), ..Scope::default() };
    let before = if old.is_some() { scope } else { Scope::default() };
    let (entity_id, version) = (category.id, category.version);
    let change = Change { seq: 0, kind: EntityKind::Category, entity_id, version, aspects, before, after: scope, at_ms: now_ms };
    changes::insert(tx, &change).await?;
    Ok(category)
}

fn check(drafts: &[CategoryDraft]) -> Vec<UserError> {
    let mut errors = Vec::new();
    if drafts.len() > LIST_MAX {
        errors.push(too_many("categories"));
        return errors;
    }
    for (n, draft) in drafts.iter().enumerate() {
        let at = n.to_string();
        let mut refuse =
            |field: &str, why: String| errors.push(UserError::new(ErrorCode::BadUserInput, &["categories", &at, field], why));
        if !slug::is_slug(&draft.slug) {
            refuse("slug", SLUG_RULE.to_owned());
        }
        if let Some(why) = text::fault(&draft.name, 1, 160) {
            refuse("name", format!("the name {why}"));
        }
        if drafts[..n].iter().any(|other| other.slug == draft.slug) {
            refuse("slug", "the same slug stands in the list twice".to_owned());
        }
        if i32::try_from(draft.position).is_err() {
            refuse("position", "the position must fit 32 bits".to_owned());
        }
    }
    errors
}

/// What a slug looks like, in words.
pub(super) const SLUG_RULE: &str = "a slug has lower-case letters and digits, joined by single hyphens, at most 64 characters";

/// The refusal of a list that is too long.
pub(super) fn too_many(list: &str) -> UserError {
    UserError::new(ErrorCode::BadUserInput, &[list], format!("at most {LIST_MAX} at once"))
}
