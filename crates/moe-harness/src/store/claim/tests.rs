//! Claims of living, ended and distant processes, and without any.

use super::*;
use crate::store::Identity;

fn folder() -> (tempfile::TempDir, Store, Block) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(dir.path(), Identity::current("claims", 1)).unwrap();
    (dir, store, Block { cell: [1; 32], arm: [2; 32], size: 1000, first: 50, last: 99 })
}

fn write(store: &Store, block: &Block, claim: &Claim) {
    fs::write(store.layout.claim(&ClaimName::new(block)), bytes(claim)).unwrap();
}

#[test]
fn a_block_is_taken_once_and_comes_back() {
    let (_dir, store, block) = folder();
    let (one, two) = (Claims::new(&store), Claims::new(&store));
    assert!(one.take(&block));
    assert!(!two.take(&block));
    one.beat();
    assert!(!two.take(&block));
    one.release(&block);
    assert!(two.take(&block));
    drop(two);
    assert!(one.take(&block), "an owner that ends leaves no claim");
}

#[test]
fn claims_of_ended_processes_are_taken_at_once() {
    let (_dir, store, block) = folder();
    let claims = Claims::new(&store);
    let living = Claim { owner: Owner::this_process(), beat: 3 };
    for owner in [
        Owner { since: "1".into(), ..living.owner.clone() },
        Owner { process: u32::MAX, ..living.owner.clone() },
    ] {
        write(&store, &block, &Claim { owner, beat: 3 });
        assert!(claims.take(&block));
        claims.release(&block);
    }
    write(&store, &block, &living);
    assert!(!claims.take(&block));
}

#[test]
fn of_what_cannot_be_seen_nothing_is_known() {
    let (_dir, store, block) = folder();
    let claims = Claims::new(&store);
    let here = Owner { process: u32::MAX, ..Owner::this_process() };
    for owner in [
        Owner { boot: "another".into(), ..here.clone() },
        Owner { host: "elsewhere".into(), ..here.clone() },
        Owner { namespace: "a container".into(), ..here.clone() },
    ] {
        write(&store, &block, &Claim { owner, beat: 3 });
        assert!(!claims.take(&block), "it has the time of its lease");
    }
    write(&store, &block, &Claim { owner: here, beat: 3 });
    assert!(claims.take(&block));
}

#[test]
fn without_claims_every_block_is_free() {
    let (_dir, store, block) = folder();
    fs::write(store.layout.claims(), "a file where the folder should be").unwrap();
    let claims = Claims::new(&store);
    assert!(claims.take(&block));
    claims.beat();
    claims.release(&block);
    assert!(claims.warned.load(Ordering::Relaxed));
}

#[test]
fn a_claim_of_another_machine_goes_stale_when_it_stops_beating() {
    let (_dir, store, block) = folder();
    let claims = Claims::new(&store);
    let far = Owner { host: "elsewhere".into(), ..Owner::this_process() };
    let mut claim = Claim { owner: far, beat: 3 };
    write(&store, &block, &claim);
    assert!(!claims.take(&block));
    let age = |claims: &Claims| {
        let mut state = claims.state();
        let seen = state.seen.get_mut(&ClaimName::new(&block)).unwrap();
        seen.1 = seen.1.checked_sub(LEASE + Duration::from_secs(1)).unwrap();
    };
    age(&claims);
    claim.beat = 4;
    write(&store, &block, &claim);
    assert!(!claims.take(&block), "it beat in the meantime");
    age(&claims);
    assert!(claims.take(&block));
}

#[test]
fn an_unreadable_claim_is_nobodys() {
    let (_dir, store, block) = folder();
    fs::create_dir_all(store.layout.claims()).unwrap();
    fs::write(store.layout.claim(&ClaimName::new(&block)), "{").unwrap();
    assert!(Claims::new(&store).take(&block));
}

#[test]
fn unfinished_claims_of_ended_processes_are_swept() {
    let (_dir, store, block) = folder();
    let living = Claims::new(&store);
    assert!(living.take(&block));
    let unfinished = |attempt, text: &[u8]| {
        let path = super::super::layout::temporary(&store.layout.claim(&ClaimName::new(&block)), attempt);
        fs::write(&path, text).unwrap();
        path
    };
    let claim = Claim { owner: Owner::this_process(), beat: 0 };
    let gone = Claim { owner: Owner { since: "1".into(), ..claim.owner.clone() }, beat: 0 };
    let (kept, swept) = (unfinished(1, &bytes(&claim)), [unfinished(2, &bytes(&gone)), unfinished(3, b"{")]);
    let _claims = Claims::new(&store);
    assert!(kept.exists() && !swept.iter().any(|path| path.exists()));
    assert!(store.layout.claim(&ClaimName::new(&block)).exists(), "a claim that is held stays");
}

#[test]
fn a_claim_that_was_taken_meanwhile_is_given_back() {
    let (_dir, store, block) = folder();
    let claims = Claims::new(&store);
    assert!(claims.take(&block));
    let path = store.layout.claim(&ClaimName::new(&block));
    let stale = Claim { owner: Owner { since: "1".into(), ..Owner::this_process() }, beat: 0 };
    put_aside(&path, Some(&stale)).unwrap();
    assert!(path.exists());
    put_aside(&path, read(&path).unwrap().as_ref()).unwrap();
    assert!(!path.exists());
}
