//! `veche record`: the public record as a folder or an archive; also what would be one, for whoever checks before the end.

use std::{fs, io, path::Path};

use veche_election::{Checkpoint, Election, checkpoint::CheckpointError, log::origin, record::CHECKPOINT_FILE};
use veche_server::{
    Home,
    home::{self, RECORD_DIR},
    publish,
    store::{self, SqliteStore},
};

use crate::{
    ceremonies,
    failure::{Exit, Failure, Result},
    hosted::Hosted,
    lang::{both, tr},
    scratch::Scratch,
};

/// `veche record`.
pub async fn write(dir: &Path, output: Option<&Path>) -> Result<()> {
    let home = Home::new(dir);
    let output = output.map_or_else(|| home.path(RECORD_DIR), Path::to_owned);
    write_witnessed(&home, &output).await?;
    let shown = output.display();
    println!(
        "{}",
        tr!(
            "Record: {shown}\nCheck it: veche verify {shown}",
            "Публичная запись: {shown}\nПроверить её: veche verify {shown}"
        )
    );
    Ok(())
}

/// A record that everybody can verify, in a place where nothing is.
///
/// # Errors
/// The election is not over, too few witnesses have signed, or something is there.
pub async fn write_witnessed(home: &Home, output: &Path) -> Result<()> {
    refuse_hosted(home)?;
    ceremonies::refuse_draft(&home.dir().display().to_string())?;
    enough_witnesses(home, home.dir())?;
    write_record(home, output).await
}

/// Where a host serves the election, the record is fetched there.
fn refuse_hosted(home: &Home) -> Result<()> {
    let Some(hosted) = Hosted::of(home)?.filter(|hosted| hosted.set_up) else { return Ok(()) };
    let url = hosted.url;
    Err(Failure::usage(both!("the log of this election lies at a host", "журнал этих выборов лежит на хостинге")).next(
        both!(
            "The record, when the election is over: {url}/record.tar. To check it there: veche verify {url}",
            "Публичная запись, когда выборы закончатся: {url}/record.tar. Проверить её там: veche verify {url}"
        ),
    ))
}

/// A record without its quorum would never verify, and never becomes one that does.
fn enough_witnesses(home: &Home, dir: &Path) -> Result<()> {
    let election = home.election()?;
    let note = String::from_utf8(home.read(CHECKPOINT_FILE)?).unwrap_or_default();
    let plan = election.draft().witnesses.as_ref();
    let opened = Checkpoint::open_witnessed(&note, &origin(election.id()), &election.keys().board, plan);
    let Err(error @ CheckpointError::Quorum { .. }) = opened else { return Ok(()) };
    let dir = dir.display();
    Err(Failure::new(Exit::NotOpen, error).next(both!(
        "Serve the election until they have signed, then write the record: veche serve {dir}",
        "Запустите сервер, дождитесь подписей свидетелей, затем повторите veche record. Сервер: veche serve {dir}"
    )))
}

/// A folder, or an archive if the name ends in `.tar`. Written beside, where no other command writes, and renamed into
/// place when complete.
pub async fn write_record(home: &Home, output: &Path) -> Result<()> {
    let election = home.election()?;
    let there = || Failure::usage(both!("{} is there already", "{} уже есть", output.display()));
    if output.exists() {
        return Err(there());
    }
    let store = store::open(home, election.id()).await?;
    let scratch = Scratch::beside(output)?;
    let part = scratch.path().join("record");
    if output.extension().is_some_and(|ending| ending == "tar") {
        write_archive(home, &election, &store, &part).await?;
    } else {
        write_folder(home, &election, &store, &part).await?;
    }
    home::rename_new(&part, output).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there(),
        _ => Failure::other(format!("{}: {error}", output.display())),
    })?;
    Ok(store.close().await?)
}

/// What would be the record of a closed election before its opening, in a folder that vanishes.
pub async fn write_unfinished(home: &Home) -> Result<tempfile::TempDir> {
    let election = home.election()?;
    let store = store::open(home, election.id()).await?;
    let dir = tempfile::tempdir().map_err(Failure::other)?;
    let mut put = |path: &str, bytes: &[u8]| {
        let path = dir.path().join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)
    };
    // Whether there is a result yet makes no difference to what is checked here.
    let _result = publish::unfinished_record(home, &election, &store, &mut put).await?;
    store.close().await?;
    Ok(dir)
}

async fn write_folder(home: &Home, election: &Election, store: &SqliteStore, part: &Path) -> Result<()> {
    let mut put = |path: &str, bytes: &[u8]| {
        let path = part.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)
    };
    Ok(publish::record(home, election, store, &mut put).await?)
}

async fn write_archive(home: &Home, election: &Election, store: &SqliteStore, part: &Path) -> Result<()> {
    let fail = |error: io::Error| Failure::other(format!("{}: {error}", part.display()));
    let mut archive = tar::Builder::new(io::BufWriter::new(fs::File::create(part).map_err(fail)?));
    let mut put = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, bytes)
    };
    publish::record(home, election, store, &mut put).await?;
    let mut file = archive.into_inner().map_err(fail)?;
    io::Write::flush(&mut file).map_err(fail)
}
