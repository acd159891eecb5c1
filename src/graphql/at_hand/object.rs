//! How objects of one type are written for one selection set.

use async_graphql::parser::types::{Field, SelectionSet};
use async_graphql::resolver_utils::EnumType;

use super::AtHand;
use super::selection::{Fragments, fields_of};
use crate::graphql::json::Json;
use crate::service::Rules;

/// Writes one field of an object. None when this object does not have it at hand.
pub(crate) type WriteField<T> = Box<dyn Fn(&T, &mut Json) -> Option<()>>;

/// What holds for all fields of an operation.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) fragments: &'a Fragments,
    pub(super) rules: &'a Rules,
}

/// A field without arguments that somebody selected.
#[derive(Clone, Copy)]
pub(crate) struct Selected<'a> {
    field: &'a Field,
    operation: Operation<'a>,
}

impl Selected<'_> {
    /// Its name in the schema.
    pub(crate) fn name(&self) -> &str {
        &self.field.name.node
    }

    /// Settings of the marketplace.
    pub(crate) fn rules(&self) -> &Rules {
        self.operation.rules
    }

    /// Writes a field by `write`, which always can.
    #[expect(clippy::unused_self, reason = "reads as the others do")]
    pub(crate) fn leaf<T>(self, write: impl Fn(&T, &mut Json) + 'static) -> Option<WriteField<T>> {
        Some(Box::new(move |object, json| {
            write(object, json);
            Some(())
        }))
    }

    /// Writes the object that `get` gives. None when only the engine can.
    pub(crate) fn object<T, U: AtHand + 'static>(self, get: impl Fn(&T) -> Option<U> + 'static) -> Option<WriteField<T>> {
        let writer = ObjectWriter::new(&self.field.selection_set.node, self.operation)?;
        Some(Box::new(move |object, json| writer.write(&get(object)?, json)))
    }
}

/// Writes the name of an enum's value.
pub(crate) fn enumeration<E: EnumType>(value: E, json: &mut Json) {
    match E::items().iter().find(|item| item.value == value) {
        Some(item) => json.plain(item.name),
        None => json.raw("null"),
    }
}

/// Writes objects of one type for one selection set.
pub(super) struct ObjectWriter<T: ?Sized> {
    /// What stands in front of each value, `,"key":`, and how the value is written.
    members: Vec<(String, WriteField<T>)>,
}

impl<T: AtHand> ObjectWriter<T> {
    /// None when something selected can only be resolved by the engine.
    pub(super) fn new(set: &SelectionSet, operation: Operation<'_>) -> Option<Self> {
        let type_name = T::type_name();
        let mut fields = Vec::with_capacity(set.items.len());
        fields_of(set, operation.fragments, &type_name, &mut fields)?;
        let mut members = Vec::with_capacity(fields.len());
        for field in fields {
            // Names of GraphQL hold nothing that JSON escapes.
            let before = if members.is_empty() { "{\"" } else { ",\"" };
            let key = field.response_key().node.as_str();
            members.push(([before, key, "\":"].concat(), writer(field, operation)?));
        }
        Some(Self { members }).filter(|writer| !writer.members.is_empty())
    }

    /// Writes an object.
    pub(super) fn write(&self, object: &T, json: &mut Json) -> Option<()> {
        for (before, write) in &self.members {
            json.raw(before);
            write(object, json)?;
        }
        json.raw("}");
        Some(())
    }
}

fn writer<T: AtHand>(field: &Field, operation: Operation<'_>) -> Option<WriteField<T>> {
    if !field.arguments.is_empty() {
        return None;
    }
    if field.name.node == "__typename" {
        return Some(Box::new(|_, json| {
            json.plain(&*T::type_name());
            Some(())
        }));
    }
    T::writer(Selected { field, operation })
}
