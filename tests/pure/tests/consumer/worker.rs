//! The worker over a simulated queue.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use user_events_consumer::{
    Failure, Queue, QueueError, ReceivedEvent, Trouble, Worker, WorkerSettings, WorkerSettingsError,
};

use super::queue::{Faults, Random, SimulatedQueue};
use crate::messages::body;

const MINUTE: Duration = Duration::from_secs(60);

fn queue(fifo: bool) -> SimulatedQueue {
    SimulatedQueue::new(fifo, 100, Random::new(1), Faults::default())
}

/// The id of the event of this subject with this number.
fn id_of(subject: &str, number: u64) -> String {
    let event = ReceivedEvent::from_message_body(&body(subject, number)).unwrap();
    event.id().to_owned()
}

/// The number of the event in its subject.
fn number(event: &ReceivedEvent) -> u64 {
    event.sequence().split_once('.').unwrap().0.parse().unwrap()
}

fn worker<H>(queue: &SimulatedQueue, handler: H) -> Worker<SimulatedQueue, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    Worker::new(queue.clone(), handler, WorkerSettings::default()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_group_goes_one_at_a_time_in_order_and_groups_go_beside_each_other() {
    let queue = queue(true);
    for number in 1..=3 {
        queue.send("users/a", &body("users/a", number), true);
        queue.send("users/b", &body("users/b", number), true);
    }
    let log = Mutex::new(Vec::new());
    let begun = Instant::now();
    let handler = async |event: ReceivedEvent| {
        sleep(Duration::from_secs(1)).await;
        let at = begun.elapsed().as_secs();
        let name = format!("{}/{}", event.subject(), number(&event));
        log.lock().unwrap().push((at, name));
        Ok::<_, Failure>(())
    };
    let worked = worker(&queue, handler).run(sleep(Duration::from_secs(10))).await;
    assert_eq!(worked.handled, 6);
    let mut log = log.into_inner().unwrap();
    log.sort();
    let expected = [
        (1, "users/a/1"),
        (1, "users/b/1"),
        (2, "users/a/2"),
        (2, "users/b/2"),
        (3, "users/a/3"),
        (3, "users/b/3"),
    ];
    assert_eq!(log, expected.map(|(at, id)| (at, id.to_owned())));
    assert_eq!(queue.len(), 0, "handled messages are deleted");
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_group_passes_a_failure_and_the_pause_grows() {
    let queue = queue(true);
    for number in 1..=3 {
        queue.send("users/a", &body("users/a", number), true);
    }
    let log = Mutex::new(Vec::new());
    let begun = Instant::now();
    let handler = async |event: ReceivedEvent| {
        log.lock()
            .unwrap()
            .push((number(&event), begun.elapsed().as_secs()));
        let receives = event.delivery().receive_count.unwrap();
        if number(&event) == 2 && receives < 4 {
            return Err(Failure::retry("not yet"));
        }
        Ok(())
    };
    worker(&queue, handler).run(sleep(MINUTE)).await;
    // The second message after pauses of 1, 2 and 4 seconds, and the third one only then.
    let log = log.into_inner().unwrap();
    let numbers: Vec<_> = log.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 2, 2, 2, 3]);
    assert!(log[4].1 >= 7 && log[4].1 <= 8, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_no_event_is_set_aside_and_without_a_dead_letter_queue_it_goes_there_alone() {
    let queue = SimulatedQueue::new(true, 3, Random::new(1), Faults::default());
    let send = || {
        queue.send("users/a", "hello", false);
        queue.send("users/a", &body("users/a", 2), true);
    };
    let handler = async |_: ReceivedEvent| Ok::<_, Failure>(());
    send();
    let with_queue = worker(&queue, handler).dead_letters(queue.clone());
    let worked = with_queue.run(sleep(MINUTE)).await;
    assert_eq!((worked.handled, worked.set_aside, worked.failed), (1, 1, 0));
    let [letter] = queue.aside().try_into().unwrap();
    assert_eq!((letter.body.as_str(), letter.reason), ("hello", "not-an-event"));
    assert_eq!(letter.group.as_deref(), Some("users/a"));
    assert_eq!(letter.deduplication_id(), "aside-1");
    assert_eq!((queue.len(), queue.dead()), (0, 0));

    send();
    let worked = worker(&queue, handler).run(sleep(MINUTE)).await;
    assert_eq!((worked.handled, worked.set_aside, worked.failed), (1, 0, 3));
    assert_eq!((queue.len(), queue.dead()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_long_keeps_its_group_invisible() {
    let queue = queue(true);
    for number in 1..=2 {
        queue.send("users/a", &body("users/a", number), true);
    }
    let handler = async |event: ReceivedEvent| {
        assert_eq!(event.delivery().receive_count, Some(1));
        sleep(Duration::from_secs(200)).await;
        Ok::<_, Failure>(())
    };
    let watch = async {
        for _ in 0..390 {
            sleep(Duration::from_secs(1)).await;
            assert_eq!(queue.visible(), Vec::<u64>::new());
        }
    };
    let worker = worker(&queue, handler);
    let (worked, ()) = tokio::join!(worker.run(sleep(Duration::from_secs(410))), watch);
    assert_eq!((worked.handled, queue.len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_dropped_before_another_receiver_can_have_its_message() {
    /// Delivers messages and never keeps one invisible.
    struct NoHeartbeat(SimulatedQueue);

    impl Queue for NoHeartbeat {
        async fn receive(
            &self,
            most: usize,
            wait: Duration,
            visibility: Duration,
        ) -> Result<Vec<aws_sdk_sqs::types::Message>, QueueError> {
            self.0.receive(most, wait, visibility).await
        }

        async fn delete(&self, receipts: &[String]) -> Result<Vec<usize>, QueueError> {
            self.0.delete(receipts).await
        }

        async fn change_visibility(&self, _: &[String], _: Duration) -> Result<Vec<usize>, QueueError> {
            Err(QueueError { code: None })
        }
    }

    struct OnDrop<'a>(&'a Mutex<Vec<Duration>>, Instant);

    impl Drop for OnDrop<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(self.1.elapsed());
        }
    }

    let queue = queue(true);
    for number in 1..=2 {
        queue.send("users/a", &body("users/a", number), true);
    }
    let dropped = Mutex::new(Vec::new());
    let begun = Instant::now();
    let handler = async |event: ReceivedEvent| {
        assert_eq!(number(&event), 1, "the group stops there");
        let _on_drop = OnDrop(&dropped, begun);
        sleep(MINUTE * 10).await;
        Ok::<_, Failure>(())
    };
    let worker = Worker::new(NoHeartbeat(queue.clone()), handler, WorkerSettings::default()).unwrap();
    worker.run(sleep(Duration::from_secs(29))).await;
    let dropped = dropped.into_inner().unwrap();
    assert_eq!(dropped.len(), 1);
    assert!(dropped[0] < Duration::from_secs(30), "{dropped:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_the_running_end_and_gives_the_rest_back_in_order() {
    let queue = queue(true);
    for number in 1..=4 {
        queue.send("users/a", &body("users/a", number), true);
    }
    let handler = async |_: ReceivedEvent| {
        sleep(Duration::from_secs(2)).await;
        Ok::<_, Failure>(())
    };
    let begun = Instant::now();
    let worker = worker(&queue, handler);
    let worked = worker.run(sleep(Duration::from_secs(3))).await;
    assert_eq!(worked.handled, 2, "the shutdown waited for the running handler");
    // The shutdown waits for the pending long poll, so that its answer is not lost.
    assert!(
        begun.elapsed() <= Duration::from_secs(21),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(queue.visible(), [3, 4]);
    let again = queue.receive(10, MINUTE, MINUTE).await.unwrap();
    assert_eq!(again.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_within_the_grace_is_dropped_and_given_back() {
    let queue = queue(true);
    for number in 1..=2 {
        queue.send("users/a", &body("users/a", number), true);
    }
    let troubles = std::sync::Arc::new(Mutex::new(Vec::new()));
    let told = std::sync::Arc::clone(&troubles);
    let handler = async |_: ReceivedEvent| {
        sleep(MINUTE * 10).await;
        Ok::<_, Failure>(())
    };
    let begun = Instant::now();
    let worker = worker(&queue, handler).on_trouble(move |trouble| told.lock().unwrap().push(trouble));
    worker.run(sleep(Duration::from_secs(3))).await;
    assert_eq!(begun.elapsed().as_secs(), 28);
    assert_eq!(queue.visible(), [1, 2]);
    let dropped = Trouble::Dropped {
        event_id: id_of("users/a", 1),
    };
    assert_eq!(*troubles.lock().unwrap(), [dropped]);
}

#[tokio::test(start_paused = true)]
async fn messages_received_after_a_shutdown_began_are_given_back() {
    let queue = queue(true);
    let handler = async |_: ReceivedEvent| Ok::<_, Failure>(());
    let late = async {
        sleep(Duration::from_secs(5)).await;
        queue.send("users/a", &body("users/a", 1), true);
    };
    let worker = worker(&queue, handler);
    let (worked, ()) = tokio::join!(worker.run(sleep(Duration::from_secs(1))), late);
    assert_eq!(worked.handled, 0);
    assert_eq!(queue.visible(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_answer_is_asked_ever_more_rarely() {
    let faults = Faults {
        call_fails: 1_000,
        ..Faults::default()
    };
    let queue = SimulatedQueue::new(true, 100, Random::new(1), faults);
    let pauses = std::sync::Arc::new(Mutex::new(Vec::new()));
    let told = std::sync::Arc::clone(&pauses);
    let handler = async |_: ReceivedEvent| Ok::<_, Failure>(());
    let worker = worker(&queue, handler).on_trouble(move |trouble| {
        if let Trouble::NotReceived { pause, .. } = trouble {
            told.lock().unwrap().push(pause.as_millis());
        }
    });
    let begun = Instant::now();
    worker.run(sleep(Duration::from_secs(120))).await;
    let pauses = pauses.lock().unwrap();
    let grown = [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600];
    let most = grown.into_iter().chain(std::iter::repeat(30_000));
    for (pause, most) in pauses.iter().zip(most) {
        assert!((most / 2..=most).contains(pause), "{pause} of {most}");
    }
    assert!(pauses.len() >= 11, "{pauses:?}");
    assert_eq!(
        begun.elapsed().as_secs(),
        120,
        "a shutdown does not wait for a pause"
    );
}

#[tokio::test(start_paused = true)]
async fn no_more_is_held_than_can_be_handled_at_once() {
    let queue = queue(false);
    for number in 1..=40 {
        queue.send("users/a", &body("users/a", number), true);
    }
    let (running, most) = (Mutex::new(0_u32), Mutex::new(0_u32));
    let handler = async |event: ReceivedEvent| {
        assert_eq!(event.delivery().receive_count, Some(1));
        {
            let mut running = running.lock().unwrap();
            *running += 1;
            let mut most = most.lock().unwrap();
            *most = (*most).max(*running);
        }
        sleep(Duration::from_secs(1)).await;
        *running.lock().unwrap() -= 1;
        Ok::<_, Failure>(())
    };
    let settings = WorkerSettings {
        concurrency: 3,
        ..WorkerSettings::default()
    };
    let worker = Worker::new(queue.clone(), handler, settings).unwrap();
    let worked = worker.run(sleep(MINUTE)).await;
    assert_eq!((worked.handled, queue.len()), (40, 0));
    assert_eq!(*most.lock().unwrap(), 3);
}

#[test]
fn settings_are_taken_at_their_bounds_and_not_beyond() {
    let check = |settings: WorkerSettings| {
        let handler = async |_: ReceivedEvent| Ok::<_, Failure>(());
        Worker::new(queue(true), handler, settings).map(|_| ())
    };
    let default = WorkerSettings::default;
    let visibility = |seconds| WorkerSettings {
        visibility: Duration::from_secs(seconds),
        ..default()
    };
    assert_eq!(check(visibility(3)), Ok(()));
    assert_eq!(check(visibility(2)), Err(WorkerSettingsError::Visibility));
    assert_eq!(check(visibility(43_200)), Ok(()));
    assert_eq!(check(visibility(43_201)), Err(WorkerSettingsError::Visibility));
    let wait = Duration::from_secs(21);
    assert_eq!(
        check(WorkerSettings { wait, ..default() }),
        Err(WorkerSettingsError::Wait)
    );
    let concurrency = 0;
    assert_eq!(
        check(WorkerSettings {
            concurrency,
            ..default()
        }),
        Err(WorkerSettingsError::Concurrency)
    );
    let retry_first = Duration::from_secs(301);
    assert_eq!(
        check(WorkerSettings {
            retry_first,
            ..default()
        }),
        Err(WorkerSettingsError::Retry)
    );
}

#[test]
fn a_worker_can_run_on_a_runtime_with_threads() {
    fn is_send<T: Send>(_: T) {}
    async fn handle(_: ReceivedEvent) -> Result<(), Failure> {
        Ok(())
    }
    let worker = worker(&queue(true), handle);
    is_send(worker.run(std::future::pending()));
}
