"""`nimbus completion`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from pathlib import Path

from nimbus.protocol.errors import NimbusError

_BASH = r"""# bash completion for nimbus
_nimbus() {
    local line program=${COMP_WORDS[0]/#\~/$HOME}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("$line")
        fi
    done < <("$program" __complete --bash "$COMP_WORDBREAKS" -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _nimbus nimbus
"""
_ZSH = r"""#compdef nimbus
_nimbus() {
    local line word program=${~words[1]}
    local -a found shown
    for line in "${(@f)$("$program" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == :files ]]; then
            _files
            return
        fi
        [[ -n $line ]] || continue
        word=${line%%$'\t'*}
        found+=("$word")
        if [[ $line == *$'\t'* ]]; then
            shown+=("$word -- ${line#*$'\t'}")
        else
            shown+=("$word")
        fi
    done
    (( ${#found} )) && compadd -l -d shown -a found
}
if [[ ${funcstack[1]} == _nimbus ]]; then
    _nimbus "$@"
else
    compdef _nimbus nimbus
fi
"""
_FISH = r"""# fish completion for nimbus
function __nimbus_complete
    set -l words (commandline -opc)
    set -l found ($words[1] __complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
    if contains -- :files $found
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c nimbus -f -a '(__nimbus_complete)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(SCRIPTS), help="shell")
    parser.add_argument("--install", action="store_true", help="install it where the shell looks for it")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.epilog = (
        "For this shell alone: source <(nimbus completion bash); fish: nimbus completion fish | source"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    if not options.install:
        print(SCRIPTS[options.shell], end="")
        return
    file, text = _where(options.shell)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SCRIPTS[options.shell])
    except OSError as error:
        raise NimbusError(
            f"{file} cannot be written: {error.strerror}",
            next_step=f"Write it yourself: nimbus completion {options.shell} > FILE",
        ) from None
    print(f"Written to {file}. {text}")


def _where(shell: str) -> tuple[Path, str]:
    """The file, and what is left to do."""
    data = Path(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"))
    if shell == "bash":
        folder = os.environ.get("BASH_COMPLETION_USER_DIR") or str(data / "bash-completion")
        return Path(folder) / "completions" / "nimbus", "New shells have it (with bash-completion installed)."
    if shell == "fish":
        config = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
        return config / "fish" / "completions" / "nimbus.fish", "New shells have it."
    for place in _zsh_folders():
        if place.is_dir() and os.access(place, os.W_OK):
            return place / "_nimbus", "New shells have it, where compinit runs."
    own = data / "zsh" / "site-functions"
    return own / "_nimbus", f"Put this before compinit in ~/.zshrc: fpath=({own} $fpath)"


def _zsh_folders() -> list[Path]:
    """Where this user's zsh looks; none without it."""
    program = shutil.which("zsh")
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, "-c", "print -rl -- $fpath"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [Path(line) for line in done.stdout.splitlines() if line.startswith("/")]
