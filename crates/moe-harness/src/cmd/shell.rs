//! `moe completions` and `moe man`: what a shell and its manual know of the program, made from the command line itself.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;

use super::Failure;

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
    std::fs::create_dir_all(&args.out).map_err(|e| Failure::io(&args.out, "create the folder", &e))?;
    let program = program.disable_help_subcommand(true);
    page(&args.out, "moe", program.clone())?;
    let verbs: Vec<&Command> = program.get_subcommands().collect();
    for verb in &verbs {
        let name = format!("moe-{}", verb.get_name());
        page(&args.out, &name, (*verb).clone().display_name(&name))?;
    }
    say!("{}: {} pages", args.out.display(), verbs.len() + 1);
    Ok(0)
}

fn page(folder: &Path, name: &str, command: Command) -> Result<(), Failure> {
    let mut text = Vec::new();
    let path = folder.join(format!("{name}.1"));
    let manual =
        clap_mangen::Man::new(command.name(name.to_owned()).version(env!("CARGO_PKG_VERSION"))).title(name);
    manual.render(&mut text).map_err(|e| Failure::io(&path, "write", &e))?;
    std::fs::write(&path, text).map_err(|e| Failure::io(&path, "write", &e))
}
