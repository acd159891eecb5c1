//! A simulator at work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::{Connections, ResetSwitch};
use crate::faults::Faults;
use crate::http;
use crate::schedule::{Form, deliveries};
use crate::sender::{Answer, Sender, Target};
use crate::settings::{SimulatorSettings, StartError};
use crate::stats::Stats;
use crate::tokens::Tokens;
use crate::world::{EventKind, World};

/// Copies that wait or are under way; the world waits when there are more.
const QUEUE_MAX: usize = 10_000;
/// The shortest time between two events.
const INTERVAL_MIN: Duration = Duration::from_micros(1);

/// What all requests and the sender share.
pub(crate) struct Shared {
    pub(crate) settings: SimulatorSettings,
    pub(crate) world: Mutex<World>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) stats: Arc<Mutex<Stats>>,
    pub(crate) sender: Sender,
    pub(crate) stop: CancellationToken,
    /// Events sent by hand so far.
    pub(crate) by_hand: Mutex<u64>,
}

/// Locks; a panic of another thread has left nothing half-done that matters here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

/// A simulator at work; it stops when this is dropped.
pub struct Running {
    /// `http://127.0.0.1:PORT`.
    pub base_url: String,
    shared: Arc<Shared>,
    sending: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Listens, answers and sends.
    ///
    /// # Errors
    /// When the port is taken, or the address or secret of the webhooks cannot be used.
    pub async fn start(settings: SimulatorSettings) -> Result<Running, StartError> {
        let address = settings.listen;
        let failed = |reason| StartError::Listen { address, reason };
        let stats = Arc::new(Mutex::new(Stats::default()));
        let sender = Sender::new(&settings, Arc::clone(&stats))?;
        let clock = settings.clock.clone();
        let world = World::with_past(settings.seed, settings.products, settings.orders, settings.skip_events, clock);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            faults: Mutex::new(settings.faults),
            tokens: Mutex::new(Tokens::new(settings.seed)),
            stats,
            sender,
            stop: CancellationToken::new(),
            by_hand: Mutex::new(0),
            settings,
        });
        let service = http::router(Arc::clone(&shared)).into_make_service_with_connect_info::<ResetSwitch>();
        let stop = shared.stop.clone().cancelled_owned();
        // Serving ends by `stop` alone.
        tokio::spawn(async move { axum::serve(Connections(listener), service).with_graceful_shutdown(stop).await });
        let sending = tokio::spawn(go_on(Arc::clone(&shared)));
        Ok(Running { base_url, shared, sending: Some(sending) })
    }
}

impl Running {
    /// What `PARTNER_API_URL` should be.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.base_url)
    }

    /// What `OAUTH_TOKEN_URL` should be.
    pub fn token_url(&self) -> String {
        format!("{}/oauth/token", self.base_url)
    }

    /// What has been counted.
    pub fn stats(&self) -> Stats {
        lock(&self.shared.stats).clone()
    }

    /// Looks at the world, or changes it.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut lock(&self.shared.world))
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.shared.faults) = faults;
    }

    /// Ends all tokens.
    pub fn revoke_tokens(&self) {
        lock(&self.shared.tokens).revoke_all();
    }

    /// Sends webhooks there from now on.
    ///
    /// # Errors
    /// When the address or the secret cannot be used.
    pub fn set_webhook(&self, url: &str, secret: &str) -> Result<(), StartError> {
        self.shared.sender.aim(Some(Target::new(url, secret)?));
        Ok(())
    }

    /// Sends one webhook about a thing as it is now, once.
    ///
    /// # Errors
    /// One sentence when there is nothing of this id, nowhere to send to, or no answer.
    pub async fn send(&self, kind: EventKind, id: &str, thin: bool) -> Result<Answer, String> {
        let webhook_id = self.shared.next_id_by_hand();
        let event = lock(&self.shared.world).event_about(kind, id, webhook_id).ok_or_else(|| format!("there is no {id}"))?;
        let target = self.shared.sender.target().ok_or("webhooks go nowhere")?;
        self.shared.sender.send(&target, &event.webhook_id, event.body(thin), Form::Genuine).await
    }

    /// Waits until the last event is delivered or given up; for ever where `events` is none.
    pub async fn finished(&mut self) {
        if let Some(sending) = self.sending.take() {
            // It does not panic and is not aborted while we wait.
            let _ = sending.await;
        }
    }

    /// Stops listening; requests under way are finished.
    pub fn stop(&self) {
        self.shared.stop.cancel();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// The id of the next webhook that is sent by hand.
    pub(crate) fn next_id_by_hand(&self) -> String {
        let mut by_hand = lock(&self.by_hand);
        *by_hand += 1;
        format!("evt_{}_hand_{by_hand}", self.settings.seed)
    }
}

/// Lets the world go on, and sends what happens.
async fn go_on(shared: Arc<Shared>) {
    let settings = &shared.settings;
    if settings.rate <= 0.0 {
        return;
    }
    let interval = Duration::try_from_secs_f64(1.0 / settings.rate).unwrap_or(Duration::MAX).max(INTERVAL_MIN);
    let mut ticks = tokio::time::interval_at(Instant::now() + interval.min(Duration::from_secs(1)), interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (queue, under_way) = (Arc::new(Semaphore::new(QUEUE_MAX)), TaskTracker::new());
    let mut left = settings.events;
    while left != Some(0) {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shared.stop.cancelled() => return,
        }
        left = left.map(|left| left - 1);
        let event = lock(&shared.world).next_event();
        lock(&shared.stats).events += 1;
        for delivery in deliveries(settings.seed, event, &settings.shares, interval) {
            // It is never closed.
            let Ok(place) = Arc::clone(&queue).acquire_owned().await else { return };
            let shared = Arc::clone(&shared);
            under_way.spawn(async move {
                let work = async {
                    tokio::time::sleep(delivery.due).await;
                    shared.sender.deliver(&delivery).await;
                };
                tokio::select! {
                    () = work => {}
                    () = shared.stop.cancelled() => {}
                }
                drop(place);
            });
        }
    }
    under_way.close();
    under_way.wait().await;
}
