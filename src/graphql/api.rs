//! One request through the schema, in steps that a cache may stand between: [`Api::prepare`] finds the document,
//! [`Api::price`] holds the variables against it, [`Api::execute`] runs it.

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::OperationType;
use bytes::Bytes;

use super::answer::{Answer, error_body, is_refused};
use super::at_hand::NothingMerges;
use super::document::{DocumentHash, DocumentLimits, DocumentStore, Refusal, SchemaTypes, coerce_variables};
use super::loader::Loaders;
use super::persisted::{Found, Library, PersistedSettings};
use super::prepared::{Prepared, Priced, Wanted};
use super::reads::Reads;
use super::scalar;
use super::schema::{FarmSchema, SchemaParts, build, sdl};
use crate::error::{Error, ErrorCode};
use crate::service::{Caller, Marketplace, Standing};
use crate::telemetry::Telemetry;

/// Memory for checked documents.
const DOCUMENTS_MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Raw values of an operation's variables, by name.
pub type RawVariables = serde_json::Map<String, serde_json::Value>;

/// Settings of the schema.
#[derive(Debug, Clone, Default)]
pub struct ApiSettings {
    /// Introspection, and suggestions in error messages.
    pub introspection: bool,
    /// Limits of documents.
    pub limits: DocumentLimits,
    /// Persisted documents.
    pub persisted: PersistedSettings,
}

/// The schema, ready to answer.
pub struct Api {
    strict: FarmSchema,
    fast: FarmSchema,
    library: Library,
    marketplace: Arc<Marketplace>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

impl Api {
    /// Builds the schema over a marketplace.
    ///
    /// # Errors
    /// When a trusted document could never be run, or our own schema cannot be read back, which a test rules out.
    pub fn new(marketplace: Arc<Marketplace>, telemetry: Arc<Telemetry>, settings: ApiSettings) -> Result<Self, Error> {
        let types = SchemaTypes::from_sdl(&sdl(), scalar::check).map_err(Error::internal)?;
        let parts = SchemaParts { marketplace: Arc::clone(&marketplace), telemetry, introspection: settings.introspection };
        let (strict, fast) = build(&parts);
        let store = DocumentStore::new(settings.limits, Arc::new(types), DOCUMENTS_MAX_BYTES);
        let library = Library::new(settings.persisted, store).map_err(|why| Error::refused(ErrorCode::Conflict, why))?;
        Ok(Self { strict, fast, library, marketplace })
    }

    /// An operation of a document that is known already. Neither parses nor allocates; `None` also when the document has no
    /// such operation, which [`Self::prepare`] has the words for.
    pub fn known(&self, hash: &DocumentHash, operation_name: Option<&str>) -> Option<Prepared> {
        Prepared::new(Found { document: self.library.known(hash)?, hash: *hash, to_archive: None }, operation_name).ok()
    }

    /// Finds the document that a caller wants, or checks it, and picks the operation. Of a document that is known, that is
    /// the hash of its text and one look into a map.
    ///
    /// # Errors
    /// The answer to a request that cannot be run.
    pub async fn prepare(&self, wanted: Wanted<'_>) -> Result<Prepared, Answer> {
        let found = self.library.find(wanted.document).await;
        let prepared = found.and_then(|found| Prepared::new(found, wanted.operation_name));
        let prepared = prepared.map_err(|refusal| Answer::refused(&refusal, wanted.operation_name.map(Arc::from)))?;
        if wanted.via_get && !prepared.is_query() {
            return Err(Answer::mutation_by_get(prepared.operation_name().cloned()));
        }
        // Its answer may come out of a cache, and then nothing runs that could prove it once more.
        if prepared.document().is_validated_strict() {
            self.library.proved(prepared.document(), *prepared.document_hash(), prepared.to_archive());
        }
        Ok(prepared)
    }

    /// Holds the variables against the operation, and computes what it costs.
    ///
    /// # Errors
    /// The answer to a request whose variables do not fit or that costs too much.
    pub fn price(&self, prepared: Prepared, variables: RawVariables) -> Result<Priced, Answer> {
        let mut variables = Variables::from_json(serde_json::Value::Object(variables));
        match self.cost_of(&prepared, &mut variables) {
            Ok(cost) => Ok(Priced { prepared, variables, cost }),
            Err(refusal) => Err(Answer::refused(&refusal, prepared.operation_name().cloned())),
        }
    }

    /// Runs an operation. `standing` is what is left of the caller's budget.
    pub async fn execute(&self, priced: Priced, caller: Caller, standing: Option<Standing>) -> Answer {
        let Priced { prepared, variables, cost } = priced;
        let document = prepared.document();
        let schema = if prepared.is_query() && document.is_validated_strict() { &self.fast } else { &self.strict };
        let mut request = async_graphql::Request::new("").variables(variables);
        request.operation_name = prepared.operation_name().map(ToString::to_string);
        request.set_parsed_query(document.document().clone());
        let reads = Arc::new(Reads::default());
        let mut request = request.data(caller).data(standing).data(Loaders::new(&self.marketplace)).data(Arc::clone(&reads));
        if !prepared.operation().repeats_keys {
            request = request.data(NothingMerges);
        }
        let response = schema.execute(request).await;
        if !is_refused(&response) {
            self.library.proved(document, *prepared.document_hash(), prepared.to_archive());
        }
        Answer::of(response, cost, prepared.operation_name().cloned(), reads.take())
    }

    /// [`Self::price`] and [`Self::execute`], whatever it costs.
    pub async fn run(&self, prepared: Prepared, variables: RawVariables, caller: Caller) -> Answer {
        match self.price(prepared, variables) {
            Ok(priced) => self.execute(priced, caller, None).await,
            Err(answer) => answer,
        }
    }

    /// The body of a request error.
    pub fn error_body(code: ErrorCode, message: &str) -> Bytes {
        error_body(code, message)
    }

    /// Fills in defaults of variables.
    fn cost_of(&self, prepared: &Prepared, variables: &mut Variables) -> Result<u64, Refusal> {
        let (document, operation) = (prepared.document(), prepared.operation());
        let types = self.library.store().types().inputs();
        coerce_variables(operation, types, variables)?;
        // The literals of a query are the same every time, and its variables have been checked by themselves.
        if operation.kind == OperationType::Mutation || !document.is_validated_strict() {
            document.check_arguments(operation, types, variables)?;
        }
        let cost = document.cost(operation, variables);
        self.library.store().limits().check_cost(cost)?;
        Ok(cost)
    }
}
