//! Puts the booth into the program, if `tools/build-booth` has made it: a list of files, each as it is and compressed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").map(|dir| Path::new(&dir).join("booth")).unwrap_or_default();
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    gather(&folder, &mut files)?;
    files.sort();
    let is_compressed = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "gz" || ending == "br");
    let mut list = String::from("[\n");
    for path in files.iter().filter(|path| !is_compressed(path)) {
        let name = path.strip_prefix(&folder).map_err(io::Error::other)?;
        let compressed = |ending: &str| {
            let path = PathBuf::from(format!("{}.{ending}", path.display()));
            if path.exists() { format!("Some(include_bytes!({path:?}))") } else { "None".into() }
        };
        let (gzip, brotli) = (compressed("gz"), compressed("br"));
        list += &format!(
            "BuiltIn {{ path: {name:?}, plain: include_bytes!({path:?}), gzip: {gzip}, brotli: {brotli} }},\n"
        );
    }
    list += "]";
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("booth.rs"), list)
}

/// All files below a folder but those that are hidden.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() {
            gather(&path, files)?;
        } else if !is_hidden {
            files.push(path);
        }
    }
    Ok(())
}
