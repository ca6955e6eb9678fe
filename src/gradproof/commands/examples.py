"""What stands below the options in the help of each command: examples, and what the exit codes say."""

from __future__ import annotations

# The sign \b before a paragraph keeps its lines as they are; it is one character, so these are no raw strings.
HELP = {
    "check": """\b
Examples:
  gradproof check network.py                      loss, gradient and params of a file
  gradproof check network.py:problem -v           an object in it, with every probe
  gradproof check package.module:make             a function returning (loss, gradient, params)
  gradproof check network.py --only 'W*'          some leaves only
  gradproof check network.py --params trained.npz at other parameters
  gradproof check network.py -o report.json       the report in a file too: .json, .html, .md, .xml (JUnit)
  gradproof check network.py --format github      annotations for a workflow

\b
Exit codes: 0 consistent, 1 wrong, 2 nothing could be judged, 3 inconclusive.
""",
    "stress": """\b
Examples:
  gradproof stress layer.py                 function, vjp and args of a file
  gradproof stress layer.py:triple          an object in it, (function, vjp, args)
  gradproof stress layer.py --seconds 120   longer
""",
    "mend": """\b
Examples:
  gradproof mend network.py                 the edits, shown and proved
  gradproof mend network.py --apply         and written
""",
    "measure": """\b
Examples:
  gradproof measure network.py -o gradient.npz
  gradproof measure network.py --compare --only W2
  gradproof measure network.py -o gradient.npz --bars own --seconds 3600

\b
Exit codes: 0 measured, 1 entries of the gradient disagree, 2 nothing could
be measured, 3 measured in part, 130 interrupted: what was measured until
then is written.
""",
    "explain": """\b
Examples:
  gradproof explain report.json                    as text
  gradproof explain report.json -v                 with every probe
  gradproof explain report.json -o report.html     as a page with pictures
  gradproof explain report.json --format github    as annotations for a workflow
""",
    "compare": """\b
Example:
  gradproof check network.py -o new.json; gradproof compare old.json new.json
""",
    "demo": """\b
Example:
  gradproof demo --color never | less
""",
    "completion": """\b
Examples:
  eval "$(gradproof completion bash)"     in ~/.bashrc
  eval "$(gradproof completion zsh)"      in ~/.zshrc
  gradproof completion fish > ~/.config/fish/completions/gradproof.fish
""",
}
