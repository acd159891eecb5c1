//! Settings of traces, by the names that every OpenTelemetry library knows them by.

use clap::Args;

use crate::telemetry::TraceSettings;

/// Where traces go.
#[derive(Args, Clone)]
#[command(next_help_heading = "Traces")]
pub struct TraceArgs {
    /// OpenTelemetry collector that takes OTLP over HTTP, for example http://127.0.0.1:4318; default: none, no traces.
    /// Needs a binary built with the feature `otlp`
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// The name of this service in traces
    #[arg(long = "otel-service-name", env = "OTEL_SERVICE_NAME", value_name = "NAME", default_value = "farmlokal")]
    service_name: String,
}

impl TraceArgs {
    /// Settings of the traces. OpenTelemetry demands that a variable which is empty counts as one that is not there.
    pub fn settings(&self) -> TraceSettings {
        let endpoint = self.otlp_endpoint.clone().filter(|endpoint| !endpoint.is_empty());
        let service_name = if self.service_name.is_empty() { "farmlokal" } else { &self.service_name };
        TraceSettings { endpoint, service_name: service_name.to_owned() }
    }
}
