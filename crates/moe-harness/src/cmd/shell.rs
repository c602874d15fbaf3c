//! `moe completions` and `moe man`: what a shell and its manual know of the program, made from the command line itself.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;

use super::Failure;
use crate::store::make_folder;

/// Print completions of verbs and flags for a shell.
///
/// bash: moe completions bash > ~/.local/share/bash-completion/completions/moe; zsh: moe completions zsh >
/// ~/.zfunc/_moe, with fpath+=~/.zfunc before compinit; fish: moe completions fish >
/// ~/.config/fish/completions/moe.fish.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Write manual pages: moe.1, and one for each verb.
///
/// In ~/.local/share/man/man1, or any man1 folder on the manual's path, `man moe` and `man moe-run` find them.
#[derive(Args, Debug)]
pub struct Man {
    /// The folder that they are written into; it is made where there is none
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs `completions`; returns the exit code.
pub fn completions(args: &Completions, mut program: Command) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut program, "moe", &mut text);
    say!("{}", String::from_utf8_lossy(&text).trim_end());
    Ok(0)
}

/// Runs `man`; returns the exit code.
pub fn man(args: &Man, program: Command) -> Result<u8, Failure> {
    make_folder(&args.out)?;
    let program = program.disable_help_subcommand(true);
    let pages = pages(&args.out, "moe", &program)?;
    say!("{}: {pages} pages", args.out.display());
    Ok(0)
}

/// The page of a command and those of its verbs; how many they are.
fn pages(folder: &Path, name: &str, command: &Command) -> Result<usize, Failure> {
    page(folder, name, command.clone())?;
    let verbs = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    verbs
        .map(|verb| pages(folder, &format!("{name}-{}", verb.get_name()), verb))
        .try_fold(1, |sum, n| Ok(sum + n?))
}

fn page(folder: &Path, name: &str, command: Command) -> Result<(), Failure> {
    let mut text = Vec::new();
    let path = folder.join(format!("{name}.1"));
    // `moe-run` is the name of the page, `moe run` what is typed.
    let command = command.name(name.to_owned()).bin_name(name.replace('-', " "));
    let command = command.version(env!("CARGO_PKG_VERSION")).disable_version_flag(name != "moe");
    let manual = clap_mangen::Man::new(command).title(name);
    manual.render(&mut text).map_err(|e| Failure::io(&path, "write", &e))?;
    std::fs::write(&path, text).map_err(|e| Failure::io(&path, "write", &e))
}
