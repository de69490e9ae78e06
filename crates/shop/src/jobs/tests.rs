//! What the queue promises, on both engines.

use std::collections::HashSet;

use serde_json::json;

use super::*;
use crate::clock::Hand;
use crate::test_support::{block_on, on_both_engines};

const LEASE: Duration = Duration::from_secs(60);
const START_US: i64 = 1_795_000_000_000_000;

fn queue(db: &Db) -> (Jobs, Hand) {
    let (clock, hand) = Clock::by_hand(START_US);
    (Jobs::new(db.clone(), clock), hand)
}

async fn put(jobs: &Jobs, key: &str, owner: &str, priority: i64) -> bool {
    let (queue, key, owner) = (jobs.clone(), key.to_owned(), owner.to_owned());
    let payload = json!({ "key": key });
    let job = move |tx: &mut Tx| {
        queue.enqueue(tx, &NewJob { kind: "encode", key: &key, payload: &payload, owner: &owner, priority })
    };
    jobs.db.write(job).await.unwrap()
}

async fn take(jobs: &Jobs, worker: &str) -> Option<Job> {
    jobs.claim(&["encode"], worker, LEASE).await.unwrap()
}

async fn finish(jobs: &Jobs, job: &Job) -> Result<(), JobError> {
    let (queue, job) = (jobs.clone(), job.clone());
    jobs.db.write(move |tx| queue.done(tx, &job)).await
}

async fn fail(jobs: &Jobs, job: &Job, retry: bool) -> Result<Verdict, JobError> {
    let (queue, job) = (jobs.clone(), job.clone());
    jobs.db.write(move |tx| queue.failed(tx, &job, "no sound", retry)).await
}

#[test]
fn a_job_queued_twice_is_one_job_and_gone_when_done() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            assert!(put(&jobs, "a", "anna", 5).await);
            assert!(!put(&jobs, "a", "boris", 5).await);
            let job = take(&jobs, "w").await.unwrap();
            assert_eq!((job.key.as_str(), job.owner.as_str(), &job.payload), ("a", "anna", &json!({ "key": "a" })));
            assert!(!put(&jobs, "a", "boris", 5).await, "it is running");
            assert!(take(&jobs, "w").await.is_none());
            finish(&jobs, &job).await.unwrap();
            assert_eq!(jobs.counts().await.unwrap(), []);
            assert!(put(&jobs, "a", "boris", 5).await, "done is forgotten");
        });
    });
}

#[test]
fn a_listeners_tenth_job_waits_for_the_first_of_another() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, hand) = queue(&db);
            for n in 0..10 {
                put(&jobs, &format!("anna{n}"), "anna", 0).await;
            }
            put(&jobs, "boris0", "boris", 9).await;
            put(&jobs, "boris1", "boris", 9).await;
            let mut order = Vec::new();
            let mut held = Vec::new();
            for _ in 0..5 {
                hand.advance(Duration::from_secs(1));
                let job = take(&jobs, "w").await.unwrap();
                order.push(job.key.clone());
                held.push(job);
            }
            assert_eq!(order, ["anna0", "boris0", "anna1", "boris1", "anna2"]);
            for job in held.iter().filter(|job| job.owner == "anna") {
                finish(&jobs, job).await.unwrap();
            }
            assert_eq!(take(&jobs, "w").await.unwrap().key, "anna3");
        });
    });
}

#[test]
fn among_equals_the_lower_priority_runs_first_and_a_later_wish_may_move_a_job_forward() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            put(&jobs, "late", "anna", 5).await;
            put(&jobs, "soon", "boris", 3).await;
            put(&jobs, "late", "boris", 1).await;
            assert_eq!(take(&jobs, "w").await.unwrap().key, "late");
            assert_eq!(take(&jobs, "w").await.unwrap().key, "soon");
        });
    });
}

#[test]
fn no_two_workers_get_one_job() {
    on_both_engines(|db, url| {
        block_on(async {
            let (jobs, _) = queue(&db);
            // A second handle has a writer of its own, like another node.
            let other = Jobs::new(Db::open(&url).unwrap(), jobs.clock.clone());
            for n in 0..60 {
                put(&jobs, &n.to_string(), &(n % 7).to_string(), 0).await;
            }
            let claims = (0..80).map(|n| {
                let node = if n % 2 == 0 { &jobs } else { &other };
                async move { node.claim(&["encode"], &format!("w{n}"), LEASE).await.unwrap() }
            });
            let mut claimed: Vec<Job> = futures_util::future::join_all(claims).await.into_iter().flatten().collect();
            // A claim that lost its candidate to the other node's uncommitted one may have come back empty.
            while let Some(job) = take(&jobs, "late").await {
                claimed.push(job);
            }
            let ids: HashSet<&str> = claimed.iter().map(|job| job.id.as_str()).collect();
            assert_eq!((claimed.len(), ids.len()), (60, 60));
        });
    });
}

