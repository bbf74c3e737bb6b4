//! Many invocations at once, their results in the order of their events.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError, mpsc};

use crate::sandbox::guest_thread;

/// Inputs under way for each thread: enough that a thread whose calls take microseconds need not wait for the one that
/// hands out and collects.
const PER_THREAD: usize = 8;

/// Runs over `inputs` on `concurrency` guest threads, each with a worker of its own, and hands the results to `sink` in
/// the order of the inputs. At most `PER_THREAD` inputs for each thread are under way, so a long input takes no more memory than a short one.
///
/// # Errors
/// The first error of `inputs` or `sink`, after the results of all inputs before it have been handed over; or that a
/// thread could not be made.
pub fn in_order<T: Send, R: Send, E: From<std::io::Error>, W: FnMut(T) -> R>(
    concurrency: NonZeroUsize,
    mut inputs: impl Iterator<Item = Result<T, E>>,
    worker: impl Fn() -> W + Sync,
    mut sink: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (jobs, for_workers) = mpsc::sync_channel::<(u64, T)>(PER_THREAD * concurrency.get());
    let for_workers = Mutex::new(for_workers);
    let (done, results) = mpsc::channel::<(u64, R)>();
    std::thread::scope(|scope| {
        for _ in 0..concurrency.get() {
            let (done, for_workers, worker) = (done.clone(), &for_workers, &worker);
            guest_thread(scope, move || {
                let mut work = worker();
                loop {
                    // The lock is held while waiting for a job, not while working on it.
                    let job = for_workers.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((number, input)) = job else { return };
                    if done.send((number, work(input))).is_err() {
                        return;
                    }
                }
            })?;
        }
        drop(done); // so that `results` ends when the last worker does
        let jobs = jobs; // dropped at the end of this block: the workers' sign to stop
        let (mut sent, mut handed_over, mut failure) = (0, 0, None);
        let mut waiting = BTreeMap::new();
        loop {
            if failure.is_none() && sent - handed_over < (PER_THREAD * concurrency.get()) as u64 {
                match inputs.next() {
                    Some(Ok(input)) => {
                        // Only fails when every worker is gone, which the receiving side notices.
                        let _ = jobs.send((sent, input));
                        sent += 1;
                        continue;
                    }
                    Some(Err(error)) => failure = Some(error),
                    None if handed_over == sent => return Ok(()),
                    None => {}
                }
            }
            if handed_over == sent {
                return failure.map_or(Ok(()), Err);
            }
            let Ok((number, result)) = results.recv() else {
                return Err(std::io::Error::other("a worker thread ended early").into());
            };
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&handed_over) {
                handed_over += 1;
                sink(result)?;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn run(concurrency: usize, inputs: Vec<Result<u64, std::io::Error>>) -> (Vec<u64>, Result<(), std::io::Error>) {
        let mut seen = Vec::new();
        let concurrency = NonZeroUsize::new(concurrency).expect("not zero");
        let result = in_order(
            concurrency,
            inputs.into_iter(),
            || {
                |n| {
                    // Late ones first.
                    std::thread::sleep(Duration::from_micros(500 * (5 - n % 5)));
                    n
                }
            },
            |n| {
                seen.push(n);
                Ok(())
            },
        );
        (seen, result)
    }

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        for concurrency in [1, 2, 7] {
            let (seen, result) = run(concurrency, (0..50).map(Ok).collect());
            assert!(result.is_ok());
            assert_eq!(seen, (0..50).collect::<Vec<_>>(), "{concurrency}");
        }
        assert!(run(3, Vec::new()).1.is_ok());
    }

    #[test]
    fn what_was_before_an_error_is_handed_over() {
        let inputs = (0..20).map(|n| if n == 10 { Err(std::io::Error::other("bad line")) } else { Ok(n) }).collect();
        let (seen, result) = run(4, inputs);
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert_eq!(result.map_err(|error| error.to_string()), Err("bad line".into()));
    }

    #[test]
    fn a_sink_that_fails_ends_it() {
        let concurrency = NonZeroUsize::new(2).expect("not zero");
        let endless = (0_u64..).map(Ok::<_, std::io::Error>);
        let result = in_order(concurrency, endless, || |n| n, |n| if n == 100 { Err(std::io::Error::other("full")) } else { Ok(()) });
        assert!(result.is_err());
    }
}