#[test]
fn the_end_of_a_job_is_undone_with_its_effect() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            let job = take(&jobs, "w").await.unwrap();
            let (queue, ended) = (jobs.clone(), job.clone());
            let refused: Result<(), JobError> = db
                .write(move |tx| {
                    queue.done(tx, &ended)?;
                    Err(JobError::Db(DbError::Failed("the effect failed".to_owned())))
                })
                .await;
            assert!(refused.is_err());
            finish(&jobs, &job).await.unwrap();
        });
    });
}

#[test]
fn a_failing_job_waits_longer_each_time_and_is_given_up_in_the_end() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, hand) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            let mut waits_s = Vec::new();
            loop {
                let job = take(&jobs, "w").await.unwrap();
                match fail(&jobs, &job, true).await.unwrap() {
                    Verdict::GivenUp => break,
                    Verdict::Again { at_us } => {
                        assert!(take(&jobs, "w").await.is_none(), "not before its time");
                        let wait_us = at_us - jobs.clock.now_us();
                        waits_s.push((wait_us + 500_000) / 1_000_000);
                        hand.advance(Duration::from_micros(wait_us as u64));
                    }
                }
            }
            assert_eq!(waits_s, [5, 10, 20, 40]);
            assert!(take(&jobs, "w").await.is_none());
            let failed = Count { kind: "encode".to_owned(), state: "failed".to_owned(), count: 1 };
            assert_eq!(jobs.counts().await.unwrap(), [failed]);
            assert!(put(&jobs, "a", "anna", 0).await, "a new wish is a new start");
            assert_eq!(take(&jobs, "w").await.unwrap().attempts, 0);
        });
    });
}

#[test]
fn what_cannot_succeed_is_given_up_at_once() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            let job = take(&jobs, "w").await.unwrap();
            assert_eq!(fail(&jobs, &job, false).await.unwrap(), Verdict::GivenUp);
        });
    });
}

#[test]
fn what_a_killed_process_held_is_free_at_its_restart_and_for_others_when_the_lease_ends() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, hand) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            let first = take(&jobs, "w").await.unwrap();
            assert_eq!(jobs.release_leases("other").await.unwrap(), 0);
            assert_eq!(jobs.release_leases("w").await.unwrap(), 1);
            let second = take(&jobs, "w").await.unwrap();
            assert!(matches!(finish(&jobs, &first).await, Err(JobError::LeaseLost)), "the killed one is no ghost");

            hand.advance(LEASE / 2);
            jobs.extend(&second, LEASE).await.unwrap();
            hand.advance(LEASE / 2 + Duration::from_secs(1));
            assert!(take(&jobs, "other").await.is_none(), "the lease was extended");
            hand.advance(LEASE);
            let third = take(&jobs, "other").await.unwrap();
            assert!(matches!(jobs.extend(&second, LEASE).await, Err(JobError::LeaseLost)));
            assert!(matches!(fail(&jobs, &second, true).await, Err(JobError::LeaseLost)));
            assert_eq!(third.attempts, 0, "to be killed is not to fail");
            finish(&jobs, &third).await.unwrap();
        });
    });
}

#[test]
fn a_job_whose_workers_always_vanish_is_hopeless() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            for _ in 0..MAX_LOST {
                assert!(!take(&jobs, "w").await.unwrap().hopeless());
                jobs.release_leases("w").await.unwrap();
            }
            assert!(take(&jobs, "w").await.unwrap().hopeless());
        });
    });
}

#[test]
fn every_worker_is_woken_at_once() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            let (mut one, mut other) = (jobs.watch(), jobs.watch());
            jobs.wake();
            for worker in [&mut one, &mut other] {
                let woken = tokio::time::timeout(Duration::from_secs(10), worker.changed()).await;
                woken.expect("woken, although it was not waiting at that moment").unwrap();
            }
        });
    });
}

#[test]
fn a_worker_takes_only_the_kinds_it_does() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            assert!(jobs.claim(&["mail", "x"], "w", LEASE).await.unwrap().is_none());
            assert!(jobs.claim(&[], "w", LEASE).await.unwrap().is_none());
            assert!(jobs.claim(&["mail", "encode"], "w", LEASE).await.unwrap().is_some());
        });
    });
}

#[test]
fn a_job_in_a_log_keeps_its_payload_to_itself() {
    on_both_engines(|db, _| {
        block_on(async {
            let (jobs, _) = queue(&db);
            put(&jobs, "a", "anna", 0).await;
            let shown = format!("{:?}", take(&jobs, "w").await.unwrap());
            assert!(shown.contains("encode") && !shown.contains("\"key\""), "{shown}");
        });
    });
}
